import { MAX_POINTER, NameCompressor } from './compression.ts'
import { copy } from './copy.ts'
import type { EdnsOption } from './edns.ts'
import { HEADER, putU16, putU32, u16 } from './header.ts'
import type { Name } from './name.ts'
import { writeOpt } from './opt.ts'
import { Passage, type RecurringSets } from './passage.ts'
import { nameLayout } from './rdata/registry.ts'
import type { RRset } from './rrset.ts'

/** A pointer to the question's name, which always stands at octet 12. */
const QUESTION_POINTER = 0xc000 | HEADER
/** The longest message, and the longest RDATA. */
const MAX_MESSAGE = 65_535
/** One record may be written past the limit before it is taken back. */
const SLACK = MAX_MESSAGE + 512
/** Messages are written one after another into blocks of this size; each is handed out as a view. */
const BLOCK = 8 * MAX_MESSAGE

export const SECTION = { ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 2 } as const

/**
 * Writes messages with one question: `begin`, record sets in the order of sections, `opt`, `finish`. Names are compressed
 * where RFC 3597 §4 allows it. Octets of a finished message are never touched again.
 */
export class MessageWriter {
  #block = new ArrayBuffer(0)
  #out = new Uint8Array(this.#block)
  /** Where the block is free; where the message starts, is being written, and must end. */
  #free = 0
  #base = 0
  #at = 0
  #limit = 0
  #question: Name = new Uint8Array(0)
  readonly #counts = [0, 0, 0]
  readonly #names = new NameCompressor()

  /**
   * Starts a message of at most `size` octets. The question must fit. `keepCase`: names that differ in case are not
   * compressed into one.
   */
  begin(size: number, name: Name, type: number, rclass: number, keepCase = false): void {
    this.#start(size)
    const out = this.#out
    this.#question = name
    let at = this.#base + HEADER
    for (let i = 0; i < name.length; i++) out[at++] = name[i]
    putU16(out, at, type)
    putU16(out, at + 2, rclass)
    this.#at = at + 4
    const counts = this.#counts
    counts[0] = 0
    counts[1] = 0
    counts[2] = 0
    this.#names.begin(out, this.#base, keepCase)
  }

  /**
   * Starts a message that is to be as `message`, a copy of one with this question: in place of `begin` and all record sets. `name`
   * is the question's in the case that it has now.
   */
  again(size: number, name: Name, message: Uint8Array): void {
    this.#start(size)
    const out = this.#out
    const base = this.#base
    out.set(message, base)
    for (let i = 0, at = base + HEADER; i < name.length; i++) out[at++] = name[i]
    this.#at = base + message.length
    const counts = this.#counts
    counts[0] = u16(message, 6)
    counts[1] = u16(message, 8)
    counts[2] = u16(message, 10)
  }

  /** What was written so far, for `again`. */
  copy(): Uint8Array {
    this.#putCounts()
    return this.#out.slice(this.#base, this.#at)
  }

  #start(size: number): void {
    if (this.#out.length - this.#free < size + SLACK) {
      this.#block = new ArrayBuffer(BLOCK)
      this.#out = new Uint8Array(this.#block)
      this.#free = 0
    }
    this.#base = this.#free
    this.#limit = this.#base + size
  }

  /** Records written so far. */
  get records(): number {
    return this.#counts[0] + this.#counts[1] + this.#counts[2]
  }

  /** Octets written so far. */
  get length(): number {
    return this.#at - this.#base
  }

  /** Keeps octets at the end free for the OPT record. */
  reserve(octets: number): void {
    this.#limit -= octets
  }

  /** Appends a record set; false, with nothing written, where it does not fit as a whole. */
  rrset(section: number, set: RRset): boolean {
    const { length } = this
    const names = this.#names.names
    const records = this.#append(set)
    if (records < 0) return this.#undo(length, names)
    this.#counts[section] += records
    return true
  }

  /** Appends the record sets from `start` to before `end`, which belong together; false where they do not all fit. */
  rrsets(section: number, sets: readonly RRset[], start: number, end: number): boolean {
    const { length } = this
    const names = this.#names.names
    let records = 0
    for (let i = start; i < end; i++) {
      const added = this.#append(sets[i])
      if (added < 0) return this.#undo(length, names)
      records += added
    }
    this.#counts[section] += records
    return true
  }

  /** Can names be compressed by the question's only? */
  get isPlain(): boolean {
    return this.#names.isPlain
  }

  /**
   * Appends sets that many messages have alike, with the octets that they had in another one where these can be the same.
   * The message must be plain, and nothing with names may follow. False, with nothing written, where they do not fit.
   */
  recurring(section: number, sets: RecurringSets): boolean {
    const { passage } = sets
    const at = this.#at
    if (passage && at + passage.length <= this.#limit && passage.write(this.#out, this.#base, at, this.#question)) {
      this.#at = at + passage.length
      this.#counts[section] += passage.records
      return true
    }
    const start = this.length
    if (!this.rrsets(section, sets.sets, 0, sets.sets.length)) return false
    sets.passage ??= Passage.of(this.#out.subarray(this.#base, this.#at), start, this.#question, sets.apex)
    return true
  }

  /** Appends an OPT record, for which room was reserved. */
  opt(udpSize: number, rcode: number, version: number, dnssecOk: boolean, options: readonly EdnsOption[]): void {
    this.#at = writeOpt(this.#out, this.#at, udpSize, rcode, version, dnssecOk, options)
    this.#counts[SECTION.ADDITIONAL]++
  }

  /** Writes the header and hands the message out. */
  finish(id: number, flags: number): Uint8Array {
    const out = this.#out
    const base = this.#base
    putU16(out, base, id)
    putU16(out, base + 2, flags)
    putU16(out, base + 4, 1)
    this.#putCounts()
    this.#free = this.#at
    return new Uint8Array(this.#block, base, this.#at - base)
  }

  #putCounts(): void {
    const out = this.#out
    const base = this.#base
    putU16(out, base + 6, this.#counts[0])
    putU16(out, base + 8, this.#counts[1])
    putU16(out, base + 10, this.#counts[2])
  }

  /** Writes a set's records and returns how many there are; -1 where the limit was passed on the way. */
  #append(set: RRset): number {
    const { data, end } = set
    const out = this.#out
    const layout = nameLayout(set.type)
    // The root itself is shorter than a pointer.
    let pointer = set.owner === this.#question && set.owner.length > 1 ? QUESTION_POINTER : 0
    let records = 0
    for (let from = set.start; from < end; records++) {
      const length = u16(data, from)
      from += 2
      const owner = this.#at
      let at = owner + 2
      if (pointer !== 0) putU16(out, owner, pointer)
      else {
        at = this.#names.write(out, owner, set.owner)
        pointer = this.#pointerTo(owner)
      }
      putU16(out, at, set.type)
      putU16(out, at + 2, set.class)
      putU32(out, at + 4, set.ttl)
      const rdata = at + 10
      this.#at = layout?.compress
        ? this.#rdataNames(data, from, length, rdata, layout)
        : copy(data, from, length, out, rdata)
      putU16(out, at + 8, this.#at - rdata)
      if (this.#at > this.#limit) return -1
      from += length
    }
    return records
  }

  /** A pointer to the name just written at `at`; 0 where none reaches so far, or would be longer than the name. */
  #pointerTo(at: number): number {
    const first = this.#out[at]
    if (first >= 0xc0) return u16(this.#out, at)
    const offset = at - this.#base
    return first === 0 || offset > MAX_POINTER ? 0 : 0xc000 | offset
  }

  /** RDATA of a type whose names are compressed: octets, names, octets. */
  #rdataNames(data: Uint8Array, from: number, length: number, to: number, layout: NameLayout): number {
    const end = from + length
    to = copy(data, from, layout.prefix, this.#out, to)
    from += layout.prefix
    for (let n = 0; n < layout.count; n++) {
      to = this.#names.write(this.#out, to, data, from)
      while (data[from] !== 0) from += data[from] + 1
      from++
    }
    return copy(data, from, end - from, this.#out, to)
  }

  #undo(length: number, names: number): false {
    this.#at = this.#base + length
    this.#names.forget(names)
    return false
  }
}

interface NameLayout {
  readonly prefix: number
  readonly count: number
}
