import { FOLD, type Name } from './name.ts'
import { hashBack, NO_OCTETS } from './namehash.ts'

// Where the labels of the name being looked up start. Shared, since no look-up waits.
const starts = new Uint8Array(128)

/**
 * Numbers names in the order they come: 0, 1, 2 … Made for many: a name costs its octets and some 12 more, all of them
 * in a few arrays that the garbage collector need not walk. Case does not count.
 */
export class NameIndex {
  #size = 0
  /** All names, folded, after each other. */
  #octets = new Uint8Array(256)
  #used = 0
  /** Where the name of each number starts. */
  #starts = new Uint32Array(8)
  /** Open addressing: number + 1, or 0 for a free slot. At most half full. */
  #slots = new Int32Array(16)

  /** How many names. */
  get size(): number {
    return this.#size
  }

  /** The number of a name, a new one where it is not there yet. */
  add(name: Name): number {
    const slot = this.#slotOf(name, 0, hashBack(name, 0, name.length, NO_OCTETS))
    if (this.#slots[slot] !== 0) return this.#slots[slot] - 1
    const number = this.#size++
    this.#slots[slot] = number + 1
    this.#store(name, number)
    if (this.#size * 2 > this.#slots.length) this.#rehash()
    return number
  }

  /** The number of a name, which starts at `at`, or -1. */
  find(name: Name, at = 0): number {
    return this.#slots[this.#slotOf(name, at, hashBack(name, at, name.length, NO_OCTETS))] - 1
  }

  /** The number of the deepest name at or above this one, or -1. */
  longest(name: Name): number {
    let labels = 0
    for (let i = 0; name[i] !== 0; i += name[i] + 1) starts[labels++] = i
    starts[labels] = name.length - 1
    let end = name.length
    let hash = NO_OCTETS
    let found = -1
    for (let k = labels; k >= 0; k--) {
      hash = hashBack(name, starts[k], end, hash)
      end = starts[k]
      const taken = this.#slots[this.#slotOf(name, end, hash)]
      if (taken !== 0) found = taken - 1
    }
    return found
  }

  /** The name of a number, folded; a view that is good until the next `add`. */
  name(number: number): Name {
    return this.#octets.subarray(this.#starts[number], this.#end(number))
  }

  #end(number: number): number {
    return number + 1 < this.#size ? this.#starts[number + 1] : this.#used
  }

  /** The slot of the rest of `name` from `start`, or the free one where it would stand. */
  #slotOf(name: Name, start: number, hash: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = mixed(hash) & mask
    while (slots[slot] !== 0 && !this.#is(slots[slot] - 1, name, start)) slot = (slot + 1) & mask
    return slot
  }

  #is(number: number, name: Name, start: number): boolean {
    const octets = this.#octets
    let at = this.#starts[number]
    // Both end in their root label, so that a longer one differs before its end.
    for (let i = start; i < name.length; i++) if (octets[at++] !== FOLD[name[i]]) return false
    return true
  }

  #store(name: Name, number: number): void {
    if (number === this.#starts.length) this.#starts = grown(this.#starts, new Uint32Array(number * 2))
    const needed = this.#used + name.length
    if (needed > this.#octets.length) this.#octets = grown(this.#octets, new Uint8Array(needed * 2))
    this.#starts[number] = this.#used
    for (let i = 0; i < name.length; i++) this.#octets[this.#used++] = FOLD[name[i]]
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2)
    const mask = slots.length - 1
    for (let number = 0; number < this.#size; number++) {
      let slot = mixed(hashBack(this.#octets, this.#starts[number], this.#end(number), NO_OCTETS)) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = number + 1
    }
    this.#slots = slots
  }
}

/** The high half in the low bits, which choose the slot. */
const mixed = (hash: number): number => hash ^ (hash >>> 15)

function grown<T extends Uint8Array | Uint32Array>(from: T, to: T): T {
  to.set(from)
  return to
}
