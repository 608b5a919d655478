import { u16 } from '../header.ts'
import type { Field } from './define.ts'

const DOT = 46
const ZERO = 48
const COLON = 58

/** Four decimal numbers without leading zeros; undefined for anything else. */
export function parseIPv4(text: string): Uint8Array | undefined {
  const octets = new Uint8Array(4)
  return readIPv4(text, 0, octets, 0) ? octets : undefined
}

/** Reads an IPv4 address that is all of the text from `at` on. */
function readIPv4(text: string, at: number, out: Uint8Array, to: number): boolean {
  for (let i = 0; i < 4; i++) {
    if (i > 0 && text.charCodeAt(at++) !== DOT) return false
    const start = at
    let value = 0
    for (; isDigit(text.charCodeAt(at)); at++) value = 10 * value + text.charCodeAt(at) - ZERO
    if (at === start || value > 255 || (at - start > 1 && text.charCodeAt(start) === ZERO)) return false
    out[to + i] = value
  }
  return at === text.length
}

const isDigit = (code: number): boolean => code >= ZERO && code <= 57

/** The forms of RFC 4291 §2.2, without a zone or prefix; undefined for anything else. */
export function parseIPv6(text: string): Uint8Array | undefined {
  const octets = new Uint8Array(16)
  let used = 0
  // Before which octet `::` stands.
  let gap = text.startsWith('::') ? 0 : -1
  for (let at = gap === 0 ? 2 : 0; at < text.length; ) {
    const size = groupSize(text, at)
    if (text.charCodeAt(at + size) === DOT) {
      if (used > 12 || !readIPv4(text, at, octets, used)) return undefined
      used += 4
      break
    }
    if (size === 0 || size > 4 || used === 16) return undefined
    const value = Number.parseInt(text.slice(at, at + size), 16)
    octets[used++] = value >> 8
    octets[used++] = value
    at += size
    if (at === text.length) break
    if (text.charCodeAt(at++) !== COLON || at === text.length) return undefined
    if (text.charCodeAt(at) !== COLON) continue
    if (gap >= 0) return undefined
    gap = used
    at++
  }
  if (gap < 0) return used === 16 ? octets : undefined
  // It stands for one group at least.
  if (used > 14) return undefined
  octets.copyWithin(16 - used + gap, gap, used)
  return octets.fill(0, gap, 16 - used + gap)
}

/** How many hexadecimal digits there are from `at` on. */
function groupSize(text: string, at: number): number {
  let end = at
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end)
    const small = code | 0x20
    if (!isDigit(code) && !(small >= 97 && small <= 102)) break
  }
  return end - at
}

/** Dotted decimal. */
export const ipv4Text = (octets: Uint8Array): string => octets.join('.')

/** The one recommended form (RFC 5952): lower case, the longest run of zero groups as `::`. */
export function ipv6Text(octets: Uint8Array): string {
  if (isMapped(octets)) return `::ffff:${ipv4Text(octets.subarray(12))}`
  const groups = Array.from({ length: 8 }, (_, i) => u16(octets, 2 * i))
  const { start, length } = longestZeros(groups)
  const hex = groups.map((group) => group.toString(16))
  // §4.2.2: "::" must not stand for one group only.
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

/** Is it an IPv4-mapped IPv6 address, `::ffff:192.0.2.1`? */
export function isMapped(octets: Uint8Array): boolean {
  if (octets.length !== 16 || octets[10] !== 0xff || octets[11] !== 0xff) return false
  for (let i = 0; i < 10; i++) if (octets[i] !== 0) return false
  return true
}

/** The first of the longest runs of zero groups (RFC 5952 §4.2.3). */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let i = 0; i < groups.length; i++) {
    const start = i
    while (groups[i] === 0) i++
    if (i - start > best.length) best = { start, length: i - start }
  }
  return best
}

function address(
  size: number,
  kind: string,
  parse: (text: string) => Uint8Array | undefined,
  print: (octets: Uint8Array) => string,
): Field {
  return {
    size,
    parse(words, out, label) {
      const text = words.take(label)
      out.append(parse(text) ?? words.reject(label, kind, text))
    },
    print: (wire) => print(wire.take(size)),
    skip: (wire) => wire.skip(size),
  }
}

export const ipv4: Field = address(4, 'an IPv4 address', parseIPv4, ipv4Text)
export const ipv6: Field = address(16, 'an IPv6 address', parseIPv6, ipv6Text)
