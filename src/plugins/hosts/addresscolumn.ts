import { CLASS } from '../../dns/constants.ts'
import type { Name } from '../../dns/name.ts'
import { RRset } from '../../dns/rrset.ts'

/** Octets of one name's addresses. No message could carry more. */
const MAX_SET = 65_535
/** Marks an entry that counts into `#several`. */
const SEVERAL = 0x8000_0000

/** The addresses of one family, by the numbers of the names that have them. */
export class AddressColumn {
  readonly #length: number
  /** Single addresses as in a record set, `(u16 length, RDATA)`; the same one only once after another. */
  #packed = new Uint8Array(1024)
  #used = 0
  /** By number: 0 for none, 1 + an offset into `#packed`, or SEVERAL + an index into `#several`. */
  #entries = new Uint32Array(64)
  readonly #several: Uint8Array[] = []

  /** `length`: octets of an address. */
  constructor(length: number) {
    this.#length = length
  }

  /** False where the name has the address already, or no room for it. */
  add(number: number, address: Uint8Array): boolean {
    if (number >= this.#entries.length) {
      const entries = new Uint32Array(number * 2)
      entries.set(this.#entries)
      this.#entries = entries
    }
    const entry = this.#entries[number]
    if (entry === 0) {
      this.#entries[number] = 1 + this.#store(address)
      return true
    }
    const set = this.#set(entry)
    if (set.length + 2 + this.#length > MAX_SET || this.#holds(set, address)) return false
    const joined = new Uint8Array(set.length + 2 + this.#length)
    joined.set(set)
    joined[set.length + 1] = this.#length
    joined.set(address, set.length + 2)
    if (entry >= SEVERAL) this.#several[entry - SEVERAL] = joined
    else this.#entries[number] = SEVERAL + this.#several.push(joined) - 1
    return true
  }

  /** The record set of a name, undefined where it has no such address. */
  rrset(number: number, owner: Name, type: number, ttl: number): RRset | undefined {
    const entry = number < this.#entries.length ? this.#entries[number] : 0
    if (entry === 0) return undefined
    if (entry >= SEVERAL) return new RRset(owner, type, CLASS.IN, ttl, this.#several[entry - SEVERAL])
    return new RRset(owner, type, CLASS.IN, ttl, this.#packed, entry - 1, entry + 1 + this.#length)
  }

  #set(entry: number): Uint8Array {
    if (entry >= SEVERAL) return this.#several[entry - SEVERAL]
    return this.#packed.subarray(entry - 1, entry + 1 + this.#length)
  }

  #store(address: Uint8Array): number {
    const size = 2 + this.#length
    const last = this.#used - size
    if (last >= 0 && this.#sameAt(this.#packed, last + 2, address)) return last
    if (this.#used + size > this.#packed.length) {
      const packed = new Uint8Array(this.#packed.length * 2)
      packed.set(this.#packed)
      this.#packed = packed
    }
    const at = this.#used
    this.#packed[at + 1] = this.#length
    this.#packed.set(address, at + 2)
    this.#used += size
    return at
  }

  /** RFC 2181 §5: a set has no duplicates. */
  #holds(set: Uint8Array, address: Uint8Array): boolean {
    for (let at = 2; at < set.length; at += 2 + this.#length) if (this.#sameAt(set, at, address)) return true
    return false
  }

  #sameAt(octets: Uint8Array, at: number, address: Uint8Array): boolean {
    for (let i = 0; i < this.#length; i++) if (octets[at + i] !== address[i]) return false
    return true
  }
}
