import { Complaint } from '../../corefile/spec.ts'
import { copy } from '../../dns/copy.ts'
import { WireError } from '../../dns/error.ts'
import { FOLD, foldedText, type Name, parseName, readName } from '../../dns/name.ts'
import { MAX_SPELLED, Spelling } from '../../dns/spelling.ts'
import { compilePattern, type Pattern } from '../../regexp.ts'
import type { NameChange } from './sections.ts'

export const KINDS = ['exact', 'prefix', 'suffix', 'substring', 'regex'] as const
export type Kind = (typeof KINDS)[number]

/** Which names a rule is for. A rule sees names as text in small letters with the final dot. */
export interface NameMatch {
  /** Does the name at `at` match? */
  test(octets: Uint8Array, at: number): boolean
  /**
   * What names become, with `text` in place of what is found: undefined where they do not match. The change throws WireError
   * where what comes out is no name.
   */
  to(text: string): NameChange
}

/** As CoreDNS does with all names of rules: in small letters, with the final dot, also where only a part is meant. */
export function normalize(text: string): string {
  const small = text.toLowerCase()
  return isAbsolute(small) ? small : `${small}.`
}

/** A final dot that is escaped belongs to a label. */
const isAbsolute = (text: string): boolean => /(?<!\\)(?:\\\\)*\.$/.test(text)

/** How names that look like `from` are found. Throws a Complaint where it is to be a pattern and is none. */
export function matchOf(kind: Kind, from: string): NameMatch {
  return kind === 'regex' ? patternMatch(compilePattern(from)) : MATCHES[kind](normalize(from))
}

/** As `matchOf` for targets of aliases: there a prefix and a part in the middle get no final dot, and patterns fit in any case. */
export function targetMatchOf(kind: Kind, from: string): NameMatch {
  return kind === 'regex' ? patternMatch(compilePattern(`(?i)${from}`)) : MATCHES[kind](targetPart(kind, from))
}

/** A part of an alias's target as a rule names it. */
export function targetPart(kind: Kind, text: string): string {
  return kind === 'prefix' || kind === 'substring' ? text.toLowerCase() : normalize(text)
}

/** By kind, those for a part of a name's text. */
const MATCHES: { readonly [kind in Exclude<Kind, 'regex'>]: (part: string) => NameMatch } = {
  exact: exactMatch,
  prefix: prefixMatch,
  suffix: suffixMatch,
  substring: substringMatch,
}

/** The name that rules look at. They look one after the other, and none waits in between. */
const spelling = new Spelling()

const encoder = new TextEncoder()

function exactMatch(part: string): NameMatch {
  const name = nameSpelled(part)
  const test = (octets: Uint8Array, at: number): boolean => name !== undefined && isNameAt(name, octets, at)
  return {
    test,
    to(text) {
      let made: Name | undefined
      return (octets, at) => {
        if (!test(octets, at)) return undefined
        made ??= parseName(text)
        return made
      }
    },
  }
}

/** The name whose text this is; undefined where names are never written so. */
function nameSpelled(text: string): Name | undefined {
  try {
    const name = parseName(text)
    return foldedText(name) === text ? name : undefined
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

/** Is the name at `at` this one, which is in small letters? */
function isNameAt(name: Name, octets: Uint8Array, at: number): boolean {
  for (let i = 0; i < name.length; i++) if (FOLD[octets[at + i]] !== name[i]) return false
  return true
}

function prefixMatch(text: string): NameMatch {
  const part = encoder.encode(text)
  return {
    test: (octets, at) => spelling.of(octets, at).startsWith(part),
    to(text) {
      const start = encoder.encode(text)
      const made = new Uint8Array(start.length + MAX_SPELLED)
      made.set(start)
      return (octets, at) => {
        const name = spelling.of(octets, at)
        if (!name.startsWith(part)) return undefined
        const size = copy(name.octets, part.length, name.length - part.length, made, start.length)
        return readName(made, size)
      }
    },
  }
}

function suffixMatch(text: string): NameMatch {
  const part = encoder.encode(text)
  return {
    test: (octets, at) => spelling.of(octets, at).endsWith(part),
    to(text) {
      const end = encoder.encode(text)
      const made = new Uint8Array(end.length + MAX_SPELLED)
      return (octets, at) => {
        const name = spelling.of(octets, at)
        if (!name.endsWith(part)) return undefined
        const size = copy(name.octets, 0, name.length - part.length, made, 0)
        return readName(made, copy(end, 0, end.length, made, size))
      }
    },
  }
}

function substringMatch(part: string): NameMatch {
  return {
    test: (octets, at) => spelling.of(octets, at).text.includes(part),
    to: (text) => (octets, at) => {
      const name = spelling.of(octets, at).text
      return name.includes(part) ? parseName(name.replaceAll(part, () => text)) : undefined
    },
  }
}

function patternMatch(pattern: Pattern): NameMatch {
  return {
    test: (octets, at) => pattern.test(spelling.of(octets, at).text),
    to: (text) => (octets, at) => {
      const groups = pattern.exec(spelling.of(octets, at).text)
      return groups && parseName(text.replace(GROUP, (whole, index: string) => groups[Number(index)] ?? whole))
    },
  }
}

const GROUP = /\{(\d{1,3})\}/g

/** A pattern and what takes its place, where `{1}` is its first group. Throws a Complaint. */
export function checkGroups(pattern: Pattern, to: string): void {
  const groups = pattern.groupNames.length - 1
  for (const [whole, index] of to.matchAll(GROUP)) {
    if (Number(index) > groups) throw new Complaint(`has ${whole}, but the pattern only ${groups} groups`)
  }
}
