import { HEADER, putU16 } from './header.ts'

/** DNS messages on a stream: each after its length in two octets (RFC 1035 §4.2.2, RFC 7766 §8). */

/** What fits a length of two octets. */
export const MAX_MESSAGE = 65_535
/** A length is only a claim: room for it is made as octets arrive. */
const FIRST_ROOM = 512
const NOTHING = new Uint8Array(0)

/** The message with its length in front, in one piece (RFC 7766 §8). */
export const frame = (message: Uint8Array): Uint8Array => frames([message])

/** As `frame`, of several messages that leave together. Written to the beginning of `room` where they fit. */
export function frames(messages: readonly Uint8Array[], room: Uint8Array = NOTHING): Uint8Array {
  let size = 0
  for (const { length } of messages) {
    if (length > MAX_MESSAGE) throw new RangeError(`message of ${length} octets cannot be framed`)
    size += 2 + length
  }
  const framed = size <= room.length ? room.subarray(0, size) : new Uint8Array(size)
  let at = 0
  for (const message of messages) {
    putU16(framed, at, message.length)
    framed.set(message, at + 2)
    at += 2 + message.length
  }
  return framed
}

/** Messages are copied one after another into pieces of this size, of which each is kept for as long as one of its messages. */
const PIECE = 4096
let piece = new Uint8Array(0)
let used = 0

/** A copy of `octets[start, start + length)`. */
function copyOf(octets: Uint8Array, start: number, length: number): Uint8Array {
  if (length > PIECE / 4) return octets.slice(start, start + length)
  if (used + length > piece.length) {
    piece = new Uint8Array(PIECE)
    used = 0
  }
  const at = used
  used += length
  for (let i = 0; i < length; i++) piece[at + i] = octets[start + i]
  return new Uint8Array(piece.buffer, at, length)
}

/** Cuts a stream back into messages, however its octets arrive. */
export class FrameReader {
  /** Octets not looked at yet are `#chunk[#at, …)`. */
  #chunk: Uint8Array = NOTHING
  #at = 0
  /** Octets of the length field seen, and the length so far. */
  #lengthOctets = 0
  #length = 0
  /** The open message's first `#filled` octets. */
  #message = NOTHING
  #filled = 0
  #broken = false

  /** A length that no message has was read: the stream makes no sense any more. */
  get broken(): boolean {
    return this.#broken
  }

  /** Octets of a message whose end has not been returned are there. */
  get partial(): boolean {
    return this.#lengthOctets > 0 || this.#at < this.#chunk.length
  }

  /** Takes octets, without copying: they must not change until `next` returned undefined. */
  push(chunk: Uint8Array): void {
    if (this.#at === this.#chunk.length) {
      this.#chunk = chunk
    } else {
      const rest = this.#chunk.subarray(this.#at)
      this.#chunk = new Uint8Array(rest.length + chunk.length)
      this.#chunk.set(rest)
      this.#chunk.set(chunk, rest.length)
    }
    this.#at = 0
  }

  /** The next complete message, as a copy of its own; undefined when more octets are needed, or never after `broken`. */
  next(): Uint8Array | undefined {
    if (this.#broken || !this.#readLength()) return undefined
    if (this.#filled === 0 && this.#chunk.length - this.#at >= this.#length) {
      const message = copyOf(this.#chunk, this.#at, this.#length)
      this.#at += this.#length
      this.#lengthOctets = 0
      return message
    }
    return this.#fill()
  }

  #readLength(): boolean {
    while (this.#lengthOctets < 2) {
      if (this.#at === this.#chunk.length) return false
      this.#length = ((this.#length << 8) | this.#chunk[this.#at++]) & 0xffff
      this.#lengthOctets++
      if (this.#lengthOctets === 2 && this.#length < HEADER) {
        // Nothing shorter than a header can be a message (RFC 1035 §4.1.1).
        this.#broken = true
        return false
      }
    }
    return true
  }

  #fill(): Uint8Array | undefined {
    const octets = Math.min(this.#chunk.length - this.#at, this.#length - this.#filled)
    const end = this.#filled + octets
    if (end > this.#message.length) this.#grow(end)
    this.#message.set(this.#chunk.subarray(this.#at, this.#at + octets), this.#filled)
    this.#at += octets
    this.#filled = end
    if (end < this.#length) return undefined
    const message = this.#message.subarray(0, end)
    this.#message = NOTHING
    this.#filled = 0
    this.#lengthOctets = 0
    return message
  }

  #grow(octets: number): void {
    const room = Math.min(this.#length, Math.max(octets, 2 * this.#message.length, FIRST_ROOM))
    const grown = new Uint8Array(room)
    grown.set(this.#message.subarray(0, this.#filled))
    this.#message = grown
  }
}
