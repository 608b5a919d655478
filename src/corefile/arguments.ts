import type { Position } from './error.ts'
import { got } from './got.ts'
import { type Arg, Complaint, type Token } from './spec.ts'
import { argumentsSyntax } from './syntax.ts'

/** Tells an error: `cache: ttl must not be negative, got "-1"`. */
export type Report = (message: string, at: Position) => void

/** A directive or property whose arguments are read: `cache: success`, and its place. */
export interface Place {
  readonly where: string
  readonly at: Position
}

/**
 * Gives each declared argument its words, from left to right. An optional one that refuses a word is left out where a later
 * one may take that word: `cache example.org` has no TTL.
 */
export function assignArguments(
  place: Place,
  declared: readonly Arg[],
  tokens: readonly Token[],
  report: Report,
): { readonly [name: string]: unknown } {
  return new Assignment(place, declared, tokens, report).run()
}

class Assignment {
  readonly #place: Place
  readonly #declared: readonly Arg[]
  readonly #tokens: readonly Token[]
  readonly #report: Report
  #next = 0
  /** What an optional argument said about the next word before it was left out. */
  #refused: { readonly next: number; readonly arg: Arg; readonly complaint: Complaint } | undefined

  constructor(place: Place, declared: readonly Arg[], tokens: readonly Token[], report: Report) {
    this.#place = place
    this.#declared = declared
    this.#tokens = tokens
    this.#report = report
  }

  run(): { readonly [name: string]: unknown } {
    const values: { [name: string]: unknown } = {}
    for (const [i, arg] of this.#declared.entries()) {
      const words = this.#wordsFor(arg, i)
      if (words.length === 0 && isNeeded(arg)) {
        this.#report(`${this.#place.where}: ${argumentName(arg)} is missing ${this.#usage()}`, this.#place.at)
        return values
      }
      const taken = words.flatMap((token) => this.#take(arg, i, token))
      values[arg.name] = isList(arg) ? taken : taken[0]
    }
    if (this.#next < this.#tokens.length) this.#reportSurplus(this.#tokens[this.#next])
    return values
  }

  /** The words that may be this argument's: later ones that must be there keep theirs. */
  #wordsFor(arg: Arg, index: number): readonly Token[] {
    const kept = this.#declared.slice(index + 1).filter(isNeeded).length
    const free = Math.max(this.#tokens.length - this.#next - kept, 0)
    const count = isList(arg) ? free : arg.kind === 'required' ? 1 : Math.min(free, 1)
    return this.#tokens.slice(this.#next, this.#next + count)
  }

  #take(arg: Arg, index: number, token: Token): readonly unknown[] {
    try {
      const values = isList(arg) && arg.type.expand ? arg.type.expand(token.text) : [arg.type.parse(token.text)]
      this.#next++
      return values
    } catch (error) {
      if (!(error instanceof Complaint)) throw error
      const canBeLater = arg.kind === 'optional' && index < this.#declared.length - 1 && !error.certain
      if (canBeLater) this.#refuseForNow(arg, error)
      else this.#refuse(arg, error, token)
      return []
    }
  }

  #refuseForNow(arg: Arg, complaint: Complaint): void {
    if (this.#refused?.next !== this.#next) this.#refused = { next: this.#next, arg, complaint }
  }

  #refuse(arg: Arg, complaint: Complaint, token: Token): void {
    const earlier = this.#refused?.next === this.#next ? this.#refused : undefined
    // Of several arguments of one type that refused the word, the first is the one that was meant.
    const meant = earlier?.arg.type.label === arg.type.label ? earlier! : { arg, complaint }
    const message = `${argumentName(meant.arg)} ${meant.complaint.message}${got(token.text)}`
    this.#report(`${this.#place.where}: ${message}`, token.at)
    this.#next++
  }

  #reportSurplus(token: Token): void {
    const most = this.#declared.length
    const limit = most === 0 ? 'no arguments' : `at most ${most} argument${most > 1 ? 's' : ''} ${this.#usage()}`
    this.#report(`${this.#place.where}: takes ${limit}${got(token.text)}`, token.at)
  }

  /** `(success CAPACITY [TTL])` */
  #usage(): string {
    return `(${this.#place.where.split(': ').at(-1)} ${argumentsSyntax(this.#declared)})`
  }
}

function isNeeded({ kind }: Arg): boolean {
  return kind === 'required' || kind === 'some'
}

function isList({ kind }: Arg): boolean {
  return kind === 'rest' || kind === 'some'
}

/** One of `zones` is a zone. */
function argumentName(arg: Arg): string {
  return isList(arg) ? arg.name.replace(/(ss)es$|s$/, '$1') : arg.name
}
