import { GoError, type GoObject, type GoValue } from './value.ts'

/** time.Duration: nanoseconds. */
export class GoDuration implements GoObject {
  readonly goType = 'time.Duration'
  readonly nanoseconds: bigint

  constructor(nanoseconds: bigint) {
    this.nanoseconds = BigInt.asIntN(64, nanoseconds)
  }

  member(name: string): GoValue | undefined {
    const method = DURATION_METHODS[name]
    return Object.hasOwn(DURATION_METHODS, name) ? () => method(this.nanoseconds) : undefined
  }

  /** `1h2m3.5s`, as Go writes it. */
  toString(): string {
    const { nanoseconds } = this
    if (nanoseconds === 0n) return '0s'
    const sign = nanoseconds < 0n ? '-' : ''
    const size = nanoseconds < 0n ? -nanoseconds : nanoseconds
    if (size < SECOND) return sign + small(size)
    const hours = size / HOUR
    const minutes = (size % HOUR) / MINUTE
    const seconds = `${decimal(size % MINUTE, SECOND)}s`
    if (hours > 0n) return `${sign}${hours}h${minutes}m${seconds}`
    return minutes > 0n ? `${sign}${minutes}m${seconds}` : sign + seconds
  }
}

const MICROSECOND = 1000n
const MILLISECOND = 1_000_000n
export const SECOND = 1_000_000_000n
const MINUTE = 60n * SECOND
const HOUR = 60n * MINUTE

/** What a duration can be asked for. */
export const DURATION_METHODS: { readonly [name: string]: (nanoseconds: bigint) => GoValue } = {
  Hours: (ns) => Number(ns) / Number(HOUR),
  Minutes: (ns) => Number(ns) / Number(MINUTE),
  Seconds: (ns) => Number(ns) / Number(SECOND),
  Milliseconds: (ns) => ns / MILLISECOND,
  Microseconds: (ns) => ns / MICROSECOND,
  Nanoseconds: (ns) => ns,
  Abs: (ns) => new GoDuration(ns < 0n ? -ns : ns),
  String: (ns) => new GoDuration(ns).toString(),
}

function small(size: bigint): string {
  if (size < MICROSECOND) return `${size}ns`
  return size < MILLISECOND ? `${decimal(size, MICROSECOND)}µs` : `${decimal(size, MILLISECOND)}ms`
}

function decimal(value: bigint, unit: bigint): string {
  const fraction = (value % unit)
    .toString()
    .padStart(unit.toString().length - 1, '0')
    .replace(/0+$/, '')
  return `${value / unit}${fraction && `.${fraction}`}`
}

const UNITS: { readonly [unit: string]: bigint } = {
  ns: 1n,
  us: MICROSECOND,
  µs: MICROSECOND,
  μs: MICROSECOND,
  ms: MILLISECOND,
  s: SECOND,
  m: MINUTE,
  h: HOUR,
}

/** time.ParseDuration. Throws GoError. */
export function parseGoDuration(text: string): GoDuration {
  const found = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(text)
  if (!found || text.length > 64) throw new GoError(`time: invalid duration ${JSON.stringify(text)}`)
  let total = 0n
  for (const [, whole, fraction = '', unit] of found[2].matchAll(/(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += BigInt(whole || 0) * UNITS[unit]
    if (fraction) total += (BigInt(fraction) * UNITS[unit]) / 10n ** BigInt(fraction.length)
  }
  if (total > 2n ** 63n - 1n) throw new GoError(`time: invalid duration ${JSON.stringify(text)}`)
  return new GoDuration(found[1] === '-' ? -total : total)
}
