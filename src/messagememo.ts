import { HEADER, u16 } from './dns/header.ts'
import type { MessageWriter } from './dns/messagewriter.ts'
import { FOLD } from './dns/name.ts'
import { hashQuestion } from './dns/questionhash.ts'
import type { Query } from './query.ts'
import type { Reply } from './reply.ts'

/** Messages kept; a power of two. */
const SLOTS = 1024
/** Longer ones are not kept. */
const MOST_OCTETS = 1232
/** Where most is looked for in vain, which costs half of what a message found saves, only one question in 16 is looked for. */
const PATIENCE = 4096
/** What a hit is worth in misses. */
const HIT = 4
const ONE_IN_16 = 15

const NOTHING = new Uint8Array(0)

/**
 * Messages for the questions asked most, so that they need not be written again: what is copied from one to the next is all but
 * id, flags, the case of the question's name and the OPT record. For replies that were settled (`Query.settle`). A message takes
 * the place of another once it was asked for twice without a third between: names asked once, however many, push nothing out.
 */
export class MessageMemo {
  readonly #messages: Uint8Array[] = Array.from({ length: SLOTS }, () => NOTHING)
  readonly #hashes = new Int32Array(SLOTS)
  /** Of which snapshot, and with DO? */
  readonly #keys = new Int32Array(SLOTS)
  /** The hash of what was last looked for in vain. */
  readonly #wanted = new Int32Array(SLOTS)
  /** Of the question looked for last. */
  #hash = 0
  /** Was it looked for? */
  #isLooking = false
  /** Falls with each miss, and rises with each hit. */
  #patience = PATIENCE
  /** Of those that came without patience. */
  #questions = 0

  /** Writes the message for a question, of at most `size` octets, `reserved` of them free. False where it is not here. */
  write(writer: MessageWriter, query: Query, reply: Reply, size: number, reserved: number): boolean {
    this.#isLooking = this.#patience > 0 || (++this.#questions & ONE_IN_16) === 0
    if (!this.#isLooking) return false
    const key = keyOf(query, reply)
    const hash = hashQuestion(query.name, query.type, query.class, key)
    this.#hash = hash
    const slot = hash & (SLOTS - 1)
    if (this.#hashes[slot] !== hash || this.#keys[slot] !== key) {
      if (this.#patience > 0) this.#patience--
      return false
    }
    if (this.#patience < PATIENCE) this.#patience += HIT
    const message = this.#messages[slot]
    if (message.length > size - reserved || !isFor(query, message)) return false
    writer.again(size, query.name, message)
    return true
  }

  /** Keeps what was written after `write` had nothing. */
  keep(writer: MessageWriter, query: Query, reply: Reply): void {
    if (!this.#isLooking) return
    const hash = this.#hash
    const slot = hash & (SLOTS - 1)
    if (this.#wanted[slot] !== hash) {
      this.#wanted[slot] = hash
      return
    }
    if (writer.length > MOST_OCTETS || !isWhole(writer, reply)) return
    this.#hashes[slot] = hash
    this.#keys[slot] = keyOf(query, reply)
    this.#messages[slot] = writer.copy()
  }
}

/** Signed 32-bit numbers, which V8 keeps without memory of their own. */
const keyOf = ({ dnssecOk }: Query, { snapshot }: Reply): number => (snapshot << 1) | (dnssecOk ? 1 : 0)

/** Is the question of the message this query's? */
function isFor({ name, type, class: rclass }: Query, message: Uint8Array): boolean {
  let at = HEADER
  for (let i = 0; i < name.length; i++, at++)
    if (message[at] !== name[i] && FOLD[message[at]] !== FOLD[name[i]]) return false
  return u16(message, at) === type && u16(message, at + 2) === rclass
}

/** Courtesies are left out in silence where they find no room, and then the next client may have it. */
function isWhole(writer: MessageWriter, { answer, authority, additional }: Reply): boolean {
  let records = 0
  for (const section of [answer, authority, additional]) for (const set of section) records += set.size
  return writer.records === records
}
