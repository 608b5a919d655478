import { FOLD, type Name } from '../dns/name.ts'
import { hashLabels } from '../zone/format.ts'
import { NODE } from '../zone/view.ts'
import type { ProofPage } from './proofpage.ts'
import type { Owner } from './store.ts'
import type { StoredSet } from './value.ts'

const FIRST_BUCKETS = 256
/** The names of so many reads stay, however large they are. */
const KEPT_READS = 64
/** What an entry takes besides its octets, about. */
const ENTRY_OCTETS = 300
/** What an owner on a page takes besides its octets, about. */
const PAGE_OWNER_OCTETS = 100

/** A name of a zone as the store had it when it was read: with its records, or as one that is not there. */
export class CachedName {
  /** Its zone, compared by identity. */
  readonly zone: object
  /** The owner, and behind it the data of all sets: in one piece, as the memory is what lookups wait for. */
  readonly bytes: Uint8Array
  /** How long the owner is. */
  readonly size: number
  /** Of each set its type, its TTL, and where in `bytes` its data starts and ends. */
  readonly sets: readonly number[]
  /** Undefined: there is no such name. */
  readonly value: string | undefined
  /** What its own records say of its flags (see NODE). */
  readonly own: number
  readonly version: string
  /** Why its value cannot be read. */
  readonly fault: string | undefined
  /** When it was read last (milliseconds), and by the how-manieth read. */
  readAt = 0
  read = 0
  /** What its value is where it is no name's, and the proofs in it: undefined where they stand with the name. */
  page: ProofPage | undefined
  proofs: readonly (CachedName | undefined)[] = []
  /** Is it being read again, ahead of time? */
  isRefreshing = false
  /** All flags, as they follow from the names around; valid while the zone has this shape, and until then. */
  flags = 0
  shape = -1
  until = 0

  /** Is the name asked for as one with others below it, and do its flags tell of a wildcard there? */
  isParent = false
  /** Of the cache: its number, and whether it was asked for lately. */
  number = 0
  isUsed = false
  /** It stays, whatever the room. */
  isPinned = false

  constructor(
    zone: object,
    owner: Owner,
    version: string,
    value: string | undefined,
    sets: readonly StoredSet[],
    own: number,
    fault?: string,
  ) {
    this.zone = zone
    this.size = owner.length
    this.bytes = pack(owner, sets)
    const places: number[] = []
    let at = owner.length
    for (const { type, ttl, data } of sets) {
      places.push(type, ttl, at, at + data.length)
      at += data.length
    }
    this.sets = places
    this.value = value
    this.own = own | (value !== undefined && sets.length === 0 ? NODE.EMPTY : 0)
    this.version = version
    this.fault = fault
  }

  get owner(): Owner {
    return this.bytes.subarray(0, this.size)
  }

  /** Octets in memory, about. */
  get weight(): number {
    let weight = ENTRY_OCTETS + this.bytes.length + this.sets.length * 8 + (this.value?.length ?? 0)
    for (const owner of this.page?.owners ?? []) weight += PAGE_OWNER_OCTETS + owner.length
    for (const proof of this.proofs) weight += proof?.weight ?? 0
    return weight
  }
}

function pack(owner: Owner, sets: readonly StoredSet[]): Uint8Array {
  const bytes = new Uint8Array(sets.reduce((size, { data }) => size + data.length, owner.length))
  bytes.set(owner)
  let at = owner.length
  for (const { data } of sets) {
    bytes.set(data, at)
    at += data.length
  }
  return bytes
}

/**
 * Names of all zones of a store, by number, as many as fit into some memory. What was not asked for since the hand came round
 * last makes room for what is new (CLOCK).
 */
export class NameCache {
  readonly #budget: number
  readonly #seed = (Math.random() * 0x1_0000_0000) | 0
  /** Number 0 is none. */
  readonly #names: (CachedName | undefined)[] = [undefined]
  readonly #free: number[] = []
  #buckets = new Int32Array(FIRST_BUCKETS)
  /** By number: the name's hash, and the next name in the same bucket. Apart from the names, which lie all over the memory. */
  #hashes: Int32Array = new Int32Array(FIRST_BUCKETS)
  #next: Int32Array = new Int32Array(FIRST_BUCKETS)
  #count = 0
  #size = 0
  #hand = 1
  #lastRead = 0

  /** `budget`: octets. */
  constructor(budget: number) {
    this.#budget = budget
  }

  get size(): number {
    return this.#size
  }

  /** The name with this number, which a lookup has just got. */
  at(number: number): CachedName {
    return this.#names[number]!
  }

  /** The name of a zone with the labels `name[from, to)`. */
  find(zone: object, name: Name, from: number, to: number): CachedName | undefined {
    const hash = hashLabels(name, from, to, this.#seed) | 0
    const buckets = this.#buckets
    for (let number = buckets[hash & (buckets.length - 1)]; number !== 0; number = this.#next[number]) {
      if (this.#hashes[number] !== hash) continue
      const entry = this.#names[number]!
      if (entry.zone !== zone || !isNamed(entry, name, from, to)) continue
      if (!entry.isUsed) entry.isUsed = true
      return entry
    }
    return undefined
  }

  /** Takes an entry in, in place of an older one of the name. */
  put(entry: CachedName): void {
    const old = this.find(entry.zone, entry.bytes, 0, entry.size)
    if (old) this.#remove(old)
    entry.number = this.#free.pop() ?? this.#names.length
    this.#names[entry.number] = entry
    if (entry.number >= this.#hashes.length) this.#widen()
    this.#hashes[entry.number] = hashLabels(entry.bytes, 0, entry.size, this.#seed)
    this.#count++
    this.#size += entry.weight
    this.#lastRead = Math.max(this.#lastRead, entry.read)
    if (this.#count > this.#buckets.length) this.#grow()
    else this.#link(entry)
    this.#makeRoom()
  }

  /** Drops all names of a zone. */
  drop(zone: object): void {
    for (const entry of this.#names) if (entry?.zone === zone) this.#remove(entry)
  }

  #link({ number }: CachedName): void {
    const bucket = this.#hashes[number] & (this.#buckets.length - 1)
    this.#next[number] = this.#buckets[bucket]
    this.#buckets[bucket] = number
  }

  #remove({ number, weight }: CachedName): void {
    const next = this.#next
    const bucket = this.#hashes[number] & (this.#buckets.length - 1)
    if (this.#buckets[bucket] === number) this.#buckets[bucket] = next[number]
    else {
      let before = this.#buckets[bucket]
      while (next[before] !== number) before = next[before]
      next[before] = next[number]
    }
    this.#names[number] = undefined
    this.#free.push(number)
    this.#count--
    this.#size -= weight
  }

  #grow(): void {
    this.#buckets = new Int32Array(this.#buckets.length * 2)
    for (const entry of this.#names) if (entry) this.#link(entry)
  }

  #widen(): void {
    this.#hashes = doubled(this.#hashes)
    this.#next = doubled(this.#next)
  }

  #makeRoom(): void {
    // Twice round, all that may go has gone.
    for (let steps = this.#names.length * 2; this.#size > this.#budget && steps > 0; steps--) {
      if (++this.#hand >= this.#names.length) this.#hand = 1
      const entry = this.#names[this.#hand]
      // What was read just now somebody waits for.
      if (!entry || entry.isPinned || entry.read > this.#lastRead - KEPT_READS) continue
      if (entry.isUsed) entry.isUsed = false
      else this.#remove(entry)
    }
  }
}

function doubled(numbers: Int32Array): Int32Array {
  const wide = new Int32Array(numbers.length * 2)
  wide.set(numbers)
  return wide
}

function isNamed({ bytes, size }: CachedName, name: Name, from: number, to: number): boolean {
  if (size !== to - from) return false
  for (let i = from, o = 0; i < to; i++, o++) if (bytes[o] !== name[i] && bytes[o] !== FOLD[name[i]]) return false
  return true
}
