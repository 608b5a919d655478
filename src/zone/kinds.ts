import { KIND_SIZE, OTHER_KIND } from './format.ts'

const SLOTS = 512

/** Numbers the kinds of record sets in a zone, a type and a TTL each, in the order in which they turn up. */
export class Kinds {
  readonly #types: number[] = []
  readonly #ttls: number[] = []
  /** By hash: the kind, 0 where there is none. */
  readonly #slots = new Uint8Array(SLOTS)

  /** From 1 on; OTHER_KIND where there are too many. */
  numberOf(type: number, ttl: number): number {
    let slot = Math.imul(type ^ Math.imul(ttl, 0x9e3779b1), 0x85ebca6b) >>> 23
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & (SLOTS - 1)) {
      const kind = this.#slots[slot]
      if (this.#types[kind - 1] === type && this.#ttls[kind - 1] === ttl) return kind
    }
    const kind = this.#types.length + 1
    if (kind === OTHER_KIND) return OTHER_KIND
    this.#slots[slot] = kind
    this.#types.push(type)
    this.#ttls.push(ttl)
    return kind
  }

  /** Writes the table of kinds; returns how many there are. */
  write(bytes: Uint8Array, at: number): number {
    for (const [i, type] of this.#types.entries()) writeKind(bytes, at + i * KIND_SIZE, type, this.#ttls[i])
    return this.#types.length
  }
}

/** A kind in full: type u16, TTL u32. */
export function writeKind(bytes: Uint8Array, at: number, type: number, ttl: number): void {
  bytes[at] = type >> 8
  bytes[at + 1] = type
  bytes[at + 2] = ttl >> 24
  bytes[at + 3] = ttl >> 16
  bytes[at + 4] = ttl >> 8
  bytes[at + 5] = ttl
}
