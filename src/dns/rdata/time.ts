import type { Field } from './define.ts'

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }
const MAX_U32 = 0xffffffff

/** Seconds as a number or as BIND writes them (`1h30m`, `2W`); undefined where it is neither or over 32 bits. */
export function parseSeconds(text: string): number | undefined {
  if (/^\d{1,10}$/.test(text)) return fits(Number(text))
  if (!/^(?:\d{1,10}[smhdw])+$/i.test(text)) return undefined
  let seconds = 0
  for (const [, count, unit] of text.matchAll(/(\d+)(\D)/g)) seconds += Number(count) * UNITS[unit.toLowerCase()]
  return fits(seconds)
}

const fits = (value: number): number | undefined => (value <= MAX_U32 ? value : undefined)

/** A time span of 32 bits, in seconds or with units. */
export const span: Field = {
  size: 4,
  parse(words, out, label) {
    const text = words.take(label)
    out.number(4, parseSeconds(text) ?? words.reject(label, 'seconds or a time like 1h30m, up to 32 bits', text))
  },
  print: (wire) => String(wire.number(4)),
  skip: (wire) => wire.skip(4),
}

/** A point in time, YYYYMMDDHHmmSS or seconds since 1970 (RFC 4034 §3.2). */
export const timestamp: Field = {
  size: 4,
  parse(words, out, label) {
    const text = words.take(label)
    const seconds = /^\d{14}$/.test(text)
      ? epochSeconds(text)
      : /^\d{1,10}$/.test(text)
        ? fits(Number(text))
        : undefined
    out.number(4, seconds ?? words.reject(label, 'YYYYMMDDHHmmSS or seconds since 1970', text))
  },
  print(wire) {
    const iso = new Date(wire.number(4) * 1000).toISOString()
    return iso.slice(0, 19).replace(/\D/g, '')
  },
  skip: (wire) => wire.skip(4),
}

/** Seconds since 1970 modulo 2^32 (RFC 4034 §3.1.5); undefined for a day that is none. */
function epochSeconds(text: string): number | undefined {
  const part = (from: number, to: number): number => Number(text.slice(from, to))
  const [year, month, day] = [part(0, 4), part(4, 6), part(6, 8)]
  const [hour, minute, second] = [part(8, 10), part(10, 12), part(12, 14)]
  const time = new Date(Date.UTC(year, month - 1, day, hour, minute, second))
  // Date carries the 31st of June over to July, and 24 o'clock to the next day.
  const isDay = year >= 1970 && time.getUTCMonth() === month - 1 && time.getUTCDate() === day
  if (!isDay || hour > 23 || minute > 59 || second > 59) return undefined
  return (time.getTime() / 1000) % (MAX_U32 + 1)
}
