import { FOLD, type Name } from './name.ts'

const SEED = 0x811c9dc5
const PRIME = 0x01000193

/**
 * Numbers names in the order they come: 0, 1, 2 … Made for many: a name costs its octets and some 12 more, all of them
 * in a few arrays that the garbage collector need not walk. Case does not count.
 */
export class NameIndex {
  #size = 0
  /** All names, folded, after each other. */
  #octets = new Uint8Array(1024)
  #used = 0
  /** Where the name of each number starts. */
  #starts = new Uint32Array(64)
  /** Open addressing: number + 1, or 0 for a free slot. At most half full. */
  #slots = new Int32Array(128)

  /** How many names. */
  get size(): number {
    return this.#size
  }

  /** The number of a name, a new one where it is not there yet. */
  add(name: Name): number {
    const slot = this.#slotOf(name)
    if (this.#slots[slot] !== 0) return this.#slots[slot] - 1
    const number = this.#size++
    this.#slots[slot] = number + 1
    this.#store(name, number)
    if (this.#size * 2 > this.#slots.length) this.#rehash()
    return number
  }

  /** The number of a name, or -1. */
  find(name: Name): number {
    return this.#slots[this.#slotOf(name)] - 1
  }

  /** The name of a number, folded; a view that is good until the next `add`. */
  name(number: number): Name {
    const start = this.#starts[number]
    const end = number + 1 < this.#size ? this.#starts[number + 1] : this.#used
    return this.#octets.subarray(start, end)
  }

  #slotOf(name: Name): number {
    const mask = this.#slots.length - 1
    let slot = hash(name, 0, name.length) & mask
    while (this.#slots[slot] !== 0 && !this.#is(this.#slots[slot] - 1, name)) slot = (slot + 1) & mask
    return slot
  }

  #is(number: number, name: Name): boolean {
    const start = this.#starts[number]
    const octets = this.#octets
    // Both end in their root label, so that a longer one differs before its end.
    for (let i = 0; i < name.length; i++) if (octets[start + i] !== FOLD[name[i]]) return false
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
      const end = number + 1 < this.#size ? this.#starts[number + 1] : this.#used
      let slot = hash(this.#octets, this.#starts[number], end) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = number + 1
    }
    this.#slots = slots
  }
}

/** FNV-1a of the folded octets, with the high half mixed into the low bits that choose the slot. */
function hash(octets: Uint8Array, start: number, end: number): number {
  let hash = SEED
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ FOLD[octets[i]], PRIME)
  return hash ^ (hash >>> 15)
}

function grown<T extends Uint8Array | Uint32Array>(from: T, to: T): T {
  to.set(from)
  return to
}
