import { Complaint } from './spec.ts'

const UNITS: { readonly [unit: string]: number } = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** What Go's int64 of nanoseconds holds, about 292 years. Milliseconds. */
const MAX_DURATION = (2 ** 63 - 1) / 1e6

/** Reads a duration in Go's syntax (`1h30m`, `500ms`, `1.5s`, `0`). Milliseconds, maybe negative. Throws a Complaint. */
export function parseDuration(text: string): number {
  const [, sign, amounts] = /^([+-]?)(.*)$/s.exec(text)!
  if (amounts === '0') return 0
  const parts = [...amounts.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy)]
  if (parts.length === 0 || parts.reduce((length, part) => length + part[0].length, 0) !== amounts.length)
    throw new Complaint(`must be a duration such as 30s or 1h30m${/^\d+$/.test(amounts) ? ', with a unit' : ''}`)
  const total = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * UNITS[unit], 0)
  if (total > MAX_DURATION) throw new Complaint('is longer than a duration can be', true)
  return sign === '-' ? 0 - total : total
}

/** `1h30m`, `500ms`: a number of milliseconds as Go writes durations. */
export function durationText(milliseconds: number): string {
  if (milliseconds < 0) return `-${durationText(-milliseconds)}`
  if (milliseconds === 0) return '0s'
  if (milliseconds < 0.001) return `${Math.round(milliseconds * 1e6)}ns`
  if (milliseconds < 1) return `${Math.round(milliseconds * 1e6) / 1000}µs`
  if (milliseconds < 1000) return `${milliseconds}ms`
  const hours = Math.floor(milliseconds / UNITS.h)
  const minutes = Math.floor((milliseconds % UNITS.h) / UNITS.m)
  const seconds = (milliseconds % UNITS.m) / 1000
  return `${hours ? `${hours}h` : ''}${hours || minutes ? `${minutes}m` : ''}${seconds}s`
}
