import { CLASS, TYPE } from '../dns/constants.ts'
import { FOLD, type Name } from '../dns/name.ts'
import { RRset } from '../dns/rrset.ts'
import { Apex } from './apex.ts'
import { FIELD, HEADER_SIZE, hashLabels, IMAGE, MAGIC, SET_HEADER, VERSION } from './format.ts'
import { canonicalBefore, hashBefore } from './order.ts'
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
  /** False where the file has no SOA record for the zone's apex: nothing can be answered from it. */
  readonly usable: boolean
  /** Offsets of the nodes with NSEC or NSEC3 records, in order. */
  readonly order: Uint32Array
  /** What the compiler found worth telling; empty in an image that was opened. */
  readonly warnings: readonly string[]
  readonly #slots: Uint32Array
  readonly #mask: number
  readonly #seed: number
  readonly #nodesAt: number
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
    this.#mask = header[FIELD.SLOTS] - 1
    this.#slots = words(bytes, header[FIELD.SLOTS_AT], header[FIELD.SLOTS] * 2)
    this.order = words(bytes, header[FIELD.ORDER_AT], header[FIELD.ORDER])
    this.#nodesAt = header[FIELD.NODES_AT]
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
    const slots = this.#slots
    const mask = this.#mask
    for (let slot = hash & mask, left = mask; left >= 0; left--, slot = (slot + 1) & mask) {
      const offset = slots[slot * 2 + 1]
      if (offset === 0) return NONE
      if (slots[slot * 2] === hash && this.#isAt(offset, name, at, end)) return offset
    }
    return NONE
  }

  #isAt(offset: number, name: Name, at: number, end: number): boolean {
    const bytes = this.bytes
    const length = end - at
    if (bytes[offset + 1] !== length) return false
    const start = offset + 2
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
    const length = this.bytes[node + 1]
    const name = new Uint8Array(length + this.origin.length)
    name.set(this.bytes.subarray(node + 2, node + 2 + length))
    name.set(this.origin, length)
    return name
  }

  rrset(node: number, type: number, owner: Name): RRset | undefined {
    const bytes = this.bytes
    let at = node + 2 + bytes[node + 1]
    let left = (bytes[at] << 8) | bytes[at + 1]
    for (at += 2; left > 0; left--) {
      const end = at + SET_HEADER + u24(bytes, at + 6)
      if (((bytes[at] << 8) | bytes[at + 1]) === type) return this.#set(at, end, owner)
      at = end
    }
    return undefined
  }

  signatures(node: number, covered: number, owner: Name): RRset | undefined {
    const bytes = this.bytes
    let at = node + 2 + bytes[node + 1]
    let left = (bytes[at] << 8) | bytes[at + 1]
    for (at += 2; left > 0; left--) {
      const end = at + SET_HEADER + u24(bytes, at + 6)
      // The first record's type covered stands behind the set's header and the record's length.
      if (
        ((bytes[at] << 8) | bytes[at + 1]) === TYPE.RRSIG &&
        ((bytes[at + SET_HEADER + 2] << 8) | bytes[at + SET_HEADER + 3]) === covered
      )
        return this.#set(at, end, owner)
      at = end
    }
    return undefined
  }

  sets(node: number, owner: Name): RRset[] {
    const out: RRset[] = []
    this.#eachSet(node, (at, end) => out.push(this.#set(at, end, owner)))
    return out
  }

  /** Every set of the zone: the apex's first, the SOA's at the very beginning (RFC 5936 §2.2). */
  *rrsets(): Generator<RRset> {
    const apex = this.sets(this.apex, this.origin)
    yield* apex.filter((set) => set.type === TYPE.SOA)
    yield* apex.filter((set) => set.type !== TYPE.SOA)
    for (let node = this.#nodesAt; node < this.bytes.length; ) {
      if (node !== this.apex) yield* this.sets(node, this.owner(node))
      node = this.#eachSet(node)
    }
  }

  nsecBefore(name: Name, at: number): number {
    return this.denial === 'nsec' ? canonicalBefore(this, name.subarray(at, name.length - this.origin.length)) : NONE
  }

  nsec3Before(hash: Uint8Array): number {
    return this.denial === 'nsec3' ? hashBefore(this, hash) : NONE
  }

  /** Calls `visit` with the place of each set; returns where the node ends. */
  #eachSet(node: number, visit?: (at: number, end: number) => void): number {
    const bytes = this.bytes
    let at = node + 2 + bytes[node + 1]
    let left = (bytes[at] << 8) | bytes[at + 1]
    for (at += 2; left > 0; left--) {
      const end = at + SET_HEADER + u24(bytes, at + 6)
      visit?.(at, end)
      at = end
    }
    return at
  }

  #set(at: number, end: number, owner: Name): RRset {
    const bytes = this.bytes
    const ttl = ((bytes[at + 2] << 24) | (bytes[at + 3] << 16) | (bytes[at + 4] << 8) | bytes[at + 5]) >>> 0
    return new RRset(owner, (bytes[at] << 8) | bytes[at + 1], CLASS.IN, ttl, bytes, at + SET_HEADER, end)
  }
}

/** Opens a compiled zone. Throws Error where the octets are none, or of another version. */
export function openImage(bytes: Uint8Array): ZoneImage {
  return new ZoneImage(bytes)
}

function u24(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2]
}

function words(bytes: Uint8Array, at: number, count: number): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset + at, count)
}

function nameLength(bytes: Uint8Array, at: number): number {
  let i = at
  while (i < at + 255 && bytes[i] !== 0) i += bytes[i] + 1
  return i + 1 - at
}

function readHeader(bytes: Uint8Array): Uint32Array {
  // Numbers are read in place: the image must start at a multiple of four of its buffer.
  if (bytes.byteOffset % 4 !== 0) throw new Error('a zone image must be aligned to four octets')
  if (bytes.length < HEADER_SIZE) throw new Error('no zone image: too short')
  const header = words(bytes, 0, HEADER_SIZE / 4)
  if (header[FIELD.MAGIC] !== MAGIC) throw new Error('no zone image: wrong magic number')
  if (header[FIELD.VERSION] !== VERSION) throw new Error(`zone image of another version: ${header[FIELD.VERSION]}`)
  if (header[FIELD.SIZE] !== bytes.length)
    throw new Error(`damaged zone image: ${bytes.length} octets instead of ${header[FIELD.SIZE]}`)
  const slots = header[FIELD.SLOTS]
  const orderEnd = header[FIELD.ORDER_AT] + header[FIELD.ORDER] * 4
  if (
    slots === 0 ||
    (slots & (slots - 1)) !== 0 ||
    header[FIELD.SLOTS_AT] % 4 !== 0 ||
    header[FIELD.ORDER_AT] % 4 !== 0 ||
    header[FIELD.SLOTS_AT] + slots * 8 > bytes.length ||
    orderEnd > bytes.length ||
    header[FIELD.APEX] >= bytes.length
  )
    throw new Error('damaged zone image: offsets out of range')
  return header
}
