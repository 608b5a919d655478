import { copy } from './copy.ts'
import { putU16, u16 } from './header.ts'
import type { Name } from './name.ts'

/**
 * A record set (RFC 2181 §5): all records of one owner, class and type, with one TTL. The records' data is packed in
 * uncompressed wire form, `(u16 length, RDATA)` after each other in `data[start, end)`, so that a set can be a view into
 * a zone image, a cache entry or a message without copying. Immutable: caches and replies share sets.
 */
export class RRset {
  readonly owner: Name
  readonly type: number
  readonly class: number
  /** Seconds. */
  readonly ttl: number
  readonly data: Uint8Array
  readonly start: number
  readonly end: number

  constructor(
    owner: Name,
    type: number,
    rclass: number,
    ttl: number,
    data: Uint8Array,
    start = 0,
    end: number = data.length,
  ) {
    this.owner = owner
    this.type = type
    this.class = rclass
    this.ttl = ttl
    this.data = data
    this.start = start
    this.end = end
  }

  /** A set of class IN (or `rclass`) from its records' data, each in uncompressed wire form. */
  static of(owner: Name, type: number, ttl: number, rdata: readonly Uint8Array[], rclass = 1): RRset {
    let size = 0
    for (const record of rdata) size += 2 + record.length
    const data = new Uint8Array(size)
    let at = 0
    for (const record of rdata) {
      putU16(data, at, record.length)
      at = copy(record, 0, record.length, data, at + 2)
    }
    return new RRset(owner, type, rclass, ttl, data)
  }

  /** How many records. */
  get size(): number {
    let count = 0
    for (let at = this.start; at < this.end; at += 2 + u16(this.data, at)) count++
    return count
  }

  /** The data of each record, as views. */
  rdata(): Uint8Array[] {
    const out: Uint8Array[] = []
    for (let at = this.start; at < this.end; ) {
      const next = at + 2 + u16(this.data, at)
      out.push(this.data.subarray(at + 2, next))
      at = next
    }
    return out
  }

  withTtl(ttl: number): RRset {
    return new RRset(this.owner, this.type, this.class, ttl, this.data, this.start, this.end)
  }

  withOwner(owner: Name): RRset {
    return new RRset(owner, this.type, this.class, this.ttl, this.data, this.start, this.end)
  }
}
