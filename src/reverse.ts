import { type Cidr, isIPv4 } from './address.ts'
import { joinNames, type Name, parseName } from './dns/name.ts'

/** Reverse names: `in-addr.arpa` (RFC 1035 §3.5) and `ip6.arpa` (RFC 3596 §2.5). */

/** The name of an address's PTR records. */
export function reverseName(address: Uint8Array): Name {
  return reverseOf(address, address.length * 8)
}

/**
 * The reverse zones that make up a network. DNS cuts at octets (IPv4) or hexadecimal digits (IPv6), so a network in between
 * is several zones: 10.0.0.0/15 is 0.10.in-addr.arpa. and 1.10.in-addr.arpa.; at most 128 (IPv4) or 8 (IPv6).
 */
export function reverseZones(cidr: Cidr): Name[] {
  const step = isIPv4(cidr.address) ? 8 : 4
  const bits = Math.ceil(cidr.prefix / step) * step
  const zones: Name[] = []
  for (let i = 0; i < 2 ** (bits - cidr.prefix); i++) {
    const address = cidr.address.slice()
    if (bits > 0) address[(bits - 1) >> 3] |= i << ((8 - (bits % 8)) % 8)
    zones.push(reverseOf(address, bits))
  }
  return zones
}

const IN_ADDR = parseName('in-addr.arpa.')
const IP6 = parseName('ip6.arpa.')
const ZERO = 48
const SMALL_A = 97
/** Room for the labels of the longest, that of an IPv6 address. */
const labels = new Uint8Array(64)

function reverseOf(address: Uint8Array, bits: number): Name {
  let at = 0
  if (isIPv4(address)) {
    for (let i = bits / 8 - 1; i >= 0; i--) at = putDecimal(address[i], at)
    return joinNames(labels.subarray(0, at), IN_ADDR)
  }
  for (let i = bits / 4 - 1; i >= 0; i--) {
    const digit = (address[i >> 1] >> (i % 2 ? 0 : 4)) & 15
    labels[at++] = 1
    labels[at++] = digit + (digit < 10 ? ZERO : SMALL_A - 10)
  }
  return joinNames(labels.subarray(0, at), IP6)
}

/** Writes a label with the digits of a number below 1000, and returns where it ends. */
function putDecimal(number: number, at: number): number {
  const digits = number < 10 ? 1 : number < 100 ? 2 : 3
  labels[at] = digits
  const end = at + 1 + digits
  for (let i = end - 1; i > at; i--, number = Math.floor(number / 10)) labels[i] = ZERO + (number % 10)
  return end
}
