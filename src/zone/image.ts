import { CLASS, TYPE } from '../dns/constants.ts'
import { FOLD, type Name } from '../dns/name.ts'
import { nameLayout } from '../dns/rdata/registry.ts'
import { RRset } from '../dns/rrset.ts'
import { newSnapshot } from '../reply.ts'
import { Apex } from './apex.ts'
import {
  FIELD,
  filterBits,
  HEADER_SIZE,
  hashLabels,
  IMAGE,
  KIND_SIZE,
  LONG,
  NODE_ALIGN,
  OTHER_KIND,
  placeBits,
  slotOf,
} from './format.ts'
import { checkNames, damaged, nameLength, readHeader, words } from './imageheader.ts'
import { againstHash, againstOwner, lastBefore } from './order.ts'
import { NONE, type Nsec3Parameters, type ZoneView } from './view.ts'

/** A compiled zone: one immutable array of octets that lookups read without parsing. See format.ts for what is where. */
export class ZoneImage implements ZoneView {
  readonly bytes: Uint8Array
  readonly origin: Name
  readonly apex: number
  readonly denial: 'none' | 'nsec' | 'nsec3'
  readonly nsec3: Nsec3Parameters | undefined
  /** The SOA's serial. */
  readonly serial: number
  /** How many names own records or have names below. */
  readonly names: number
  readonly records: number
  readonly usable: boolean
  /** Offsets of the nodes with NSEC or NSEC3 records, in order. */
  readonly order: Uint32Array
  /** What the compiler found worth telling; empty in an image that was opened. */
  readonly warnings: readonly string[]
  readonly snapshot: number = newSnapshot()
  readonly #filter: Uint32Array
  readonly #slots: Uint32Array
  readonly #seed: number
  readonly #placeBits: number
  readonly #nodesAt: number
  readonly #nodesEnd: number
  /** Of each kind of record sets, from 1 on. */
  readonly #types: Uint16Array
  readonly #ttls: Uint32Array
  #top: Apex | undefined

  constructor(bytes: Uint8Array, warnings: readonly string[] = []) {
    const header = readHeader(bytes)
    const originEnd = HEADER_SIZE + nameLength(bytes, HEADER_SIZE)
    this.bytes = bytes
    this.origin = bytes.slice(HEADER_SIZE, originEnd)
    this.apex = header[FIELD.APEX]
    this.serial = header[FIELD.SERIAL]
    this.names = header[FIELD.NAMES]
    this.records = header[FIELD.RECORDS]
    const flags = header[FIELD.FLAGS]
    this.usable = (flags & IMAGE.UNUSABLE) === 0
    this.denial = flags & IMAGE.NSEC3 ? 'nsec3' : flags & IMAGE.NSEC ? 'nsec' : 'none'
    const salt = bytes.slice(originEnd + 1, originEnd + 1 + bytes[originEnd])
    this.nsec3 = this.denial === 'nsec3' ? { iterations: header[FIELD.ITERATIONS], salt } : undefined
    this.#seed = header[FIELD.SEED]
    this.#filter = words(bytes, header[FIELD.WORDS_AT], header[FIELD.WORDS])
    this.#slots = words(bytes, header[FIELD.SLOTS_AT], header[FIELD.SLOTS])
    this.order = words(bytes, header[FIELD.ORDER_AT], header[FIELD.ORDER])
    this.#placeBits = placeBits(bytes.length)
    this.#nodesAt = header[FIELD.NODES_AT]
    this.#nodesEnd = header[FIELD.KINDS_AT]
    const kinds = (bytes.length - this.#nodesEnd) / KIND_SIZE
    this.#types = new Uint16Array(kinds + 1)
    this.#ttls = new Uint32Array(kinds + 1)
    for (let kind = 1, at = this.#nodesEnd; kind <= kinds; kind++, at += KIND_SIZE) {
      this.#types[kind] = u16(bytes, at)
      this.#ttls[kind] = u32(bytes, at + 2)
    }
    this.warnings = warnings
  }

  get top(): Apex {
    this.#top ??= new Apex(this)
    return this.#top
  }

  find(name: Name, at: number): number {
    const end = name.length - this.origin.length
    if (at === end) return this.apex
    const hash = hashLabels(name, at, end, this.#seed)
    const filter = this.#filter
    const wanted = filterBits(hash)
    if ((filter[slotOf(hash, filter.length)] & wanted) !== wanted) return NONE
    const slots = this.#slots
    const bits = this.#placeBits
    const tag = hash << bits
    let slot = slotOf(hash, slots.length)
    for (let left = slots.length; left > 0; left--) {
      const entry = slots[slot]
      if (entry === 0) return NONE
      if ((entry ^ tag) >>> bits === 0) {
        const node = (entry & ((1 << bits) - 1)) * NODE_ALIGN
        if (this.isNamed(node, name, at)) return node
      }
      if (++slot === slots.length) slot = 0
    }
    return NONE
  }

  /** Is `name[at…]` the node's name? */
  isNamed(node: number, name: Name, at: number): boolean {
    const bytes = this.bytes
    const length = name.length - this.origin.length - at
    if (bytes[node + 1] !== length) return false
    const start = node + 2
    for (let i = 0; i < length; i++) {
      const octet = bytes[start + i]
      if (octet !== name[at + i] && FOLD[octet] !== FOLD[name[at + i]]) return false
    }
    return true
  }

  flags(node: number): number {
    return this.bytes[node]
  }

  owner(node: number): Name {
    if (node < this.#nodesAt || node >= this.#nodesEnd) throw damaged('a node out of range')
    const length = this.bytes[node + 1]
    const name = new Uint8Array(length + this.origin.length)
    for (let i = 0; i < length; i++) name[i] = this.bytes[node + 2 + i]
    for (let i = 0; i < this.origin.length; i++) name[length + i] = this.origin[i]
    if (nameLength(name, 0) !== name.length) throw damaged('an owner is no name')
    return name
  }

  rrset(node: number, type: number, owner: Name): RRset | undefined {
    const bytes = this.bytes
    for (let at = this.#firstSet(node); bytes[at] > 0; at = this.#endOf(at))
      if (this.#typeOf(at) === type) return this.#set(at, owner)
    return undefined
  }

  signatures(node: number, covered: number, owner: Name): RRset | undefined {
    const bytes = this.bytes
    for (let at = this.#firstSet(node); bytes[at] > 0; at = this.#endOf(at))
      // The first record's type covered stands behind its length (RFC 4034 §3.1.1).
      if (this.#typeOf(at) === TYPE.RRSIG && u16(bytes, this.#dataOf(at) + 2) === covered) return this.#set(at, owner)
    return undefined
  }

  sets(node: number, owner: Name): RRset[] {
    const out: RRset[] = []
    for (let at = this.#firstSet(node); this.bytes[at] > 0; at = this.#endOf(at)) out.push(this.#set(at, owner))
    return out
  }

  /** Every set of the zone: the apex's first, the SOA's at the very beginning (RFC 5936 §2.2). */
  *rrsets(): Generator<RRset> {
    const apex = this.sets(this.apex, this.origin)
    yield* apex.filter((set) => set.type === TYPE.SOA)
    yield* apex.filter((set) => set.type !== TYPE.SOA)
    for (const node of this.nodes()) if (node !== this.apex) yield* this.sets(node, this.owner(node))
  }

  /** Where the nodes are, in the order in which they lie. */
  *nodes(): Generator<number> {
    for (let node = this.#nodesAt; node < this.#nodesEnd; ) {
      yield node
      let at = this.#firstSet(node)
      while (this.bytes[at] > 0) at = this.#endOf(at)
      node = at + NODE_ALIGN - (at % NODE_ALIGN)
    }
  }

  nsecBefore(name: Name, at: number): number {
    if (this.denial !== 'nsec') return NONE
    return lastBefore(this, againstOwner(name, at, name.length - this.origin.length))
  }

  nsec3Before(hash: Uint8Array): number {
    return this.denial === 'nsec3' ? lastBefore(this, againstHash(hash)) : NONE
  }

  #firstSet(node: number): number {
    return node + 2 + this.bytes[node + 1]
  }

  #typeOf(at: number): number {
    const kind = this.bytes[at]
    return kind === OTHER_KIND ? u16(this.bytes, at + 1) : this.#types[kind]
  }

  #ttlOf(at: number): number {
    const kind = this.bytes[at]
    return kind === OTHER_KIND ? u32(this.bytes, at + 3) : this.#ttls[kind]
  }

  /** Where the number of the set's octets stands. */
  #sizeOf(at: number): number {
    return this.bytes[at] === OTHER_KIND ? at + 1 + KIND_SIZE : at + 1
  }

  #dataOf(at: number): number {
    const size = this.#sizeOf(at)
    return this.bytes[size] === LONG ? size + 4 : size + 1
  }

  #endOf(at: number): number {
    const size = this.#sizeOf(at)
    const octets = this.bytes[size]
    return octets === LONG ? size + 4 + u24(this.bytes, size + 1) : size + 1 + octets
  }

  #set(at: number, owner: Name): RRset {
    const bytes = this.bytes
    const type = this.#typeOf(at)
    const start = this.#dataOf(at)
    const end = this.#endOf(at)
    const layout = nameLayout(type)
    // What a damaged image has here must not be taken for records: those who read them rely on it.
    let record = start
    while (record < end) {
      const next = record + 2 + u16(bytes, record)
      if (layout) checkNames(bytes, record + 2, next, layout)
      record = next
    }
    if (record !== end || end >= this.#nodesEnd) throw damaged('a record set out of range')
    return new RRset(owner, type, CLASS.IN, this.#ttlOf(at), bytes, start, end)
  }
}

/** Opens a compiled zone. Throws Error where the octets are none, or of another version. */
export function openImage(bytes: Uint8Array): ZoneImage {
  return new ZoneImage(bytes)
}

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1]
}

function u24(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2]
}

function u32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | u24(bytes, at + 1)) >>> 0
}
