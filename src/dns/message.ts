import { FLAG, TYPE } from './constants.ts'
import type { Edns } from './edns.ts'
import { WireError } from './error.ts'
import { HEADER, u16, u32 } from './header.ts'
import { MessageWriter, SECTION } from './messagewriter.ts'
import { type Name, sameName } from './name.ts'
import { optLength, readOpt } from './opt.ts'
import { uncompressRdata } from './rdata/registry.ts'
import { RRset } from './rrset.ts'
import { readCompressedName } from './wirename.ts'

/** A whole message, as a client of another server sees it. */
export interface Message {
  readonly id: number
  /** The header's flags field (see FLAG). */
  readonly flags: number
  /** With the upper bits of the OPT record (RFC 6891 §6.1.3). */
  readonly rcode: number
  readonly question: { readonly name: Name; readonly type: number; readonly class: number } | undefined
  readonly answer: readonly RRset[]
  readonly authority: readonly RRset[]
  /** Without the OPT record. */
  readonly additional: readonly RRset[]
  readonly edns: Edns | undefined
}

/** Reads a message with all its records. Throws WireError where anything in it is broken. */
export function readMessage(message: Uint8Array): Message {
  if (message.length < HEADER) throw new WireError('message is shorter than a header')
  const reader = new SectionReader(message)
  const questions = u16(message, 4)
  if (questions > 1) throw new WireError('more than one question')
  const question = questions === 1 ? reader.question() : undefined
  const answer = reader.section(u16(message, 6), false)
  const authority = reader.section(u16(message, 8), false)
  const additional = reader.section(u16(message, 10), true)
  const flags = u16(message, 2)
  const rcode = (reader.extendedRcode << 4) | (flags & 15)
  return { id: u16(message, 0), flags, rcode, question, answer, authority, additional, edns: reader.edns }
}

class SectionReader {
  readonly #message: Uint8Array
  #at = HEADER
  edns: Edns | undefined
  extendedRcode = 0

  constructor(message: Uint8Array) {
    this.#message = message
  }

  question(): { name: Name; type: number; class: number } {
    const { name, next } = readCompressedName(this.#message, this.#at)
    if (next + 4 > this.#message.length) throw new WireError('question runs past the message')
    this.#at = next + 4
    return { name, type: u16(this.#message, next), class: u16(this.#message, next + 2) }
  }

  /** Reads `count` records; those after each other with one owner, type and class become one set. */
  section(count: number, mayHoldOpt: boolean): RRset[] {
    const sets: RRset[] = []
    let open: OpenSet | undefined
    for (let i = 0; i < count; i++) {
      const record = this.#record(mayHoldOpt)
      if (!record) continue
      if (open?.takes(record)) {
        open.add(record)
        continue
      }
      if (open) sets.push(open.close())
      open = new OpenSet(record)
    }
    if (open) sets.push(open.close())
    return sets
  }

  #record(mayHoldOpt: boolean): WireRecord | undefined {
    const message = this.#message
    const { name: owner, next } = readCompressedName(message, this.#at)
    const start = next + 10
    if (start > message.length) throw new WireError('record runs past the message')
    const end = start + u16(message, next + 8)
    if (end > message.length) throw new WireError('record data runs past the message')
    this.#at = end
    const type = u16(message, next)
    if (type === TYPE.OPT) {
      if (!mayHoldOpt || this.edns || owner.length !== 1) throw new WireError('misplaced OPT record')
      this.edns = readOpt(message, next)
      this.extendedRcode = message[next + 4]
      return undefined
    }
    // A TTL with the top bit set counts as zero (RFC 2181 §8).
    const ttl = u32(message, next + 4)
    const rdata = uncompressRdata(type, message, start, end)
    return { owner, type, class: u16(message, next + 2), ttl: ttl > 0x7fffffff ? 0 : ttl, rdata }
  }
}

interface WireRecord {
  readonly owner: Name
  readonly type: number
  readonly class: number
  readonly ttl: number
  readonly rdata: Uint8Array
}

class OpenSet {
  readonly #first: WireRecord
  readonly #rdata: Uint8Array[]
  #ttl: number

  constructor(first: WireRecord) {
    this.#first = first
    this.#rdata = [first.rdata]
    this.#ttl = first.ttl
  }

  takes(record: WireRecord): boolean {
    const first = this.#first
    return record.type === first.type && record.class === first.class && sameName(record.owner, first.owner)
  }

  add(record: WireRecord): void {
    this.#rdata.push(record.rdata)
    // Differing TTLs in a set: the lowest counts (RFC 2181 §5.2).
    this.#ttl = Math.min(this.#ttl, record.ttl)
  }

  close(): RRset {
    const { owner, type, class: rclass } = this.#first
    return RRset.of(owner, type, this.#ttl, this.#rdata, rclass)
  }
}

const writer = new MessageWriter()

/** A query's parts. `edns` sends an OPT record. */
export interface QueryMessage {
  readonly id: number
  readonly name: Name
  readonly type: number
  readonly class?: number
  /** RD is set where left out. */
  readonly flags?: number
  readonly edns?: Edns
}

/** Writes a query of one question. */
export function writeQuery({ id, name, type, class: rclass = 1, flags = FLAG.RD, edns }: QueryMessage): Uint8Array {
  const room = edns ? optLength(edns.options) : 0
  writer.begin(HEADER + name.length + 4 + room, name, type, rclass)
  if (edns) writer.opt(edns.udpSize, 0, edns.version, edns.dnssecOk, edns.options)
  return writer.finish(id, flags)
}

/** Writes any message, cut to `size` octets at set boundaries without further ado: for tests and scripted servers. */
export function writeMessage(message: Omit<Message, 'rcode'>, size = 65_535): Uint8Array {
  const { name, type, class: rclass } = message.question ?? { name: new Uint8Array(1), type: 0, class: 0 }
  writer.begin(size, name, type, rclass)
  for (const set of message.answer) writer.rrset(SECTION.ANSWER, set)
  for (const set of message.authority) writer.rrset(SECTION.AUTHORITY, set)
  for (const set of message.additional) writer.rrset(SECTION.ADDITIONAL, set)
  const { edns } = message
  if (edns) writer.opt(edns.udpSize, 0, edns.version, edns.dnssecOk, edns.options)
  return writer.finish(message.id, message.flags)
}
