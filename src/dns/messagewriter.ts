import { NameCompressor } from './compression.ts'
import { TYPE } from './constants.ts'
import type { EdnsOption } from './edns.ts'
import { HEADER, putU16, putU32, u16 } from './header.ts'
import { type Name, sameName } from './name.ts'
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
  #out = new Uint8Array(0)
  /** Where the block is free; where the message starts, is being written, and must end. */
  #free = 0
  #base = 0
  #at = 0
  #limit = 0
  #question: Name = new Uint8Array(0)
  #keepCase = false
  readonly #counts = [0, 0, 0]
  readonly #names = new NameCompressor()

  /**
   * Starts a message of at most `size` octets. The question must fit. `keepCase`: names that differ in case are not
   * compressed into one.
   */
  begin(size: number, name: Name, type: number, rclass: number, keepCase = false): void {
    if (this.#out.length - this.#free < size + SLACK) {
      this.#out = new Uint8Array(BLOCK)
      this.#free = 0
    }
    const out = this.#out
    this.#base = this.#free
    this.#limit = this.#base + size
    this.#question = name
    this.#keepCase = keepCase
    let at = this.#base + HEADER
    for (let i = 0; i < name.length; i++) out[at++] = name[i]
    putU16(out, at, type)
    putU16(out, at + 2, rclass)
    this.#at = at + 4
    this.#counts.fill(0)
    this.#names.reset(this.#base, keepCase)
    this.#names.rememberQuestion(name)
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
    const start = this.#at
    const data = set.data
    const layout = nameLayout(set.type)
    let records = 0
    for (let from = set.start; from < set.end; records++) {
      const length = u16(data, from)
      from += 2
      this.#owner(set.owner)
      const at = this.#at
      const out = this.#out
      putU16(out, at, set.type)
      putU16(out, at + 2, set.class)
      putU32(out, at + 4, set.ttl)
      const rdata = at + 10
      const end = layout?.compress
        ? this.#rdataNames(data, from, length, rdata, layout)
        : copy(data, from, length, out, rdata)
      putU16(out, at + 8, end - rdata)
      this.#at = end
      if (end > this.#limit) return this.#undo(start)
      from += length
    }
    this.#counts[section] += records
    return true
  }

  /** Appends an OPT record (RFC 6891 §6.1.2), for which room was reserved. */
  opt(udpSize: number, rcode: number, version: number, dnssecOk: boolean, options: readonly EdnsOption[]): void {
    const out = this.#out
    const at = this.#at
    out[at] = 0
    putU16(out, at + 1, TYPE.OPT)
    putU16(out, at + 3, udpSize)
    out[at + 5] = rcode >> 4
    out[at + 6] = version
    putU16(out, at + 7, dnssecOk ? 0x8000 : 0)
    let to = at + 11
    for (const { code, data } of options) {
      putU16(out, to, code)
      putU16(out, to + 2, data.length)
      out.set(data, to + 4)
      to += 4 + data.length
    }
    putU16(out, at + 9, to - at - 11)
    this.#at = to
    this.#counts[SECTION.ADDITIONAL]++
  }

  /** Writes the header and hands the message out. */
  finish(id: number, flags: number): Uint8Array {
    const out = this.#out
    const base = this.#base
    putU16(out, base, id)
    putU16(out, base + 2, flags)
    putU16(out, base + 4, 1)
    putU16(out, base + 6, this.#counts[0])
    putU16(out, base + 8, this.#counts[1])
    putU16(out, base + 10, this.#counts[2])
    this.#free = this.#at
    return new Uint8Array(out.buffer, base, this.#at - base)
  }

  #owner(owner: Name): void {
    if (!this.#keepCase && (owner === this.#question || sameName(owner, this.#question))) {
      putU16(this.#out, this.#at, QUESTION_POINTER)
      this.#at += 2
    } else this.#at = this.#names.write(this.#out, this.#at, owner)
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

  #undo(start: number): false {
    this.#at = start
    // Names written since then would be pointed to in vain.
    this.#names.reset(this.#base, this.#keepCase)
    this.#names.rememberQuestion(this.#question)
    return false
  }
}

interface NameLayout {
  readonly prefix: number
  readonly count: number
}

/** Copies octets and returns where writing goes on. A loop beats `set` for the few octets that most records have. */
function copy(data: Uint8Array, from: number, length: number, out: Uint8Array, to: number): number {
  if (length < 64) for (let i = 0; i < length; i++) out[to + i] = data[from + i]
  else out.set(data.subarray(from, from + length), to)
  return to + length
}
