import { putU16, u16 } from '../dns/header.ts'

/** Messages with their two-octet lengths in front (RFC 1035 §4.2.2), in one piece. */
export function frames(messages: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(messages.reduce((size, message) => size + 2 + message.length, 0))
  let at = 0
  for (const message of messages) {
    putU16(out, at, message.length)
    out.set(message, at + 2)
    at += 2 + message.length
  }
  return out
}

const NOTHING = new Uint8Array(0)

/** Cuts a stream of octets back into messages. Keeps no more than one unfinished message. */
export class FrameReader {
  #rest: Uint8Array = NOTHING
  /** Octets of `rest` that are filled, and that the message needs with its length; 0 while that is not known. */
  #filled = 0

  /** The messages that `bytes` completes. Those that lie in one piece are views of it. */
  push(bytes: Uint8Array): Uint8Array[] {
    const messages: Uint8Array[] = []
    let at = 0
    if (this.#filled > 0) at = this.#complete(bytes, messages)
    if (this.#filled > 0) return messages
    while (at + 2 <= bytes.length) {
      const end = at + 2 + u16(bytes, at)
      if (end > bytes.length) break
      messages.push(bytes.subarray(at + 2, end))
      at = end
    }
    if (at < bytes.length) this.#keep(bytes.subarray(at))
    return messages
  }

  /** Fills the unfinished message; returns how many octets that took. */
  #complete(bytes: Uint8Array, messages: Uint8Array[]): number {
    let taken = 0
    if (this.#filled === 1) {
      // Only half of the length was there.
      const first = this.#rest[0]
      const size = (first << 8) | bytes[0]
      this.#rest = new Uint8Array(2 + size)
      this.#rest[0] = first
      this.#rest[1] = bytes[0]
      this.#filled = 2
      taken = 1
    }
    const part = bytes.subarray(taken, taken + this.#rest.length - this.#filled)
    this.#rest.set(part, this.#filled)
    this.#filled += part.length
    if (this.#filled === this.#rest.length) {
      messages.push(this.#rest.subarray(2))
      this.#rest = NOTHING
      this.#filled = 0
    }
    return taken + part.length
  }

  #keep(tail: Uint8Array): void {
    this.#rest = new Uint8Array(tail.length > 1 ? 2 + u16(tail, 0) : 1)
    this.#rest.set(tail)
    this.#filled = tail.length
  }
}
