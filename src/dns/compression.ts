import { HEADER } from './header.ts'
import { FOLD } from './name.ts'
import { hashBack, NO_OCTETS } from './namehash.ts'

/** Pointers have 14 bits (RFC 1035 §4.1.4). */
export const MAX_POINTER = 0x3fff
const SLOTS = 2048
const MAX_NAMES = 1024
/** Names that were made to meet in one slot cost no more than this; then they stand uncompressed. */
const MAX_PROBES = 32

// Where the labels of the name being written start in what holds it, which may be a zone image; and the hashes of the
// name's rest from there.
const starts = new Uint32Array(128)
const hashes = new Int32Array(128)

/**
 * Writes names with compression. Ends that a name has in common with the question's are found by comparing, as most
 * have one or none; for all others a hash table knows where they stand in the message. Its entries are stamped with the
 * message's number, so that nothing is cleared between messages.
 */
export class NameCompressor {
  readonly #offsets = new Uint16Array(SLOTS)
  readonly #stamps = new Uint32Array(SLOTS)
  #stamp = 0
  /** The slots in use, in the order taken. */
  readonly #taken = new Uint16Array(MAX_NAMES)
  #names = 0
  /** Where offset 0 of the message is in the buffer. */
  #base = 0
  /** Offsets in the message. */
  readonly #questionStarts = new Uint16Array(128)
  #questionLabels = 0
  #keepCase = false

  /**
   * Starts a message at `base` of `out`, in which the question's name stands already, right behind the header. `keepCase`:
   * names that differ in case are different, as a transfer wants it (RFC 5936 §3.4).
   */
  begin(out: Uint8Array, base: number, keepCase: boolean): void {
    this.#base = base
    this.#keepCase = keepCase
    this.#names = 0
    if (++this.#stamp === 0xffffffff) {
      this.#stamps.fill(0)
      this.#stamp = 1
    }
    let labels = 0
    for (let at = HEADER; out[base + at] !== 0; at += out[base + at] + 1) this.#questionStarts[labels++] = at
    this.#questionLabels = labels
  }

  /** How many ends of names are remembered: what `forget` goes back to. */
  get names(): number {
    return this.#names
  }

  /** True while there is no name to point to but the question's, whatever the case of letters. */
  get isPlain(): boolean {
    return this.#names === 0 && !this.#keepCase
  }

  /** Forgets what was written since `names` was this: it will be written over. */
  forget(names: number): void {
    while (this.#names > names) this.#stamps[this.#taken[--this.#names]] = 0
  }

  /** Writes `name` at `at` as labels and, where its end was written before, a pointer. Returns where writing goes on. */
  write(out: Uint8Array, at: number, name: Uint8Array, from = 0): number {
    let own = 0
    for (let i = from; name[i] !== 0; i += name[i] + 1) starts[own++] = i
    let pointer = 0
    for (let q = this.#questionLabels - 1; q >= 0 && own > 0; q--) {
      const at = this.#questionStarts[q]
      if (!this.#isLabelAt(out, at, name, starts[own - 1])) break
      own--
      pointer = at
    }
    hashEnds(name, own, pointer)
    for (let k = 0; k < own && this.#names > 0; k++) {
      const found = this.#find(out, hashes[k], name, starts[k])
      if (found === 0) continue
      own = k
      pointer = found
    }
    for (let k = 0; k < own; k++) {
      const start = starts[k]
      this.#remember(hashes[k], at - this.#base)
      const end = start + name[start]
      for (let i = start; i <= end; i++) out[at++] = name[i]
    }
    if (pointer !== 0) out[at++] = 0xc0 | (pointer >> 8)
    out[at++] = pointer
    return at
  }

  /** Is the label of `name` at `start` the one at this offset of the message? */
  #isLabelAt(out: Uint8Array, offset: number, name: Uint8Array, start: number): boolean {
    const end = start + name[start]
    for (let i = start, at = this.#base + offset; i <= end; i++, at++) {
      if (out[at] === name[i]) continue
      if (this.#keepCase || FOLD[out[at]] !== FOLD[name[i]]) return false
    }
    return true
  }

  #remember(hash: number, offset: number): void {
    if (offset > MAX_POINTER || this.#names >= MAX_NAMES) return
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const slot = (hash + probe) & (SLOTS - 1)
      if (this.#stamps[slot] === this.#stamp) continue
      this.#stamps[slot] = this.#stamp
      this.#offsets[slot] = offset
      this.#taken[this.#names++] = slot
      return
    }
  }

  /** The offset at which the rest of `name` from `start` stands; 0 where it is not known. */
  #find(out: Uint8Array, hash: number, name: Uint8Array, start: number): number {
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const slot = (hash + probe) & (SLOTS - 1)
      if (this.#stamps[slot] !== this.#stamp) return 0
      const offset = this.#offsets[slot]
      if (this.#stands(out, offset, name, start)) return offset
    }
    return 0
  }

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

/** Hashes the ends of a name from each of its first `labels` labels on; `rest` stands for what is behind those. */
function hashEnds(name: Uint8Array, labels: number, rest: number): void {
  let hash = NO_OCTETS ^ rest
  for (let k = labels - 1; k >= 0; k--) {
    const start = starts[k]
    hash = hashBack(name, start, start + 1 + name[start], hash)
    hashes[k] = hash ^ (hash >>> 15)
  }
}
