import { u16 } from '../header.ts'
import type { Field } from './define.ts'

/** Four decimal numbers without leading zeros; undefined for anything else. */
export function parseIPv4(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const octets = new Uint8Array(4)
  for (let i = 0; i < 4; i++) {
    const part = parts[i]
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    octets[i] = Number(part)
  }
  return octets
}

/** The forms of RFC 4291 §2.2, without a zone or prefix; undefined for anything else. */
export function parseIPv6(text: string): Uint8Array | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = parseGroups(halves[0], halves.length === 1)
  const tail = halves.length === 2 ? parseGroups(halves[1], true) : []
  if (!head || !tail) return undefined
  const missing = 16 - head.length - tail.length
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined
  const octets = new Uint8Array(16)
  octets.set(head)
  octets.set(tail, 16 - tail.length)
  return octets
}

/** Groups of hexadecimal digits between colons, as octets; the `last` of all may be an IPv4 address. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === '') return []
  const octets: number[] = []
  const groups = text.split(':')
  for (const [i, group] of groups.entries()) {
    if (last && i === groups.length - 1 && group.includes('.')) {
      const embedded = parseIPv4(group)
      if (!embedded) return undefined
      octets.push(...embedded)
    } else {
      if (!/^[\da-f]{1,4}$/i.test(group)) return undefined
      const value = Number.parseInt(group, 16)
      octets.push(value >> 8, value & 255)
    }
  }
  return octets
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
