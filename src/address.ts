import { ipv4Text, ipv6Text, isMapped, parseIPv4, parseIPv6 } from './dns/rdata/address.ts'

/** IP addresses as 4 or 16 octets, and networks of them. */

/**
 * Reads an IPv4 or IPv6 address; undefined where the text is none. Strict: four decimal octets without leading zeros,
 * or RFC 4291 §2.2 (with at most one `::`, and an IPv4 tail); no brackets, no zone.
 */
export function parseAddress(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIPv6(text) : parseIPv4(text)
}

/** Canonical text: dotted decimal, or RFC 5952. */
export function addressText(address: Uint8Array): string {
  return isIPv4(address) ? ipv4Text(address) : ipv6Text(address)
}

/** Is it an IPv4 address, of 4 octets? */
export function isIPv4(address: Uint8Array): boolean {
  return address.length === 4
}

/** An IPv4-mapped IPv6 address (`::ffff:192.0.2.1`) as IPv4; others as they are. */
export function unmapAddress(address: Uint8Array): Uint8Array {
  return isMapped(address) ? address.subarray(12) : address
}

/** A network in CIDR notation. */
export interface Cidr {
  /** The network's first address: 4 or 16 octets. */
  readonly address: Uint8Array
  readonly prefix: number
  /** Is the address in the network? IPv4-mapped addresses count as IPv4. */
  contains(address: Uint8Array): boolean
}

/** Reads `192.0.2.0/24` or `2001:db8::/32`; host bits are cleared. Undefined where the text is no CIDR. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.lastIndexOf('/')
  const digits = text.slice(slash + 1)
  if (slash < 0 || !/^\d{1,3}$/.test(digits)) return undefined
  const address = parseAddress(text.slice(0, slash))
  const prefix = Number(digits)
  return address && prefix <= address.length * 8 ? cidrOf(address, prefix) : undefined
}

/** The network of `prefix` bits that `address` is in. */
export function cidrOf(address: Uint8Array, prefix: number): Cidr {
  const mask = address.map((_, i) => maskOctet(prefix, i))
  const network = address.map((octet, i) => octet & mask[i])
  const octets = Math.ceil(prefix / 8)
  return {
    address: network,
    prefix,
    contains(other) {
      const candidate = network.length === 4 ? unmapAddress(other) : other
      if (candidate.length !== network.length) return false
      for (let i = 0; i < octets; i++) if ((candidate[i] & mask[i]) !== network[i]) return false
      return true
    },
  }
}

/** `192.0.2.0/24` */
export function cidrText(cidr: Cidr): string {
  return `${addressText(cidr.address)}/${cidr.prefix}`
}

function maskOctet(prefix: number, index: number): number {
  const bits = Math.min(8, Math.max(0, prefix - 8 * index))
  return (0xff00 >> bits) & 0xff
}
