import { TYPE } from '../dns/constants.ts'
import { FOLD, type Name } from '../dns/name.ts'
import { hashLabels } from './format.ts'
import { Octets, Table } from './table.ts'
import { NODE } from './view.ts'

/** Cells of a node's row. */
export const OWNER = { AT: 0, LENGTH: 1, FLAGS: 2, HASH: 3, PARENT: 4, FIRST: 5, LAST: 6 } as const
/** Cells of a record's row. */
export const RECORD = { TYPE: 0, TTL: 1, AT: 2, LENGTH: 3, NEXT: 4, LINE: 5, FILE: 6 } as const

/** Flags of nodes that are of no use in an image. */
export const HAS = { NSEC: 64, NSEC3: 128, DATA: 256, CHILDREN: 512 } as const

const WIDTH = 7
const FIRST_SEED = 0x811c9dc5
const LONG_PROBE = 256
const STAR = 42

/**
 * The names and records of a zone while it is being read: tables of numbers, so that a million records stay small. Names are
 * kept relative to the origin, as labels without the root. Nodes and records are indexes of their rows' first cells.
 */
export class ZoneData {
  readonly origin: Name
  readonly nodes: Table
  readonly records: Table
  readonly names: Octets
  readonly rdata: Octets
  /** Row 0: always there. */
  readonly apex = 0
  seed = FIRST_SEED
  /** Nodes plus one, found by the top bits of their hashes as in an image: what makes long probes here makes them there. */
  #index: Int32Array
  #shift: number

  /** `lines` and `size` (octets) of the text to come: room that is not used is never touched, and growing takes twice as much. */
  constructor(origin: Name, lines = 0, size = 0) {
    this.origin = origin
    this.nodes = new Table(WIDTH, lines / 2)
    this.records = new Table(WIDTH, lines)
    this.names = new Octets(size / 2)
    this.rdata = new Octets(size)
    this.#index = new Int32Array(1024)
    this.#shift = shiftOf(1024)
    this.#create(this.origin, 0, 0, -1, this.#hash(this.origin, 0, 0))
  }

  /** The node of an owner in uncompressed wire form, made where it is new; -1 where the owner is outside the zone. */
  locate(owner: Uint8Array, length: number): number {
    const origin = this.origin
    const cut = length - origin.length
    let i = 0
    while (i < cut) i += owner[i] + 1
    if (i !== cut) return -1
    for (let k = origin.length - 1; k >= 0; k--) {
      const octet = owner[cut + k]
      if (octet !== origin[k] && FOLD[octet] !== FOLD[origin[k]]) return -1
    }
    return this.#node(owner, 0, cut)
  }

  /** The node of labels relative to the origin, or -1. */
  find(name: Uint8Array, from: number, to: number): number {
    return from === to ? this.apex : this.#probe(name, from, to, this.#hash(name, from, to))
  }

  add(
    node: number,
    type: number,
    ttl: number,
    rdata: Uint8Array,
    from: number,
    to: number,
    line: number,
    file: number,
  ): void {
    const record = this.records.add()
    const cells = this.records.cells
    cells[record + RECORD.TYPE] = type
    cells[record + RECORD.TTL] = ttl
    cells[record + RECORD.AT] = this.rdata.append(rdata, from, to)
    cells[record + RECORD.LENGTH] = to - from
    cells[record + RECORD.NEXT] = -1
    cells[record + RECORD.LINE] = line
    cells[record + RECORD.FILE] = file
    const nodes = this.nodes.cells
    const last = nodes[node + OWNER.LAST]
    if (last < 0) nodes[node + OWNER.FIRST] = record
    else cells[last + RECORD.NEXT] = record
    nodes[node + OWNER.LAST] = record
    nodes[node + OWNER.FLAGS] |= flagsOf(type, node === this.apex)
  }

  #node(name: Uint8Array, from: number, to: number): number {
    if (from === to) return this.apex
    const hash = this.#hash(name, from, to)
    const known = this.#probe(name, from, to, hash)
    if (known >= 0) return known
    // Parents first, so that they have lower rows than what is below them.
    const next = from + name[from] + 1
    const parent = next === to ? this.apex : this.#node(name, next, to)
    const node = this.#create(name, from, to, parent, this.#hash(name, from, to))
    const isWildcard = name[from] === 1 && name[from + 1] === STAR
    this.nodes.cells[parent + OWNER.FLAGS] |= isWildcard ? HAS.CHILDREN | NODE.WILD : HAS.CHILDREN
    return node
  }

  #create(name: Uint8Array, from: number, to: number, parent: number, hash: number): number {
    const node = this.nodes.add()
    const cells = this.nodes.cells
    cells[node + OWNER.AT] = this.names.append(name, from, to)
    cells[node + OWNER.LENGTH] = to - from
    cells[node + OWNER.HASH] = hash
    cells[node + OWNER.PARENT] = parent
    cells[node + OWNER.FIRST] = -1
    cells[node + OWNER.LAST] = -1
    if (this.nodes.rows * 2 > this.#index.length) this.#rebuild(this.#index.length * 2)
    else this.#insert(node, hash)
    return node
  }

  #hash(name: Uint8Array, from: number, to: number): number {
    return hashLabels(name, from, to, this.seed)
  }

  #probe(name: Uint8Array, from: number, to: number, hash: number): number {
    const index = this.#index
    const mask = index.length - 1
    const cells = this.nodes.cells
    for (let slot = hash >>> this.#shift; ; slot = (slot + 1) & mask) {
      const node = index[slot] - 1
      if (node < 0) return -1
      if (cells[node + OWNER.HASH] === (hash | 0) && this.#isNamed(cells, node, name, from, to)) return node
    }
  }

  #isNamed(cells: Int32Array, node: number, name: Uint8Array, from: number, to: number): boolean {
    if (cells[node + OWNER.LENGTH] !== to - from) return false
    const names = this.names.bytes
    for (let i = from, o = cells[node + OWNER.AT]; i < to; i++, o++)
      if (names[o] !== name[i] && FOLD[names[o]] !== FOLD[name[i]]) return false
    return true
  }

  #insert(node: number, hash: number): void {
    const index = this.#index
    const mask = index.length - 1
    let slot = hash >>> this.#shift
    let steps = 0
    while (index[slot] !== 0) {
      slot = (slot + 1) & mask
      steps++
    }
    index[slot] = node + 1
    // Names chosen so that they collide must not make lookups slow: hash them in another way.
    if (steps > LONG_PROBE) this.#reseed()
  }

  #reseed(): void {
    this.seed = (Math.random() * 0x1_0000_0000) | 0
    const cells = this.nodes.cells
    for (let node = 0; node < this.nodes.rows * WIDTH; node += WIDTH) {
      const at = cells[node + OWNER.AT]
      cells[node + OWNER.HASH] = this.#hash(this.names.bytes, at, at + cells[node + OWNER.LENGTH])
    }
    this.#rebuild(this.#index.length)
  }

  #rebuild(size: number): void {
    const index = new Int32Array(size)
    const mask = size - 1
    const shift = shiftOf(size)
    const cells = this.nodes.cells
    for (let node = 0; node < this.nodes.rows * WIDTH; node += WIDTH) {
      let slot = cells[node + OWNER.HASH] >>> shift
      while (index[slot] !== 0) slot = (slot + 1) & mask
      index[slot] = node + 1
    }
    this.#index = index
    this.#shift = shift
  }
}

/** For a power of two of slots: how far a hash goes to the right to be the number of one. */
const shiftOf = (slots: number): number => Math.clz32(slots) + 1

function flagsOf(type: number, isApex: boolean): number {
  switch (type) {
    case TYPE.NS:
      return isApex ? HAS.DATA : NODE.CUT | HAS.DATA
    case TYPE.DNAME:
      return NODE.DNAME | HAS.DATA
    case TYPE.CNAME:
      return NODE.ALIAS | HAS.DATA
    case TYPE.NSEC:
      return HAS.NSEC
    case TYPE.NSEC3:
      return HAS.NSEC3
    case TYPE.RRSIG:
      return 0
    default:
      return HAS.DATA
  }
}
