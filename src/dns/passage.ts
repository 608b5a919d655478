import { MAX_POINTER } from './compression.ts'
import { copy } from './copy.ts'
import { HEADER, putU16, u16 } from './header.ts'
import { FOLD, isWithin, type Name } from './name.ts'
import { nameLayout } from './rdata/registry.ts'
import type { RRset } from './rrset.ts'

/** Type, class, TTL and the length of the data, between a record's owner and its data. */
const FIXED = 10
/** Longer ones are not kept. */
const MOST_OCTETS = 1024

/** Sets that many messages have alike. */
export class RecurringSets {
  readonly sets: readonly RRset[]
  /** What was written of them, once it was. */
  passage: Passage | undefined

  constructor(sets: readonly RRset[]) {
    this.sets = sets
  }

  /** The owner of the first: questions are for it or for names below. */
  get apex(): Name {
    return this.sets[0].owner
  }
}

/**
 * Records as they stood in a message, to be written again into others whose questions are for `apex` or names below. What differs
 * from one to the next is where that name stands in the question and where the records begin.
 */
export class Passage {
  readonly records: number
  readonly length: number
  readonly #octets: Uint8Array
  readonly #apex: Name
  /** Where a pointer stands, and how far before the end of the question's name it leads; in turns. */
  readonly #toQuestion: readonly number[]
  /** Where a pointer stands, and where in these octets it leads; in turns. */
  readonly #toSelf: readonly number[]
  /** Where labels stand right below the apex: a question below one of them is pointed to in its place. */
  readonly #labels: readonly number[]

  private constructor(octets: Uint8Array, apex: Name, { records, toQuestion, toSelf, labels }: Links) {
    this.records = records
    this.length = octets.length
    this.#octets = octets
    this.#apex = apex
    this.#toQuestion = toQuestion
    this.#toSelf = toSelf
    this.#labels = labels
  }

  /**
   * What stands in `message` from `start` on: whole records, of types whose names are compressed or have none. Undefined where a
   * pointer leads to what other messages do not have, or it is much.
   */
  static of(message: Uint8Array, start: number, question: Name, apex: Name): Passage | undefined {
    if (message.length - start > MOST_OCTETS || !isWithin(question, apex)) return undefined
    const links = linksOf(message, start, HEADER + question.length, apex.length)
    return links && new Passage(message.slice(start), apex, links)
  }

  /** Writes the records at `at` of a message that begins at `base` of `out`. False where they have to be others there. */
  write(out: Uint8Array, base: number, at: number, question: Name): boolean {
    if (at - base + this.length > MAX_POINTER || !isWithin(question, this.#apex) || this.#meets(question)) return false
    const octets = this.#octets
    copy(octets, 0, octets.length, out, at)
    const end = 0xc000 | (HEADER + question.length)
    const toQuestion = this.#toQuestion
    for (let i = 0; i < toQuestion.length; i += 2) putU16(out, at + toQuestion[i], end - toQuestion[i + 1])
    const start = 0xc000 | (at - base)
    const toSelf = this.#toSelf
    for (let i = 0; i < toSelf.length; i += 2) putU16(out, at + toSelf[i], start + toSelf[i + 1])
    return true
  }

  /** Is the question's label right below the apex one of those here? */
  #meets(question: Name): boolean {
    const end = question.length - this.#apex.length
    if (end === 0) return false
    let last = 0
    for (let next = question[0] + 1; next < end; next += question[next] + 1) last = next
    const labels = this.#labels
    for (let i = 0; i < labels.length; i++) if (this.#isLabel(labels[i], question, last)) return true
    return false
  }

  #isLabel(at: number, name: Name, from: number): boolean {
    const octets = this.#octets
    for (const end = from + name[from]; from <= end; from++, at++)
      if (octets[at] !== name[from] && FOLD[octets[at]] !== FOLD[name[from]]) return false
    return true
  }
}

interface Links {
  readonly records: number
  readonly toQuestion: readonly number[]
  readonly toSelf: readonly number[]
  readonly labels: readonly number[]
}

function linksOf(message: Uint8Array, start: number, questionEnd: number, apex: number): Links | undefined {
  const toQuestion: number[] = []
  const toSelf: number[] = []
  const labels: number[] = []

  /** Takes what a name points to, and returns where it ends; 0 where it leads astray. */
  const name = (at: number): number => {
    let last = -1
    for (; message[at] < 0xc0; at += message[at] + 1) {
      if (message[at] !== 0) {
        last = at
        continue
      }
      // Nothing points to the root: what might is a name's last label.
      if (apex === 1 && last >= 0) labels.push(last - start)
      return at + 1
    }
    const target = u16(message, at) & MAX_POINTER
    const distance = questionEnd - target
    if (target >= start) toSelf.push(at - start, target - start)
    else if (distance > 0 && distance <= apex) toQuestion.push(at - start, distance)
    else return 0
    if (distance === apex && last >= 0) labels.push(last - start)
    return at + 2
  }

  let records = 0
  for (let at = start; at < message.length; records++) {
    at = name(at)
    if (at === 0) return undefined
    const layout = nameLayout(u16(message, at))
    const end = at + FIXED + u16(message, at + FIXED - 2)
    if (layout?.compress) {
      at += FIXED + layout.prefix
      for (let n = 0; n < layout.count; n++) {
        at = name(at)
        if (at === 0) return undefined
      }
    }
    at = end
  }
  return { records, toQuestion, toSelf, labels }
}
