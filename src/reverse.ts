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
const label = (text: string): readonly number[] => [text.length, ...Array.from(text, (char) => char.charCodeAt(0))]
/** Labels by what they say; a hosts file can need 100,000 names made of them. */
const DECIMAL = Array.from({ length: 256 }, (_, octet) => label(`${octet}`))
const HEX = Array.from({ length: 16 }, (_, digit) => label(digit.toString(16)))

function reverseOf(address: Uint8Array, bits: number): Name {
  const labels: number[] = []
  if (isIPv4(address)) {
    for (let i = bits / 8 - 1; i >= 0; i--) labels.push(...DECIMAL[address[i]])
    return joinNames(new Uint8Array(labels), IN_ADDR)
  }
  for (let i = bits / 4 - 1; i >= 0; i--) labels.push(...HEX[(address[i >> 1] >> (i % 2 ? 0 : 4)) & 15])
  return joinNames(new Uint8Array(labels), IP6)
}
