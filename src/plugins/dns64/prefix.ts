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
