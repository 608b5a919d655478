import { RE2JS, RE2JSException } from 're2js'
import { Complaint, type ValueType } from './corefile/spec.ts'

/**
 * Regular expressions in Go's syntax (RE2) that a user's Corefile brings and attackers choose the input of. They match in
 * time linear in the text, which JavaScript's own do not.
 */
export interface Pattern {
  /** As the user wrote it. */
  readonly text: string
  /** Names of the groups by index, '' for those without one; `[0]` stands for the whole match. */
  readonly groupNames: readonly string[]
  /** Does it match anywhere in `text`? */
  test(text: string): boolean
  /** The leftmost match and its groups, '' for a group that took no part; undefined without a match. */
  exec(text: string): readonly string[] | undefined
}

/** A longer pattern could take much memory to compile. Characters. */
export const MAX_PATTERN = 10_000

/** Compiles a pattern. Throws a Complaint: `is longer than 10000 characters`, `is no regular expression: …`. */
export function compilePattern(text: string): Pattern {
  if (text.length > MAX_PATTERN) throw new Complaint(`is longer than ${MAX_PATTERN} characters`)
  // What a Corefile's octets became that were no text; Go refuses them too.
  if (text.includes('\ufffd')) throw new Complaint('is not UTF-8')
  const compiled = compile(text)
  const groupNames = Array.from({ length: compiled.groupCount() + 1 }, () => '')
  for (const [name, index] of Object.entries(compiled.namedGroups())) groupNames[index] = name
  return {
    text,
    groupNames,
    test: (input) => compiled.test(input),
    exec: (input) => groupsOf(compiled, input),
  }
}

/** All groups in one run: `RE2JS.exec` takes one for the match and another for its groups. */
function groupsOf(compiled: RE2JS, input: string): readonly string[] | undefined {
  const count = compiled.groupCount() + 1
  const [, bounds] = compiled.re2().matchWithGroup(input, 0, input.length, 0, count) as [boolean, number[] | null]
  if (!bounds) return undefined
  const groups: string[] = []
  // Both are -1 for a group that took no part.
  for (let i = 0; i < 2 * count; i += 2) groups.push(bounds[i] < 0 ? '' : input.slice(bounds[i], bounds[i + 1]))
  return groups
}

function compile(text: string): RE2JS {
  try {
    return RE2JS.compile(text)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    throw new Complaint(`is no regular expression: ${error.message.replace(/^error parsing regexp: /, '')}`)
  }
}

/** A regular expression as an argument of a directive. */
export const regexp: ValueType<Pattern> = { label: 'regular expression', parse: compilePattern }
