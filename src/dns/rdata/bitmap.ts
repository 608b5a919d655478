import { WireError } from '../error.ts'
import { types } from './codes.ts'
import type { Field } from './define.ts'
import type { Words } from './words.ts'

/** The types whose bits are set; the first octet's highest bit is type `base`. */
function* setBits(bitmap: Uint8Array, base: number): Generator<number> {
  for (let i = 0; i < bitmap.length; i++) {
    for (let bit = 0; bit < 8; bit++) if (bitmap[i] & (0x80 >> bit)) yield base + i * 8 + bit
  }
}

/** All words left as record types, in ascending order. */
function takeTypes(words: Words, label: string): number[] {
  const codes: number[] = []
  while (!words.done) {
    const text = words.take(label)
    codes.push(types.code(text) ?? words.reject(label, 'record types', text))
  }
  return codes.sort((a, b) => a - b)
}

/** One window's bitmap without zero octets at its end. */
function bitsOf(codes: readonly number[]): Uint8Array {
  const bitmap = new Uint8Array(codes.length === 0 ? 0 : ((codes[codes.length - 1] & 255) >> 3) + 1)
  for (const code of codes) bitmap[(code & 255) >> 3] |= 0x80 >> (code & 7)
  return bitmap
}

/** The type bitmaps of NSEC and others (RFC 4034 §4.1.2): a set of record types up to the end. */
export const typeBitmaps: Field = {
  parse(words, out, label) {
    const codes = takeTypes(words, label)
    for (let i = 0; i < codes.length; ) {
      const window = codes[i] >> 8
      const first = i
      while (i < codes.length && codes[i] >> 8 === window) i++
      const bitmap = bitsOf(codes.slice(first, i))
      out.number(1, window)
      out.number(1, bitmap.length)
      out.append(bitmap)
    }
  },
  print(wire) {
    const names: string[] = []
    while (wire.left > 0) {
      const window = wire.number(1)
      const bitmap = wire.take(wire.number(1))
      if (bitmap[bitmap.length - 1] === 0) throw new WireError('zero octet at the end of a type bitmap')
      for (const code of setBits(bitmap, window << 8)) names.push(types.name(code))
    }
    return names.join(' ')
  },
  skip(wire) {
    for (let last = -1; wire.left > 0; ) {
      const window = wire.number(1)
      if (window <= last) throw new WireError('type bitmaps out of order')
      last = window
      const size = wire.number(1)
      if (size < 1 || size > 32) throw new WireError('type bitmap of a bad length')
      wire.skip(size)
    }
  },
}

/** The single bitmap of NXT, for types below 128 (RFC 2535 §5.2). */
export const nxtBitmap: Field = {
  parse(words, out, label) {
    const codes = takeTypes(words, label)
    if (codes.some((code) => code < 1 || code > 127)) words.fail(`${label} must be below 128`)
    out.append(bitsOf(codes))
  },
  print(wire) {
    const bitmap = wire.takeRest()
    const isPlain = bitmap.length <= 16 && bitmap[bitmap.length - 1] !== 0 && !(bitmap[0] & 0x80)
    if (!isPlain) throw new WireError('not the bitmap of RFC 2535 §5.2')
    return Array.from(setBits(bitmap, 0), (code) => types.name(code)).join(' ')
  },
  skip: (wire) => wire.skip(wire.left),
}
