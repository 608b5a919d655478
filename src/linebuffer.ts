import type { Name } from './dns/name.ts'
import { spellName } from './dns/spelling.ts'

const FIRST_SIZE = 1024
/** Octets of a character at most, of a label's octet in presentation form (`\123`), and of a number's digits. */
const PER_CHARACTER = 3
const PER_OCTET = 4
const DIGITS = 16

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/**
 * A line as it is put together: UTF-8 in memory that is used again for the next one. Text from a dozen pieces is made so with
 * one allocation, in place of one for each piece.
 */
export class LineBuffer {
  #octets = new Uint8Array(FIRST_SIZE)
  #end = 0

  text(text: string): void {
    this.#reserve(text.length * PER_CHARACTER)
    const octets = this.#octets
    let at = this.#end
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code > 0x7f) {
        at += encoder.encodeInto(text.slice(i), octets.subarray(at)).written
        break
      }
      octets[at++] = code
    }
    this.#end = at
  }

  /** A whole number that is not negative, with at least so many digits. */
  number(value: number, digits = 1): void {
    this.#reserve(DIGITS)
    let size = digits
    for (let rest = Math.floor(value / 10 ** digits); rest > 0; rest = Math.floor(rest / 10)) size++
    this.#end += size
    let rest = value
    for (let at = this.#end - 1; at >= this.#end - size; at--) {
      this.#octets[at] = 48 + (rest % 10)
      rest = Math.floor(rest / 10)
    }
  }

  /** A name in presentation form, in lower case. */
  name(name: Name): void {
    this.#reserve(name.length * PER_OCTET + 1)
    this.#end = spellName(name, 0, this.#octets, this.#end)
  }

  /** What was put together, and an empty line from now on. */
  take(): string {
    const text = decoder.decode(this.#octets.subarray(0, this.#end))
    this.#end = 0
    return text
  }

  /** The same as octets, which are good until more is put together. */
  takeOctets(): Uint8Array {
    const octets = this.#octets.subarray(0, this.#end)
    this.#end = 0
    return octets
  }

  #reserve(more: number): void {
    if (this.#end + more <= this.#octets.length) return
    const larger = new Uint8Array(2 * (this.#end + more))
    larger.set(this.#octets.subarray(0, this.#end))
    this.#octets = larger
  }
}
