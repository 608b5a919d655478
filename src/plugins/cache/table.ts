import { FOLD, type Name } from '../../dns/name.ts'

/** What a table keeps: a question's key, a size, and places for the table's own links. */
export interface Linked<E> {
  readonly hash: number
  /** Begins with the name. */
  readonly octets: Uint8Array
  readonly nameLength: number
  readonly type: number
  readonly class: number
  /** What else makes two questions differ. */
  readonly bits: number
  /** Octets, about. */
  readonly size: number
  /** Asked for since the hand last passed. */
  visited: boolean
  /** Next with the same place in the index; neighbours in order of arrival. */
  chained: E | undefined
  newer: E | undefined
  older: E | undefined
}

/** Chains are cut at this length, so that names made to collide push out each other and nobody else. */
const MAX_CHAIN = 16
const FIRST_BUCKETS = 1024

/**
 * A table of bounded size and memory, keyed by questions, that evicts by SIEVE (Zhang et al., NSDI 2024): a hand goes
 * from old to new, spares what was asked for since it last came by, and takes the first that was not. A hit only sets a
 * mark; nothing moves.
 */
export class SieveTable<E extends Linked<E>> {
  readonly #capacity: number
  readonly #maxOctets: number
  #buckets: (E | undefined)[] = new Array(FIRST_BUCKETS).fill(undefined)
  #newest: E | undefined
  #oldest: E | undefined
  #hand: E | undefined
  #count = 0
  #octets = 0
  /** Entries that gave way to others. */
  evictions = 0

  constructor(capacity: number, maxOctets: number) {
    this.#capacity = capacity
    this.#maxOctets = maxOctets
  }

  get count(): number {
    return this.#count
  }

  get octets(): number {
    return this.#octets
  }

  get(hash: number, name: Name, type: number, rclass: number, bits: number): E | undefined {
    if (this.#count === 0) return undefined
    let entry = this.#buckets[hash & (this.#buckets.length - 1)]
    while (entry && !isFor(entry, hash, name, name.length, type, rclass, bits)) entry = entry.chained
    if (entry) entry.visited = true
    return entry
  }

  /** The entry for the same question as another; it does not count as asked for. */
  like({ hash, octets, nameLength, type, class: rclass, bits }: E): E | undefined {
    let entry = this.#buckets[hash & (this.#buckets.length - 1)]
    while (entry && !isFor(entry, hash, octets, nameLength, type, rclass, bits)) entry = entry.chained
    return entry
  }

  /** Puts an entry in, in place of one with the same key. */
  set(entry: E): void {
    const before = this.like(entry)
    if (before) {
      entry.visited = before.visited
      this.remove(before)
    }
    if (entry.size > this.#maxOctets) return
    this.#octets += entry.size
    this.#count++
    while (this.#count > this.#capacity || this.#octets > this.#maxOctets) this.#evict()
    if (this.#count > this.#buckets.length) this.#grow()
    this.#chain(entry)
    entry.older = this.#newest
    if (this.#newest) this.#newest.newer = entry
    else this.#oldest = entry
    this.#newest = entry
  }

  remove(entry: E): void {
    this.#unchain(entry)
    const { newer, older } = entry
    if (this.#hand === entry) this.#hand = newer
    if (newer) newer.older = older
    else this.#newest = older
    if (older) older.newer = newer
    else this.#oldest = newer
    entry.newer = undefined
    entry.older = undefined
    this.#count--
    this.#octets -= entry.size
  }

  *[Symbol.iterator](): Generator<E> {
    for (let entry = this.#oldest; entry; entry = entry.newer) yield entry
  }

  /** The caller has counted one that is not yet linked, so that there is always one to evict, or none needed. */
  #evict(): void {
    let victim = this.#hand ?? this.#oldest
    while (victim?.visited) {
      victim.visited = false
      victim = victim.newer ?? this.#oldest
    }
    if (!victim) throw new Error('nothing to evict')
    this.#hand = victim.newer
    this.evictions++
    this.remove(victim)
  }

  #chain(entry: E): void {
    const at = entry.hash & (this.#buckets.length - 1)
    entry.chained = this.#buckets[at]
    this.#buckets[at] = entry
    let length = 1
    for (let link = entry.chained; link; link = link.chained) {
      if (++length <= MAX_CHAIN) continue
      this.evictions++
      this.remove(link)
      return
    }
  }

  #unchain(entry: E): void {
    const at = entry.hash & (this.#buckets.length - 1)
    if (this.#buckets[at] === entry) this.#buckets[at] = entry.chained
    else {
      let before = this.#buckets[at]
      while (before && before.chained !== entry) before = before.chained
      if (before) before.chained = entry.chained
    }
    entry.chained = undefined
  }

  #grow(): void {
    const buckets: (E | undefined)[] = new Array(this.#buckets.length * 2).fill(undefined)
    for (let entry = this.#oldest; entry; entry = entry.newer) {
      const at = entry.hash & (buckets.length - 1)
      entry.chained = buckets[at]
      buckets[at] = entry
    }
    this.#buckets = buckets
  }
}

/** The name is the first `length` of `octets`. */
function isFor<E extends Linked<E>>(
  entry: E,
  hash: number,
  octets: Uint8Array,
  length: number,
  type: number,
  rclass: number,
  bits: number,
): boolean {
  if (entry.hash !== hash || entry.type !== type || entry.class !== rclass) return false
  if (entry.bits !== bits || entry.nameLength !== length) return false
  const own = entry.octets
  for (let i = 0; i < length; i++) if (own[i] !== octets[i] && FOLD[own[i]] !== FOLD[octets[i]]) return false
  return true
}
