import { u16 } from '../../dns/header.ts'
import { RRset } from '../../dns/rrset.ts'

/** What goes into one message. */
export interface Batch {
  readonly sets: readonly RRset[]
  readonly records: number
}

/** Octets of uncompressed records per message. Compressed they take some 16 KB, as far as pointers reach (RFC 1035 §4.1.4). */
const ROOM = 20_480
/** Type, class, TTL and the data's length. */
const FIXED = 10

/** Distributes record sets over messages. A set may be cut between records; a record that fills a message alone gets one. */
export function* pack(sets: Iterable<RRset>): Generator<Batch, undefined> {
  let batch = new OpenBatch()
  for (const set of sets) {
    const { data, owner, end } = set
    let start = set.start
    for (let at = start; at < end; ) {
      const length = u16(data, at)
      if (!batch.takes(owner.length + FIXED + length)) {
        batch.add(set, start, at)
        yield batch
        batch = new OpenBatch()
        batch.takes(owner.length + FIXED + length)
        start = at
      }
      at += 2 + length
    }
    batch.add(set, start, end)
  }
  yield batch
  return undefined
}

class OpenBatch implements Batch {
  readonly sets: RRset[] = []
  records = 0
  #room = ROOM

  /** Counts a record of this size in, unless there is no room for it. */
  takes(size: number): boolean {
    if (this.records > 0 && size > this.#room) return false
    this.#room -= size
    this.records++
    return true
  }

  /** Adds the set's records in `data[start, end)`, which were counted before. */
  add(set: RRset, start: number, end: number): void {
    if (start === set.start && end === set.end) this.sets.push(set)
    else if (start < end) this.sets.push(new RRset(set.owner, set.type, set.class, set.ttl, set.data, start, end))
  }
}
