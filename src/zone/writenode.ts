import { OWNER, RECORD, type ZoneData } from './data.ts'
import { END, KIND_SIZE, LONG, NODE_ALIGN, OTHER_KIND } from './format.ts'
import { Kinds, writeKind } from './kinds.ts'
import { setsOf, ttlOf } from './sets.ts'
import { NODE } from './view.ts'

const RECORD_HEADER = 2
/** A kind in full, and a number of octets that does not fit into one. */
const MOST_SET_HEADER = 1 + KIND_SIZE + 4
const MOST_SET_OCTETS = 0xffffff
/** Flags, length, END and what aligns the next. */
const MOST_NODE_OCTETS = 3 + NODE_ALIGN - 1
/** The flags of nodes that an image keeps; EMPTY is added. */
const KEPT = NODE.CUT | NODE.DNAME | NODE.OCCLUDED | NODE.ALIAS | NODE.WILD

/** More octets than the nodes of a zone and its kinds take, whatever the sets are. */
export function mostOctets({ nodes, names, records, rdata }: ZoneData): number {
  const sets = records.rows * (MOST_SET_HEADER + RECORD_HEADER) + rdata.length
  return nodes.rows * MOST_NODE_OCTETS + names.length + sets + OTHER_KIND * KIND_SIZE
}

/** Writes nodes one behind the other. */
export class NodeWriter {
  readonly kinds = new Kinds()
  /** How many records were written. */
  records = 0
  /** Where the next node goes. */
  at: number
  readonly #data: ZoneData
  readonly #bytes: Uint8Array

  constructor(data: ZoneData, bytes: Uint8Array, at: number) {
    this.#data = data
    this.#bytes = bytes
    this.at = at
  }

  /** Returns where the node starts. */
  write(node: number): number {
    const { cells } = this.#data.nodes
    const bytes = this.#bytes
    const start = this.at
    const first = cells[node + OWNER.FIRST]
    const length = cells[node + OWNER.LENGTH]
    bytes[start] = (cells[node + OWNER.FLAGS] & KEPT) | (first < 0 ? NODE.EMPTY : 0)
    bytes[start + 1] = length
    let at = copy(this.#data.names.bytes, cells[node + OWNER.AT], length, bytes, start + 2)
    if (first >= 0) at = this.#sets(first, at)
    bytes[at] = END
    this.at = at + NODE_ALIGN - (at % NODE_ALIGN)
    return start
  }

  #sets(first: number, at: number): number {
    // A record alone, which most sets of most zones are, needs no grouping.
    if (this.#data.records.cells[first + RECORD.NEXT] < 0) return this.#set([first], at)
    for (const records of setsOf(this.#data, first)) at = this.#set(records, at)
    return at
  }

  #set(records: readonly number[], at: number): number {
    const { cells } = this.#data.records
    const rdata = this.#data.rdata.bytes
    let size = 0
    for (const record of records) size += RECORD_HEADER + cells[record + RECORD.LENGTH]
    let out = this.#setHeader(cells[records[0] + RECORD.TYPE], ttlOf(this.#data, records), size, at)
    for (const record of records) {
      const length = cells[record + RECORD.LENGTH]
      this.#bytes[out] = length >> 8
      this.#bytes[out + 1] = length
      out = copy(rdata, cells[record + RECORD.AT], length, this.#bytes, out + RECORD_HEADER)
    }
    this.records += records.length
    return out
  }

  #setHeader(type: number, ttl: number, size: number, at: number): number {
    if (size > MOST_SET_OCTETS) throw new RangeError(`a record set takes ${size} octets, at most ${MOST_SET_OCTETS}`)
    const bytes = this.#bytes
    const kind = this.kinds.numberOf(type, ttl)
    bytes[at++] = kind
    if (kind === OTHER_KIND) {
      writeKind(bytes, at, type, ttl)
      at += KIND_SIZE
    }
    if (size < LONG) {
      bytes[at] = size
      return at + 1
    }
    bytes[at] = LONG
    bytes[at + 1] = size >> 16
    bytes[at + 2] = size >> 8
    bytes[at + 3] = size
    return at + 4
  }
}

/** Returns where the copy ends. */
function copy(source: Uint8Array, from: number, length: number, target: Uint8Array, at: number): number {
  // A loop beats `set` for the few octets of a name or an address.
  if (length < 32) for (let i = 0; i < length; i++) target[at + i] = source[from + i]
  else target.set(source.subarray(from, from + length), at)
  return at + length
}
