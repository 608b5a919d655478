import { FLAG } from '../../dns/constants.ts'
import { u32 } from '../../dns/header.ts'
import { readMessage, writeMessage } from '../../dns/message.ts'
import { sameName } from '../../dns/name.ts'
import type { Query } from '../../query.ts'
import { Reply } from '../../reply.ts'
import type { Entry } from './entry.ts'

/** A reply that came back from outside the memory. */
export interface Preserved {
  readonly reply: Reply
  /** Seconds, counted from `age` milliseconds ago. */
  readonly ttl: number
  readonly age: number
}

/** The form of what is preserved; another is not read. */
const FORM = 1
/** Form, time of storing (milliseconds since 1970), TTL; then the message. */
const TIME = 1
const TTL = 9
const MESSAGE = 13
const EDNS = { version: 0, udpSize: 1232, dnssecOk: false }

/** An entry as octets. `now`: the clock on the wall, which is all that isolates have in common. */
export function preserve({ name, type, class: rclass, kept, ttl }: Entry, now: number): Uint8Array {
  const { rcode, ra, ad, answer, authority, additional, options } = kept
  const flags = FLAG.QR | (ra ? FLAG.RA : 0) | (ad ? FLAG.AD : 0) | rcode
  const edns = options.length > 0 ? { ...EDNS, options } : undefined
  const message = writeMessage({
    id: 0,
    flags,
    question: { name, type, class: rclass },
    answer,
    authority,
    additional,
    edns,
  })
  const octets = new Uint8Array(MESSAGE + message.length)
  const view = new DataView(octets.buffer)
  octets[0] = FORM
  view.setFloat64(TIME, now)
  view.setUint32(TTL, ttl)
  octets.set(message, MESSAGE)
  return octets
}

/** The reply to a query from what `preserve` made; undefined where it is for another question. Throws WireError. */
export function restore({ name, type, class: rclass }: Query, octets: Uint8Array, now: number): Preserved | undefined {
  if (octets.length < MESSAGE || octets[0] !== FORM) return undefined
  const { question, flags, rcode, answer, authority, additional, edns } = readMessage(octets.subarray(MESSAGE))
  if (!question || question.type !== type || question.class !== rclass || !sameName(question.name, name))
    return undefined
  const reply = new Reply({
    rcode,
    ra: (flags & FLAG.RA) !== 0,
    ad: (flags & FLAG.AD) !== 0,
    answer,
    authority,
    additional,
    options: edns?.options ?? [],
  })
  const stored = new DataView(octets.buffer, octets.byteOffset).getFloat64(TIME)
  // A clock behind the one that stored it makes nothing younger than new.
  return { reply, ttl: u32(octets, TTL), age: Math.max(0, now - stored) }
}
