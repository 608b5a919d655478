import { WireError } from '../error.ts'
import { u16 } from '../header.ts'
import { ipv4Text, ipv6Text, parseIPv4, parseIPv6 } from './address.ts'
import { base64 } from './radix.ts'
import { textOf } from './strings.ts'
import { RdataReader, RdataWriter } from './wire.ts'

/**
 * A parameter's value between the octets of its text, already without the escapes of RFC 1035, and the octets on the wire.
 * Both directions throw WireError.
 */
export interface ValueCodec {
  parse(text: Uint8Array): Uint8Array
  print(value: Uint8Array): Uint8Array
}

const encoder = new TextEncoder()
const COMMA = 44
const BACKSLASH = 92

/** Values whose text is plain ASCII: parse gets what was written, print gives what to write. */
const ascii = (parse: (text: string) => Uint8Array, print: (value: Uint8Array) => string): ValueCodec => ({
  parse: (text) => parse(textOf(text)),
  print: (value) => encoder.encode(print(value)),
})

/** Parts between commas, each of which `one` turns into octets. */
const list = (one: (text: string) => Uint8Array) => (text: string) => concat(text.split(',').map(one))

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new RdataWriter()
  for (const part of parts) out.append(part)
  return out.finish()
}

/** `value` in pieces of `size` octets, at least one. */
function pieces(value: Uint8Array, size: number): Uint8Array[] {
  if (value.length === 0 || value.length % size !== 0) throw new WireError('value of a bad length')
  return Array.from({ length: value.length / size }, (_, i) => value.subarray(i * size, (i + 1) * size))
}

const u16Text = (octets: Uint8Array): number => u16(octets, 0)

function u16Of(text: string): Uint8Array {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(value <= 65_535)) throw new WireError(`must be 0–65535, got "${text}"`)
  return Uint8Array.of(value >> 8, value)
}

/** A list of IP addresses. */
const addresses = (
  size: number,
  kind: string,
  parse: (text: string) => Uint8Array | undefined,
  print: (octets: Uint8Array) => string,
): ValueCodec =>
  ascii(
    list((text) => {
      const octets = parse(text)
      if (!octets) throw new WireError(`must be ${kind} addresses, got "${text}"`)
      return octets
    }),
    (value) => pieces(value, size).map(print).join(','),
  )

/** Splits at commas; `\,` and `\\` stand for themselves within a part (RFC 9460 appendix A.1). */
function splitList(text: Uint8Array): Uint8Array[] {
  const parts: number[][] = [[]]
  for (let i = 0; i < text.length; i++) {
    if (text[i] === COMMA) {
      parts.push([])
      continue
    }
    if (text[i] === BACKSLASH && text[++i] !== COMMA && text[i] !== BACKSLASH) {
      throw new WireError('only a comma or a backslash can be escaped in a list')
    }
    parts[parts.length - 1].push(text[i])
  }
  return parts.map((part) => Uint8Array.from(part))
}

/** Character-strings in a list that is comma-separated in text: protocol ids, path segments. */
export const strings: ValueCodec = {
  parse(text) {
    const out = new RdataWriter()
    for (const part of splitList(text)) {
      if (part.length === 0 || part.length > 255) throw new WireError('must be a list of 1–255 octets each')
      out.number(1, part.length)
      out.append(part)
    }
    return out.finish()
  },
  print(value) {
    const wire = new RdataReader(value)
    const out: number[] = []
    do {
      const part = wire.take(wire.number(1))
      if (part.length === 0) throw new WireError('empty string in a list')
      if (out.length > 0) out.push(COMMA)
      for (const octet of part) {
        if (octet === COMMA || octet === BACKSLASH) out.push(BACKSLASH)
        out.push(octet)
      }
    } while (wire.left > 0)
    return Uint8Array.from(out)
  },
}

/** As `strings`, where the list may be empty. */
export const optionalStrings: ValueCodec = {
  parse: (text) => (text.length === 0 ? text : strings.parse(text)),
  print: (value) => (value.length === 0 ? value : strings.print(value)),
}

/** A key without a value. */
export const nothing: ValueCodec = {
  parse: (text) => refuseAny(text),
  print: (value) => refuseAny(value),
}

function refuseAny(octets: Uint8Array): Uint8Array {
  if (octets.length > 0) throw new WireError('must not have a value')
  return octets
}

/** Octets as they are. */
export const opaque: ValueCodec = { parse: (text) => text, print: (value) => value }

/** Octets as they are, at least one. */
export const text: ValueCodec = { parse: refuseNone, print: refuseNone }

function refuseNone(octets: Uint8Array): Uint8Array {
  if (octets.length === 0) throw new WireError('must have a value')
  return octets
}

export const port: ValueCodec = ascii(u16Of, (value) => {
  if (value.length !== 2) throw new WireError('value of a bad length')
  return String(u16Text(value))
})

export const groups: ValueCodec = ascii(list(u16Of), (value) => pieces(value, 2).map(u16Text).join(','))

export const blob: ValueCodec = ascii(
  (text) => {
    const octets = base64.decode(text)
    if (!octets?.length) throw new WireError(`must be padded base64, got "${text}"`)
    return octets
  },
  (value) => base64.encode(refuseNone(value)),
)

export const ipv4Hints: ValueCodec = addresses(4, 'IPv4', parseIPv4, ipv4Text)
export const ipv6Hints: ValueCodec = addresses(16, 'IPv6', parseIPv6, ipv6Text)

/** A set of keys by `code` and `name`, ascending on the wire (RFC 9460 §8). */
export const keySet = (code: (text: string) => number | undefined, name: (code: number) => string): ValueCodec =>
  ascii(
    (text) => {
      const codes = text.split(',').map((part) => {
        const key = code(part)
        if (key === undefined) throw new WireError(`must be a list of keys, got "${part}"`)
        return key
      })
      codes.sort((a, b) => a - b)
      if (codes.some((key, i) => key === codes[i - 1])) throw new WireError('must not name a key twice')
      return concat(codes.map((key) => Uint8Array.of(key >> 8, key)))
    },
    (value) => {
      const codes = pieces(value, 2).map(u16Text)
      if (codes.some((key, i) => i > 0 && key <= codes[i - 1])) throw new WireError('keys out of order')
      return codes.map(name).join(',')
    },
  )
