import { FOLD, type Name } from '../dns/name.ts'
import { hashLabels } from '../zone/format.ts'
import { NODE } from '../zone/view.ts'
import type { Owner } from './store.ts'
import type { StoredSet } from './value.ts'

const FIRST_BUCKETS = 256
/** What an entry takes besides its octets, about. */
const ENTRY_OCTETS = 300

/** A name of a zone as the store had it when it was read: with its records, or as one that is not there. */
export class CachedName {
  /** Its zone, compared by identity. */
  readonly zone: object
  readonly owner: Owner
  /** Undefined: there is no such name. */
  readonly value: string | undefined
  readonly sets: readonly StoredSet[]
  /** What its own records say of its flags (see NODE). */
  readonly own: number
  readonly version: string
  /** Why its value cannot be read. */
  readonly fault: string | undefined
  /** When it was read last (milliseconds), and by the how-manieth read. */
  readAt = 0
  read = 0
  /** Is it being read again, ahead of time? */
  isRefreshing = false
  /** All flags, as they follow from the names around; valid while the zone has this shape, and until then. */
  flags = 0
  shape = -1
  until = 0

  /** Of the cache: its number, its hash, the next with the same bucket, and whether it was asked for lately. */
  number = 0
  hash = 0
  next = 0
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
    this.owner = owner
    this.version = version
    this.value = value
    this.sets = sets
    this.own = own | (value !== undefined && sets.length === 0 ? NODE.EMPTY : 0)
    this.fault = fault
  }

  /** Octets in memory, about. */
  get size(): number {
    const data = this.sets.reduce((size, set) => size + 60 + set.data.length, 0)
    return ENTRY_OCTETS + this.owner.length + (this.value?.length ?? 0) + data
  }
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
  #count = 0
  #size = 0
  #hand = 1

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
    const hash = hashLabels(name, from, to, this.#seed)
    for (let number = this.#buckets[hash & (this.#buckets.length - 1)]; number !== 0; ) {
      const entry = this.#names[number]!
      if (entry.hash === hash && entry.zone === zone && isNamed(entry.owner, name, from, to)) {
        entry.isUsed = true
        return entry
      }
      number = entry.next
    }
    return undefined
  }

  /** Takes an entry in, in place of an older one of the name. */
  put(entry: CachedName): void {
    const old = this.find(entry.zone, entry.owner, 0, entry.owner.length)
    if (old) this.#remove(old)
    entry.hash = hashLabels(entry.owner, 0, entry.owner.length, this.#seed)
    entry.number = this.#free.pop() ?? this.#names.length
    this.#names[entry.number] = entry
    this.#count++
    this.#size += entry.size
    if (this.#count > this.#buckets.length) this.#grow()
    else this.#link(entry)
    this.#makeRoom()
  }

  /** Drops all names of a zone. */
  drop(zone: object): void {
    for (const entry of this.#names) if (entry?.zone === zone) this.#remove(entry)
  }

  #link(entry: CachedName): void {
    const bucket = entry.hash & (this.#buckets.length - 1)
    entry.next = this.#buckets[bucket]
    this.#buckets[bucket] = entry.number
  }

  #remove(entry: CachedName): void {
    const bucket = entry.hash & (this.#buckets.length - 1)
    if (this.#buckets[bucket] === entry.number) this.#buckets[bucket] = entry.next
    else {
      let before = this.#names[this.#buckets[bucket]]!
      while (before.next !== entry.number) before = this.#names[before.next]!
      before.next = entry.next
    }
    this.#names[entry.number] = undefined
    this.#free.push(entry.number)
    this.#count--
    this.#size -= entry.size
  }

  #grow(): void {
    this.#buckets = new Int32Array(this.#buckets.length * 2)
    for (const entry of this.#names) if (entry) this.#link(entry)
  }

  #makeRoom(): void {
    // Twice round, all that may go has gone.
    for (let steps = this.#names.length * 2; this.#size > this.#budget && steps > 0; steps--) {
      if (++this.#hand >= this.#names.length) this.#hand = 1
      const entry = this.#names[this.#hand]
      if (!entry || entry.isPinned) continue
      if (entry.isUsed) entry.isUsed = false
      else this.#remove(entry)
    }
  }
}

function isNamed(owner: Owner, name: Name, from: number, to: number): boolean {
  if (owner.length !== to - from) return false
  for (let i = from, o = 0; i < to; i++, o++) if (owner[o] !== name[i] && owner[o] !== FOLD[name[i]]) return false
  return true
}
