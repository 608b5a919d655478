import { formatValue } from './text.ts'
import { type GoValue, typeName } from './value.ts'
import { formatVerb, type Verb } from './verb.ts'

/** Text of values as Go's fmt package makes it. */

/** fmt.Sprint: blanks between operands when neither is a string. */
export function sprint(args: readonly (GoValue | undefined)[]): string {
  let out = ''
  args.forEach((arg, i) => {
    if (i > 0 && typeof arg !== 'string' && typeof args[i - 1] !== 'string') out += ' '
    out += formatValue(arg)
  })
  return out
}

/** fmt.Sprintln. */
export const sprintln = (args: readonly (GoValue | undefined)[]): string => `${args.map(formatValue).join(' ')}\n`

const DIRECTIVE = /%([+\-# 0]*)(\[\d+\])?(\*|\d+)?(?:\.(\[\d+\])?(\*|\d+)?)?(\[\d+\])?(.)?/gsu

/** More than this is no width that anyone wants. */
const MAX_WIDTH = 10_000

/** fmt.Sprintf with all flags, widths and explicit argument indexes; mistakes show in the output, as in Go. */
export function sprintf(format: string, args: readonly (GoValue | undefined)[]): string {
  const take = new Arguments(args)
  const out = format.replace(DIRECTIVE, (whole, flags: string, index1, width, index2, precision, index3, verb) => {
    if (verb === undefined) return '%!(NOVERB)'
    if (verb === '%') return '%'
    take.bad = false
    take.jump(index1)
    let notes = ''
    const size = (text: string | undefined, note: string): number | undefined => {
      const found = take.size(text)
      if (text === '*' && found === undefined) notes += note
      return found
    }
    const spec: Verb = {
      letter: verb,
      minus: flags.includes('-'),
      // `%+v` is about structs.
      plus: flags.includes('+') && verb !== 'v',
      sharp: flags.includes('#'),
      space: flags.includes(' '),
      zero: flags.includes('0') && !flags.includes('-'),
      width: size(width, '%!(BADWIDTH)') ?? 0,
      precision: undefined,
    }
    take.jump(index2)
    if (hasPrecision(whole)) spec.precision = size(precision, '%!(BADPREC)') ?? (precision === '*' ? undefined : 0)
    take.jump(index3)
    if (spec.width < 0) Object.assign(spec, { minus: true, zero: false, width: -spec.width })
    return notes + (take.bad ? `%!${verb}(BADINDEX)` : formatNext(spec, take))
  })
  return out + take.extra()
}

const hasPrecision = (directive: string): boolean => directive.slice(0, -1).includes('.')

function formatNext(spec: Verb, take: Arguments): string {
  const arg = take.next()
  if (!arg) return `%!${spec.letter}(MISSING)`
  return formatVerb(spec, arg.value)
}

/** The arguments of one Sprintf, taken in order or by explicit index. */
class Arguments {
  bad = false
  #at = 0
  #jumped = false
  readonly #args: readonly (GoValue | undefined)[]

  constructor(args: readonly (GoValue | undefined)[]) {
    this.#args = args
  }

  next(): { value: GoValue | undefined } | undefined {
    return this.#at < this.#args.length ? { value: this.#args[this.#at++] } : undefined
  }

  /** `[n]`: the next argument is the n-th. */
  jump(index: string | undefined): void {
    if (index === undefined) return
    this.#jumped = true
    this.#at = Number(index.slice(1, -1)) - 1
    this.bad = this.#at < 0 || this.#at >= this.#args.length
    if (this.bad) this.#at = 0
  }

  /** A width or precision: digits, or `*` for the next argument; undefined where that is no number. */
  size(text: string | undefined): number | undefined {
    if (text === undefined) return undefined
    if (text !== '*') return Number(text) <= MAX_WIDTH ? Number(text) : 0
    const value = this.next()?.value
    return typeof value === 'bigint' && value <= MAX_WIDTH && value >= -MAX_WIDTH ? Number(value) : undefined
  }

  extra(): string {
    if (this.#jumped || this.#at >= this.#args.length) return ''
    const rest = this.#args
      .slice(this.#at)
      .map((arg) => (arg == null ? '<nil>' : `${typeName(arg)}=${formatValue(arg)}`))
    return `%!(EXTRA ${rest.join(', ')})`
  }
}
