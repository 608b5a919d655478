import { FOLD, type Name } from '../dns/name.ts'
import { sha1 } from './sha1.ts'
import type { Nsec3Parameters } from './view.ts'

/** The hash of a name (RFC 5155 §5). */
export function nsec3Hash(name: Name, { iterations, salt }: Nsec3Parameters): Uint8Array {
  let digest: Uint8Array = new Uint8Array(name.length)
  for (let i = 0; i < name.length; i++) digest[i] = FOLD[name[i]]
  for (let i = 0; i <= iterations; i++) {
    const salted = new Uint8Array(digest.length + salt.length)
    salted.set(digest)
    salted.set(salt, digest.length)
    digest = sha1(salted)
  }
  return digest
}

const DIGITS = new TextEncoder().encode('0123456789abcdefghijklmnopqrstuv')

/** Base32hex in small letters without padding (RFC 4648 §7): how hashes stand in owner names. 20 octets become 32. */
export function base32hex(octets: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil((octets.length * 8) / 5))
  let bits = 0
  let value = 0
  let at = 0
  for (const octet of octets) {
    value = ((value << 8) | octet) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      out[at++] = DIGITS[(value >> bits) & 31]
    }
  }
  if (bits > 0) out[at] = DIGITS[(value << (5 - bits)) & 31]
  return out
}
