import { HEADER } from './header.ts'
import { FOLD, type Name } from './name.ts'
import { hashBack, NO_OCTETS } from './namehash.ts'

/** Pointers have 14 bits (RFC 1035 §4.1.4). */
const MAX_POINTER = 0x3fff
const SLOTS = 1024
const MAX_NAMES = 768

// Offsets into what holds the name, which may be a zone image.
const starts = new Uint32Array(128)
const hashes = new Int32Array(128)

/**
 * Writes names with compression. Remembers where names stand in the message being written, in a hash table whose entries
 * are stamped with the message's number, so that nothing is cleared between messages.
 */
export class NameCompressor {
  readonly #offsets = new Uint16Array(SLOTS)
  readonly #stamps = new Uint32Array(SLOTS)
  #stamp = 0
  #names = 0
  /** Where offset 0 of the message is in the buffer. */
  #base = 0
  #keepCase = false

  /**
   * Forgets all names: a new message starts at `base` of the buffer. `keepCase`: names that differ in case are different, as
   * a transfer wants it (RFC 5936 §3.4).
   */
  reset(base: number, keepCase = false): void {
    this.#base = base
    this.#keepCase = keepCase
    this.#names = 0
    if (++this.#stamp === 0xffffffff) {
      this.#stamps.fill(0)
      this.#stamp = 1
    }
  }

  /** Writes `name` at `at` as labels and, where its end was written before, a pointer. Returns where writing goes on. */
  write(out: Uint8Array, at: number, name: Uint8Array, from = 0): number {
    const labels = this.#hashSuffixes(name, from)
    let known = labels
    let pointer = 0
    for (let k = 0; k < labels; k++) {
      pointer = this.#find(out, hashes[k], name, starts[k])
      if (pointer !== 0) {
        known = k
        break
      }
    }
    for (let k = 0; k < known; k++) {
      const start = starts[k]
      this.#remember(hashes[k], at - this.#base)
      const end = start + name[start]
      for (let i = start; i <= end; i++) out[at++] = name[i]
    }
    if (known === labels) {
      out[at] = 0
      return at + 1
    }
    out[at] = 0xc0 | (pointer >> 8)
    out[at + 1] = pointer
    return at + 2
  }

  /** Remembers a name that stands uncompressed right behind the header: the question's. */
  rememberQuestion(name: Name): void {
    const labels = this.#hashSuffixes(name, 0)
    for (let k = 0; k < labels; k++) this.#remember(hashes[k], HEADER + starts[k])
  }

  #hashSuffixes(name: Uint8Array, from: number): number {
    let labels = 0
    for (let i = from; name[i] !== 0; i += name[i] + 1) starts[labels++] = i
    let hash = NO_OCTETS
    for (let k = labels - 1; k >= 0; k--) {
      const start = starts[k]
      hash = hashBack(name, start, start + 1 + name[start], hash)
      hash ^= hash >>> 15
      hashes[k] = hash
    }
    return labels
  }

  #remember(hash: number, offset: number): void {
    if (offset > MAX_POINTER || this.#names >= MAX_NAMES) return
    let slot = hash & (SLOTS - 1)
    while (this.#stamps[slot] === this.#stamp) slot = (slot + 1) & (SLOTS - 1)
    this.#stamps[slot] = this.#stamp
    this.#offsets[slot] = offset
    this.#names++
  }

  #find(out: Uint8Array, hash: number, name: Uint8Array, start: number): number {
    for (let slot = hash & (SLOTS - 1); this.#stamps[slot] === this.#stamp; slot = (slot + 1) & (SLOTS - 1)) {
      const offset = this.#offsets[slot]
      if (this.#stands(out, offset, name, start)) return offset
    }
    return 0
  }

  /** Does the rest of `name` from `start` stand at `offset` of the message? */
  #stands(out: Uint8Array, offset: number, name: Uint8Array, start: number): boolean {
    let at = this.#base + offset
    for (let i = start; ; ) {
      while (out[at] >= 0xc0) at = this.#base + (((out[at] & 0x3f) << 8) | out[at + 1])
      const length = name[i]
      if (out[at] !== length) return false
      if (length === 0) return true
      const end = i + length
      for (i++, at++; i <= end; i++, at++) {
        if (out[at] === name[i]) continue
        if (this.#keepCase || FOLD[out[at]] !== FOLD[name[i]]) return false
      }
    }
  }
}
