import { WireError } from '../error.ts'
import type { Field } from './define.ts'
import { base32hex, base64, hex, type Radix } from './radix.ts'
import type { Words } from './words.ts'

/** `text` as octets, or an error about the word taken last. */
export function decode(words: Words, label: string, text: string, { decode }: Radix, kind: string): Uint8Array {
  return decode(text) ?? words.reject(label, kind, text)
}

export const HEX = 'pairs of hexadecimal digits'
export const BASE64 = 'padded base64'

interface RestOptions {
  /** What stands for no octets at all; without it there must be some. */
  readonly empty?: '' | '-'
}

/** Octets up to the end, in words that may be split by white space. */
function rest(radix: Radix, kind: string, { empty }: RestOptions = {}): Field {
  return {
    parse(words, out, label) {
      if (empty === '' && words.done) return
      const text = words.takeRest(label)
      if (text === empty) return
      const octets = decode(words, label, text, radix, kind)
      if (octets.length === 0) words.fail(`${label} is empty`)
      out.append(octets)
    },
    print(wire) {
      if (wire.left > 0) return radix.encode(wire.takeRest())
      if (empty === undefined) throw new WireError('empty octets')
      return empty
    },
    skip: (wire) => wire.skip(wire.left),
  }
}

export const hexRest: Field = rest(hex, HEX)
export const base64Rest: Field = rest(base64, BASE64)
/** As base64Rest, where nothing at all is fine too. */
export const optionalBase64: Field = rest(base64, BASE64, { empty: '' })
/** As base64Rest, with `-` for nothing. */
export const dashBase64: Field = rest(base64, BASE64, { empty: '-' })

/** Octets up to the end, as many as the octet before them, a type, tells: by `sizes`, or else at least `least`. */
const sized = (sizes: Readonly<Record<number, number>>, least = 1): Field => ({
  parse(words, out, label) {
    const type = out.octets[out.length - 1]
    const start = out.length
    hexRest.parse(words, out, label)
    const got = out.length - start
    const size = sizes[type]
    if (size !== undefined && got !== size) words.fail(`${label} of type ${type} must have ${size} octets, got ${got}`)
    if (got < least) words.fail(`${label} must have at least ${least} octets, got ${got}`)
  },
  print(wire) {
    const size = sizes[wire.octets[wire.at - 1]]
    const isRight = size === undefined ? wire.left >= least : wire.left === size
    if (!isRight) throw new WireError('digest of another length than its type has')
    return hexRest.print(wire)
  },
  skip: hexRest.skip,
})

/** The digest of DS records (RFC 4034, RFC 4509, RFC 5933, RFC 6605). */
export const digestRest: Field = sized({ 1: 20, 2: 32, 3: 32, 4: 48 })
/** SHA-1 or SHA-256 of a key (RFC 4255 §3.1.2, RFC 6594 §3). */
export const fingerprint: Field = sized({ 1: 20, 2: 32 })
/** SHA-384 or SHA-512 of a zone (RFC 8976 §2.2.3 and §2.2.4). */
export const zoneDigest: Field = sized({ 1: 48, 2: 64 }, 12)

/** One word for a length octet and as many octets. */
function counted(radix: Radix, kind: string, dash: boolean): Field {
  return {
    parse(words, out, label) {
      const text = words.take(label)
      const octets = dash && text === '-' ? new Uint8Array(0) : decode(words, label, text, radix, kind)
      if (octets.length > 255) words.fail(`${label} is longer than 255 octets`)
      if (octets.length === 0 && text !== '-') words.fail(`${label} is empty`)
      out.number(1, octets.length)
      out.append(octets)
    },
    print(wire) {
      const octets = wire.take(wire.number(1))
      if (octets.length > 0) return radix.encode(octets)
      if (!dash) throw new WireError('empty octets')
      return '-'
    },
    skip: (wire) => wire.skip(wire.number(1)),
  }
}

/** The salt of NSEC3, `-` for none (RFC 5155 §3.3). */
export const salt: Field = counted(hex, HEX, true)
/** The next hashed owner name of NSEC3. */
export const hash: Field = counted(base32hex, 'base32hex without padding', false)

/** `size` octets as pairs of hexadecimal digits between dashes, as addresses of network cards are written. */
export function hexPairs(size: number): Field {
  const shape = new RegExp(`^[\\da-f]{2}(?:-[\\da-f]{2}){${size - 1}}$`, 'i')
  return {
    size,
    parse(words, out, label) {
      const text = words.take(label)
      if (!shape.test(text)) words.reject(label, `${size} pairs of hexadecimal digits between dashes`, text)
      for (const pair of text.split('-')) out.number(1, Number.parseInt(pair, 16))
    },
    print: (wire) => Array.from(wire.take(size), (octet) => octet.toString(16).padStart(2, '0')).join('-'),
    skip: (wire) => wire.skip(size),
  }
}

/** 64 bits as four groups of hexadecimal digits between colons (RFC 6742 §2.1.2). */
export const hexGroups: Field = {
  size: 8,
  parse(words, out, label) {
    const text = words.take(label)
    if (!/^[\da-f]{1,4}(?::[\da-f]{1,4}){3}$/i.test(text)) words.reject(label, 'like 14:4fff:ff20:ee64', text)
    for (const group of text.split(':')) out.number(2, Number.parseInt(group, 16))
  },
  print: (wire) => Array.from({ length: 4 }, () => wire.number(2).toString(16)).join(':'),
  skip: (wire) => wire.skip(8),
}
