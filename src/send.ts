import { SERVFAIL } from './ask.ts'
import type { Tap } from './capabilities.ts'
import type { EdnsOption } from './dns/edns.ts'
import { encodeReply, encodeSequence } from './encode.ts'
import { ANSWERER, type Query } from './query.ts'
import { DROPPED, type Reply } from './reply.ts'
import { report, type ServedBlock } from './servedblock.ts'

/** A message answered: its octets, and what they were made from where the question could be read. */
export interface Exchange {
  readonly wire: Uint8Array
  readonly query?: Query
  readonly reply?: Reply
}

/** What a stream gets for a message: nothing, one message, or several that are made as they are asked for. */
export type Answers = Uint8Array | Iterable<Uint8Array> | undefined

/** Turns a block's reply to a query into what the transport sends, and lets the taps see that. Since `start`: milliseconds. */
export type Send<T> = (
  block: ServedBlock | undefined,
  taps: readonly Tap[],
  query: Query,
  reply: Reply,
  start: number,
) => T

const NO_OPTIONS: readonly EdnsOption[] = []
const NO_CAP = 65_535
/** In the header's third and fourth octet. */
const TC_BIT = 0x02
const RCODE_BITS = 0x0f

/** One message, or none. */
export const sendMessage: Send<Uint8Array | undefined> = (block, taps, query, reply, start) => {
  const wire = encode(block, query, reply)
  if (taps.length > 0) tell(block, taps, query, asSent(reply, wire), wire?.length ?? 0, start, wire)
  return wire
}

/** One message with what it was made from, or none. */
export const sendExchange: Send<Exchange | undefined> = (block, taps, query, reply, start) => {
  const wire = sendMessage(block, taps, query, reply, start)
  return wire && { wire, query, reply: asSent(reply, wire) }
}

/** As many messages as the reply has. */
export const sendSequence: Send<Answers> = (block, taps, query, reply, start) =>
  block && reply.following ? sequence(block, taps, query, reply, start) : sendMessage(block, taps, query, reply, start)

function encode(block: ServedBlock | undefined, query: Query, reply: Reply): Uint8Array | undefined {
  if (reply === DROPPED) return undefined
  const udpCap = block?.udpCap ?? NO_CAP
  try {
    return encodeReply(query, reply, udpCap, optionsOf(block, query))
  } catch (error) {
    // A reply that cannot be written is the plugin's fault as much as a throw.
    if (block) report(block, query, error)
    query.original.answerer = ANSWERER.SERVER
    return encodeReply(query, SERVFAIL, udpCap, NO_OPTIONS)
  }
}

function optionsOf(block: ServedBlock | undefined, query: Query): readonly EdnsOption[] {
  if (!block?.options.length) return NO_OPTIONS
  return block.options.map((make) => make(query)).filter((option) => option !== undefined)
}

/** The messages of a reply that has several; taps see it as one, when the last is out or nobody wants more. */
function* sequence(
  block: ServedBlock,
  taps: readonly Tap[],
  query: Query,
  reply: Reply,
  start: number,
): Generator<Uint8Array> {
  let size = 0
  let first: Uint8Array | undefined
  try {
    for (const wire of encodeSequence(query, reply, optionsOf(block, query))) {
      size += wire.length
      first ??= wire
      yield wire
    }
  } catch (error) {
    report(block, query, error)
    throw error
  } finally {
    tell(block, taps, query, reply, size, start, first)
  }
}

/** The reply as it went out: cut, or SERVFAIL where it could not be written. */
function asSent(reply: Reply, wire: Uint8Array | undefined): Reply {
  if (!wire) return reply
  if ((wire[3] & RCODE_BITS) !== (reply.rcode & RCODE_BITS)) return SERVFAIL
  return (wire[2] & TC_BIT) !== 0 && !reply.tc ? reply.with({ tc: true }) : reply
}

function tell(
  block: ServedBlock | undefined,
  taps: readonly Tap[],
  query: Query,
  reply: Reply,
  size: number,
  start: number,
  wire: Uint8Array | undefined,
): void {
  const duration = performance.now() - start
  for (const tap of taps) {
    try {
      tap.sent(query, reply, size, duration, wire)
    } catch (error) {
      if (block) report(block, query, error)
    }
  }
}
