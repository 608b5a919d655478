import { FOLD, MAX_NAME, type Name } from '../dns/name.ts'
import { sha1 } from './sha1.ts'
import type { Nsec3Parameters } from './view.ts'

/** A name or a digest, and the salt. */
const input = new Uint8Array(MAX_NAME + 255)

/** The hash of the name in `name[at…]` (RFC 5155 §5). */
export function nsec3Hash(name: Name, { iterations, salt }: Nsec3Parameters, at = 0): Uint8Array {
  const length = name.length - at
  for (let i = 0; i < length; i++) input[i] = FOLD[name[at + i]]
  let digest = salted(length, salt)
  for (let i = 0; i < iterations; i++) {
    input.set(digest)
    digest = salted(digest.length, salt)
  }
  return digest
}

/** The digest of so many octets of the input, with the salt behind them. */
function salted(length: number, salt: Uint8Array): Uint8Array {
  for (let i = 0; i < salt.length; i++) input[length + i] = salt[i]
  return sha1(input, length + salt.length)
}

const DIGITS = new TextEncoder().encode('0123456789abcdefghijklmnopqrstuv')

/** Base32hex in small letters without padding (RFC 4648 §7): how hashes stand in owner names. 20 octets become 32. */
export function base32hex(octets: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil((octets.length * 8) / 5))
  let bits = 0
  let value = 0
  let at = 0
  for (let i = 0; i < octets.length; i++) {
    value = ((value << 8) | octets[i]) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      out[at++] = DIGITS[(value >> bits) & 31]
    }
  }
  if (bits > 0) out[at] = DIGITS[(value << (5 - bits)) & 31]
  return out
}
