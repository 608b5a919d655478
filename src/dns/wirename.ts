import { WireError } from './error.ts'
import { MAX_LABEL, MAX_NAME, type Name } from './name.ts'

const POINTER = 0xc0
/** A name has at most 127 labels; more pointers than that only cost time. */
const MAX_POINTERS = 127
const scratch = new Uint8Array(MAX_NAME)

/**
 * Reads a name that may end in compression pointers (RFC 1035 §4.1.4). `name` is a copy; `next` is where the message
 * goes on behind it. Throws WireError.
 */
export function readCompressedName(message: Uint8Array, offset: number): { name: Name; next: number } {
  const next = skipName(message, offset)
  return { name: scratch.slice(0, expandName(message, offset, scratch, 0)), next }
}

/** Where the message goes on behind the name at `offset`: behind its root label or its first pointer. */
export function skipName(message: Uint8Array, offset: number): number {
  for (let at = offset; at < message.length; ) {
    const size = message[at]
    if (size === 0) return at + 1
    if (size >= POINTER) return at + 2
    if (size > MAX_LABEL) throw new WireError('label of a reserved type')
    at += size + 1
  }
  throw new WireError('name runs past the message')
}

/**
 * Writes the name at `offset` of the message in full to `out` at `to`, where 255 octets must be free, and returns where
 * writing goes on. Every pointer must point before the labels it follows, so that chains end; a name that breaks
 * RFC 1035's limits is refused.
 */
export function expandName(message: Uint8Array, offset: number, out: Uint8Array, to: number): number {
  const limit = to + MAX_NAME
  let segment = offset
  let pointers = 0
  for (let at = offset; ; ) {
    const size = message[at]
    if (size === undefined) throw new WireError('name runs past the message')
    if (size >= POINTER) {
      if (at + 1 >= message.length) throw new WireError('name runs past the message')
      const target = ((size & 0x3f) << 8) | message[at + 1]
      if (target >= segment) throw new WireError('compression pointer does not point backwards')
      if (++pointers > MAX_POINTERS) throw new WireError('name has too many compression pointers')
      segment = at = target
      continue
    }
    if (size > MAX_LABEL) throw new WireError('label of a reserved type')
    const end = at + size + 1
    if (end > message.length) throw new WireError('name runs past the message')
    if (to + size + 1 > limit) throw new WireError('name is longer than 255 octets')
    while (at < end) out[to++] = message[at++]
    if (size === 0) return to
  }
}
