import { TYPE } from '../dns/constants.ts'
import { type Name, readEscape } from '../dns/name.ts'
import { readName } from './owner.ts'
import type { Scanner } from './scanner.ts'

const DOT = 46
const COLON = 58
const BACKSLASH = 92
const HASH = 35
const MAX_RDATA = 65535

/**
 * Reads the data of the commonest types straight from octets to octets. Returns how many were written to `out`, or -1 where the
 * data is of another type, unusual or wrong: then the registry of types has the word.
 */
export function readCommon(type: number, scanner: Scanner, origin: Name, out: Uint8Array): number {
  if (!scanner.next() || isGeneric(scanner) || (scanner.quoted && type !== TYPE.TXT)) return -1
  let size: number
  switch (type) {
    case TYPE.A:
      size = readV4(scanner, out)
      break
    case TYPE.AAAA:
      size = readV6(scanner, out)
      break
    case TYPE.NS:
    case TYPE.CNAME:
    case TYPE.PTR:
    case TYPE.DNAME:
      size = readNameAt(scanner, origin, out, 0)
      break
    case TYPE.MX:
      size = readNumbers(scanner, out, 1) ? readNameAt(scanner, origin, out, 2) : -1
      break
    case TYPE.SRV:
      size = readNumbers(scanner, out, 3) ? readNameAt(scanner, origin, out, 6) : -1
      break
    case TYPE.TXT:
      return readStrings(scanner, out)
    default:
      return -1
  }
  return size > 0 && !scanner.next() ? size : -1
}

/** RFC 3597 §5: `\# LENGTH HEX…` may stand for the data of any type. */
function isGeneric(scanner: Scanner): boolean {
  const { bytes, start, stop } = scanner
  return stop - start === 2 && bytes[start] === BACKSLASH && bytes[start + 1] === HASH && !scanner.quoted
}

function readNameAt(scanner: Scanner, origin: Name, out: Uint8Array, at: number): number {
  if (scanner.quoted) return -1
  return readName(scanner.bytes, scanner.start, scanner.stop, origin, out, at) || -1
}

/** `count` 16-bit numbers, and on to the word after them. */
function readNumbers(scanner: Scanner, out: Uint8Array, count: number): boolean {
  const { bytes } = scanner
  for (let n = 0; n < count; n++) {
    let value = 0
    if (scanner.stop - scanner.start > 5 || scanner.quoted) return false
    for (let i = scanner.start; i < scanner.stop; i++) {
      const digit = bytes[i] - 48
      if (digit < 0 || digit > 9) return false
      value = value * 10 + digit
    }
    if (value > 65535 || scanner.stop === scanner.start) return false
    out[n * 2] = value >> 8
    out[n * 2 + 1] = value
    if (!scanner.next()) return false
  }
  return true
}

function readV4(scanner: Scanner, out: Uint8Array): number {
  const { bytes, start, stop } = scanner
  let part = 0
  let value = 0
  let digits = 0
  for (let i = start; i < stop; i++) {
    const c = bytes[i]
    if (c === DOT) {
      if (digits === 0 || part === 3) return -1
      out[part++] = value
      value = 0
      digits = 0
      continue
    }
    const digit = c - 48
    if (digit < 0 || digit > 9 || (digits > 0 && value === 0)) return -1
    value = value * 10 + digit
    if (value > 255) return -1
    digits++
  }
  if (part !== 3 || digits === 0) return -1
  out[3] = value
  return 4
}

/** RFC 4291 §2.2, forms 1 and 2; the dotted form is left to the registry. */
function readV6(scanner: Scanner, out: Uint8Array): number {
  const { bytes, start, stop } = scanner
  let at = 0
  let gap = -1
  let i = start
  if (bytes[i] === COLON) {
    if (bytes[i + 1] !== COLON) return -1
    gap = 0
    i += 2
  }
  while (i < stop) {
    let value = 0
    let digits = 0
    for (; i < stop && bytes[i] !== COLON; i++, digits++) {
      const digit = HEX[bytes[i]]
      if (digit === 255 || digits === 4) return -1
      value = (value << 4) | digit
    }
    if (digits === 0 || at === 16) return -1
    out[at++] = value >> 8
    out[at++] = value
    if (i === stop) break
    if (++i === stop) return -1
    if (bytes[i] === COLON) {
      if (gap >= 0) return -1
      gap = at
      i++
    }
  }
  return at === 16 && gap < 0 ? 16 : spread(out, at, gap)
}

/** Opens the `::` at `gap`: at least one group of zeros. */
function spread(out: Uint8Array, at: number, gap: number): number {
  if (gap < 0 || at > 14) return -1
  const tail = at - gap
  for (let k = 1; k <= tail; k++) out[16 - k] = out[at - k]
  for (let k = gap; k < 16 - tail; k++) out[k] = 0
  return 16
}

const HEX = new Uint8Array(256).fill(255)
for (let digit = 0; digit < 16; digit++) {
  const text = digit.toString(16)
  HEX[text.charCodeAt(0)] = digit
  HEX[text.toUpperCase().charCodeAt(0)] = digit
}

/** Character strings to the end of the entry (RFC 1035 §3.3.14). */
function readStrings(scanner: Scanner, out: Uint8Array): number {
  const { bytes } = scanner
  let at = 0
  do {
    const lengthAt = at++
    for (let i = scanner.start; i < scanner.stop; i++) {
      let c = bytes[i]
      if (c === BACKSLASH) {
        const escaped = i + 1 < scanner.stop ? readEscape(bytes, i + 1) : undefined
        if (!escaped || escaped.next > scanner.stop) return -1
        c = escaped.octet
        i = escaped.next - 1
      }
      if (at - lengthAt > 255 || at > MAX_RDATA) return -1
      out[at++] = c
    }
    out[lengthAt] = at - lengthAt - 1
  } while (scanner.next())
  return at <= MAX_RDATA ? at : -1
}
