import type { Cidr } from '../../address.ts'

/**
 * An IPv4 address put into an IPv6 prefix of 32, 40, 48, 56, 64 or 96 bits (RFC 6052 §2.2). Bits 64 to 71 stay zero, so
 * the address is cut in two where it would lie on them.
 */
export function embed(prefix: Cidr, address: Uint8Array): Uint8Array {
  const embedded = prefix.address.slice()
  let at = prefix.prefix / 8
  for (const octet of address) {
    if (at === 8) at++
    embedded[at++] = octet
  }
  return embedded
}

/** ::ffff:0:0/96: an address that no IPv6 packet can have (RFC 6147 §5.1.4). */
export function isMapped(address: Uint8Array): boolean {
  return address.subarray(0, 10).every((octet) => octet === 0) && address[10] === 0xff && address[11] === 0xff
}
