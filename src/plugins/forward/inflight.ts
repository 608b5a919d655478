import { sameName } from '../../dns/name.ts'
import { hashQuestion } from '../../dns/questionhash.ts'
import type { Reply } from '../../reply.ts'
import type { Question } from '../../upstream/question.ts'
import type { Resolution } from './resolution.ts'

/** A question under way, and what everybody who asks it meanwhile waits for. */
export interface Flight {
  readonly question: Question
  readonly hash: number
  readonly resolution: Resolution
  readonly reply: Promise<Reply>
  /** Queries that joined. */
  waiting: number
  /** The upstream that answered. */
  from: string
  /** performance.now() when it began. */
  readonly since: number
  isOver: boolean
  next: Flight | undefined
}

/** A power of two. */
const BUCKETS = 4096

/** The questions under way, so that none is asked twice at one time (RFC 5452 §5). No Map: see upstream/waiting.ts. */
export class Flights {
  readonly #buckets: (Flight | undefined)[] = new Array(BUCKETS).fill(undefined)
  #count = 0

  get count(): number {
    return this.#count
  }

  /** The flight whose answer serves this question, too. */
  find(hash: number, question: Question): Flight | undefined {
    let flight = this.#buckets[hash & (BUCKETS - 1)]
    while (flight && !(flight.hash === hash && serves(flight.question, question))) flight = flight.next
    return flight
  }

  add(flight: Flight): void {
    const at = flight.hash & (BUCKETS - 1)
    flight.next = this.#buckets[at]
    this.#buckets[at] = flight
    this.#count++
  }

  /** Takes out what began before `time`: a Worker's request that the client left ends without a word. */
  dropAbandoned(time: number): void {
    for (const flight of [...this]) if (flight.since < time) this.remove(flight)
  }

  remove(flight: Flight): void {
    if (flight.isOver) return
    flight.isOver = true
    this.#count--
    const at = flight.hash & (BUCKETS - 1)
    if (this.#buckets[at] === flight) this.#buckets[at] = flight.next
    else for (let one = this.#buckets[at]; one; one = one.next) if (one.next === flight) one.next = flight.next
    flight.next = undefined
  }

  *[Symbol.iterator](): Generator<Flight> {
    for (const first of this.#buckets)
      for (let flight: Flight | undefined = first; flight; flight = flight.next) yield flight
  }
}

export const hashOf = ({ name, type, class: rclass, flags, dnssecOk }: Question): number =>
  hashQuestion(name, type, rclass, (flags << 1) | (dnssecOk ? 1 : 0))

function serves(a: Question, b: Question): boolean {
  return (
    a.type === b.type &&
    a.class === b.class &&
    a.flags === b.flags &&
    a.dnssecOk === b.dnssecOk &&
    sameName(a.name, b.name) &&
    sameOptions(a, b)
  )
}

function sameOptions({ options: a }: Question, { options: b }: Question): boolean {
  return (
    a.length === b.length && a.every((option, i) => option.code === b[i].code && sameOctets(option.data, b[i].data))
  )
}

const sameOctets = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((octet, i) => octet === b[i])
