import { WireError } from '../error.ts'
import { BASE64, decode, HEX } from './blobs.ts'
import type { Field } from './define.ts'
import { takeNumber } from './numbers.ts'
import { base64, hex } from './radix.ts'

/**
 * A host identity (RFC 8005 §5): algorithm, HIT and public key in text; on the wire the lengths of HIT and key stand
 * around the algorithm, before both.
 */
export const hostIdentity: Field = {
  parse(words, out) {
    const algorithm = takeNumber(words, 'algorithm', 255)
    const hit = decode(words, 'hit', words.take('hit'), hex, HEX)
    if (hit.length === 0 || hit.length > 255) words.fail('hit must be 1–255 octets')
    const key = decode(words, 'public key', words.take('public key'), base64, BASE64)
    if (key.length === 0 || key.length > 65_535) words.fail('public key must be 1–65535 octets')
    out.number(1, hit.length)
    out.number(1, algorithm)
    out.number(2, key.length)
    out.append(hit)
    out.append(key)
  },
  print(wire) {
    const hitLength = wire.number(1)
    const algorithm = wire.number(1)
    const keyLength = wire.number(2)
    if (hitLength === 0 || keyLength === 0) throw new WireError('host identity without hit or key')
    return `${algorithm} ${hex.encode(wire.take(hitLength))} ${base64.encode(wire.take(keyLength))}`
  },
  skip(wire) {
    const hitLength = wire.number(1)
    wire.skip(1)
    wire.skip(wire.number(2) + hitLength)
  },
}
