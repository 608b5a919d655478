import type { Field } from './define.ts'
import type { Words } from './words.ts'

/** Takes a word that must be a decimal number up to `max`. */
export function takeNumber(words: Words, label: string, max: number): number {
  const text = words.take(label)
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  return value <= max ? value : words.reject(label, `0–${max}`, text)
}

function unsigned(size: number): Field {
  const max = 2 ** (8 * size) - 1
  return {
    size,
    parse: (words, out, label) => out.number(size, takeNumber(words, label, max)),
    print: (wire) => String(wire.number(size)),
    skip: (wire) => wire.skip(size),
  }
}

export const u8: Field = unsigned(1)
export const u16: Field = unsigned(2)
export const u32: Field = unsigned(4)

const MAX_U64 = 2n ** 64n - 1n

export const u64: Field = {
  size: 8,
  parse(words, out, label) {
    const text = words.take(label)
    const value = /^\d{1,20}$/.test(text) ? BigInt(text) : MAX_U64 + 1n
    if (value > MAX_U64) words.reject(label, `0–${MAX_U64}`, text)
    out.number(4, Number(value >> 32n))
    out.number(4, Number(value & 0xffffffffn))
  },
  print: (wire) => String((BigInt(wire.number(4)) << 32n) | BigInt(wire.number(4))),
  skip: (wire) => wire.skip(8),
}
