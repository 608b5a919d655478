import { Complaint } from '../../corefile/spec.ts'
import { compilePattern, type Pattern } from '../../regexp.ts'

export const KINDS = ['exact', 'prefix', 'suffix', 'substring', 'regex'] as const
export type Kind = (typeof KINDS)[number]

/** Which names a rule is for. Names are text in small letters with the final dot. */
export interface NameMatch {
  readonly kind: Kind
  test(name: string): boolean
  /** What the name becomes; undefined where it does not match. */
  rewrite(name: string, to: string): string | undefined
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
  return kind === 'regex' ? patternMatch(compilePattern(from)) : partMatch(kind, normalize(from))
}

/** As `matchOf` for targets of aliases: there a prefix and a part in the middle get no final dot, and patterns fit in any case. */
export function targetMatchOf(kind: Kind, from: string): NameMatch {
  return kind === 'regex' ? patternMatch(compilePattern(`(?i)${from}`)) : partMatch(kind, targetPart(kind, from))
}

/** A part of an alias's target as a rule names it. */
export function targetPart(kind: Kind, text: string): string {
  return kind === 'prefix' || kind === 'substring' ? text.toLowerCase() : normalize(text)
}

function partMatch(kind: Exclude<Kind, 'regex'>, part: string): NameMatch {
  switch (kind) {
    case 'exact':
      return literal(
        kind,
        (name) => name === part,
        (_, to) => to,
      )
    case 'prefix':
      return literal(
        kind,
        (name) => name.startsWith(part),
        (name, to) => to + name.slice(part.length),
      )
    case 'suffix':
      return literal(
        kind,
        (name) => name.endsWith(part),
        (name, to) => name.slice(0, -part.length) + to,
      )
    case 'substring':
      return literal(
        kind,
        (name) => name.includes(part),
        (name, to) => name.replaceAll(part, () => to),
      )
  }
}

function literal(kind: Kind, test: (name: string) => boolean, change: (name: string, to: string) => string): NameMatch {
  return { kind, test, rewrite: (name, to) => (test(name) ? change(name, to) : undefined) }
}

function patternMatch(pattern: Pattern): NameMatch {
  return {
    kind: 'regex',
    test: (name) => pattern.test(name),
    rewrite(name, to) {
      const groups = pattern.exec(name)
      return groups && to.replace(GROUP, (whole, index: string) => groups[Number(index)] ?? whole)
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
