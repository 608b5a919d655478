import { TYPE } from '../dns/constants.ts'
import { type Name, nameText } from '../dns/name.ts'
import { typeName } from '../dns/rdata/registry.ts'
import { OWNER, RECORD, type ZoneData } from './data.ts'
import { isHashOnly, isUsable } from './facts.ts'
import type { Outside } from './master.ts'
import type { Problems } from './problems.ts'
import { setsOf, ttlOf } from './sets.ts'
import { checkTargets } from './targets.ts'
import { NODE } from './view.ts'

const KEY = 25
/** Of a record in a message, besides its data: a pointer to its name, type, class, TTL and length (RFC 1035 §4.1.3). */
const RECORD_OCTETS = 12
/** What a message has room for beside header and question. */
const MOST_SET_OCTETS = 65_535 - 12 - 5
/** Types that may stand beside a CNAME (RFC 2181 §10.1, RFC 4034 §2.5). */
const BESIDE_CNAME: ReadonlySet<number> = new Set([TYPE.CNAME, TYPE.RRSIG, TYPE.NSEC, KEY])
/** Types of which a name can have one record only (RFC 1034 §3.6.2, RFC 1035 §3.3.13, RFC 6672 §2.4). */
const SINGLE: ReadonlySet<number> = new Set([TYPE.SOA, TYPE.CNAME, TYPE.DNAME])
const ADDRESSES: ReadonlySet<number> = new Set([TYPE.A, TYPE.AAAA])

/**
 * Checks what was read as a whole, as named-checkzone does, and marks what lies below cuts and DNAMEs. What servers agree to
 * refuse is an error; what only some refuse, and CoreDNS serves, is a warning.
 */
export function checkZone(data: ZoneData, problems: Problems, outside: Outside): void {
  new Checker(data, problems).run(outside)
}

class Checker {
  readonly #data: ZoneData
  readonly #problems: Problems
  /** No SOA record at the apex, but below. */
  #isOrphan = false

  constructor(data: ZoneData, problems: Problems) {
    this.#data = data
    this.#problems = problems
  }

  run(outside: Outside): void {
    const { nodes } = this.#data
    const end = nodes.rows * nodes.width
    // Parents have lower rows than what is below them, so theirs are marked already.
    for (let node = nodes.width; node < end; node += nodes.width) {
      const parent = nodes.cells[node + OWNER.PARENT]
      if ((nodes.cells[parent + OWNER.FLAGS] & (NODE.CUT | NODE.DNAME | NODE.OCCLUDED)) === 0) continue
      // NSEC3 records have no other place than below the apex, be there a DNAME or not (RFC 5155 §3).
      if (parent !== this.#data.apex || !isHashOnly(this.#data, node)) nodes.cells[node + OWNER.FLAGS] |= NODE.OCCLUDED
    }
    // An apex that could not be read is no apex that is missing.
    if (this.#problems.errors.length === 0) this.#apex(outside)
    for (let node = 0; node < end; node += nodes.width) {
      const first = nodes.cells[node + OWNER.FIRST]
      if (first >= 0) this.#node(node, first)
    }
  }

  #apex(outside: Outside): void {
    const types = this.#types(this.#data.nodes.cells[OWNER.FIRST])
    const zone = nameText(this.#data.origin)
    if (!types.has(TYPE.SOA)) this.#orphan(`no SOA record for the zone ${zone}`, outside)
    else if (!types.has(TYPE.NS)) this.#problems.warn(`no NS records for the zone ${zone}`, 0)
  }

  /** The file of another zone is served for what it has, as with CoreDNS; that of none is a mistake. */
  #orphan(message: string, outside: Outside): void {
    this.#isOrphan = isUsable(this.#data)
    if (this.#isOrphan) this.#problems.warn(`${message}, only below it: what is not there is denied without one`, 0)
    else if (outside.soa !== undefined) this.#problems.warn(`${message}, but one for ${outside.soa}: not served`, 0)
    else this.#problems.error(message, 0)
  }

  #types(first: number): Set<number> {
    const types = new Set<number>()
    const { cells } = this.#data.records
    for (let record = first; record >= 0; record = cells[record + RECORD.NEXT]) types.add(cells[record + RECORD.TYPE])
    return types
  }

  #node(node: number, first: number): void {
    const { cells } = this.#data.records
    const flags = this.#data.nodes.cells[node + OWNER.FLAGS]
    const second = cells[first + RECORD.NEXT]
    // What most names have, addresses, needs no closer look.
    const isPlain = (flags & (NODE.ALIAS | NODE.CUT | NODE.DNAME | NODE.OCCLUDED)) === 0
    if (
      isPlain &&
      this.#isAddress(first) &&
      (second < 0 || (this.#isAddress(second) && cells[second + RECORD.NEXT] < 0))
    ) {
      if (second < 0 || cells[first + RECORD.TYPE] !== cells[second + RECORD.TYPE]) return
    }
    if (flags & NODE.ALIAS) this.#alias(node, first)
    if (flags & NODE.OCCLUDED) this.#occluded(node, first)
    if (flags & (NODE.CUT | NODE.DNAME)) this.#cut(node, first, flags)
    for (const set of setsOf(this.#data, first)) this.#set(node, set)
  }

  #isAddress(record: number): boolean {
    return ADDRESSES.has(this.#data.records.cells[record + RECORD.TYPE])
  }

  #alias(node: number, first: number): void {
    const other = this.#find(first, (type) => !BESIDE_CNAME.has(type))
    if (other < 0) return
    const type = typeName(this.#data.records.cells[other + RECORD.TYPE])
    this.#error(other, `${this.#owner(node)} has a CNAME and other data: ${type}`)
  }

  /** RFC 1034 §4.2.1, RFC 6672 §2.4: only the addresses of name servers have a use below. */
  #occluded(node: number, first: number): void {
    const nodes = this.#data.nodes.cells
    let above = nodes[node + OWNER.PARENT]
    while (nodes[above + OWNER.FLAGS] & NODE.OCCLUDED) above = nodes[above + OWNER.PARENT]
    const isCut = (nodes[above + OWNER.FLAGS] & NODE.CUT) !== 0
    const hidden = this.#find(
      first,
      (type) => !isCut || !(ADDRESSES.has(type) || type === TYPE.RRSIG || type === TYPE.NSEC),
    )
    if (hidden >= 0)
      this.#warn(
        hidden,
        `${this.#owner(node)} is below the ${isCut ? 'delegation' : 'DNAME'} ${this.#owner(above)}: not served`,
      )
  }

  #cut(node: number, first: number, flags: number): void {
    const type = flags & NODE.CUT ? TYPE.NS : TYPE.DNAME
    const record = this.#find(first, (other) => other === type)
    const names = this.#data.names.bytes
    const at = this.#data.nodes.cells[node + OWNER.AT]
    if (names[at] === 1 && names[at + 1] === 42 && node !== this.#data.apex)
      this.#warn(record, `wildcard ${this.#owner(node)} has ${typeName(type)} records, which mean nothing there`)
    if ((flags & NODE.CUT) !== 0 && (flags & NODE.DNAME) !== 0)
      this.#warn(record, `${this.#owner(node)} has NS records and a DNAME: the DNAME is not served`)
  }

  #set(node: number, set: readonly number[]): void {
    const { cells } = this.#data.records
    const type = cells[set[0] + RECORD.TYPE]
    const isApex = node === this.#data.apex
    if (type === TYPE.SOA && !isApex) {
      const message = `SOA record of ${this.#owner(node)} is not at the apex`
      if (this.#isOrphan) this.#warn(set[0], message)
      else this.#error(set[0], message)
    }
    if (set.length > 1 && SINGLE.has(type))
      this.#error(set[1], `${this.#owner(node)} has more than one ${typeName(type)} record`)
    if (type === TYPE.DS && isApex) this.#warn(set[0], 'DS records at the apex belong into the parent zone')
    const ttl = cells[set[0] + RECORD.TTL]
    const other = set.find((record) => cells[record + RECORD.TTL] !== ttl)
    if (other !== undefined && type !== TYPE.RRSIG)
      this.#warn(
        other,
        `${this.#owner(node)} has ${typeName(type)} records of several TTLs: the lowest, ${ttlOf(this.#data, set)}, is used`,
      )
    this.#size(node, set)
    checkTargets(this.#data, node, set, (record, message) => this.#warn(record, message))
  }

  /** A set that no message holds is never answered with. */
  #size(node: number, set: readonly number[]): void {
    const { cells } = this.#data.records
    let size = 0
    for (const record of set) size += RECORD_OCTETS + cells[record + RECORD.LENGTH]
    if (size <= MOST_SET_OCTETS) return
    const type = typeName(cells[set[0] + RECORD.TYPE])
    this.#warn(set[0], `${this.#owner(node)} has more ${type} records than a message holds: ${size} octets`)
  }

  #find(first: number, wanted: (type: number) => boolean): number {
    const { cells } = this.#data.records
    let record = first
    while (record >= 0 && !wanted(cells[record + RECORD.TYPE])) record = cells[record + RECORD.NEXT]
    return record
  }

  #owner(node: number): string {
    const { cells } = this.#data.nodes
    const from = cells[node + OWNER.AT]
    const length = cells[node + OWNER.LENGTH]
    const name: Name = new Uint8Array(length + this.#data.origin.length)
    name.set(this.#data.names.bytes.subarray(from, from + length))
    name.set(this.#data.origin, length)
    return nameText(name)
  }

  #error(record: number, message: string): void {
    const { cells } = this.#data.records
    this.#problems.error(message, cells[record + RECORD.FILE], cells[record + RECORD.LINE], 1)
  }

  #warn(record: number, message: string): void {
    const { cells } = this.#data.records
    this.#problems.warn(message, cells[record + RECORD.FILE], cells[record + RECORD.LINE], 1)
  }
}
