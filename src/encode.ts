import { FLAG, RCODE, TYPE } from './dns/constants.ts'
import { type EdnsOption, OPTION } from './dns/edns.ts'
import { HEADER, putU16, u16 } from './dns/header.ts'
import { MessageWriter, SECTION } from './dns/messagewriter.ts'
import { optLength, padding, paddingFor } from './dns/opt.ts'
import type { RRset } from './dns/rrset.ts'
import type { Query } from './query.ts'
import type { Reply } from './reply.ts'

/** The UDP size that we announce: fits any path of today without fragments (DNS Flag Day 2020). */
const OUR_UDP_SIZE = 1232
const MAX_UDP = 65_507
const MAX_STREAM = 65_535
const MIN_UDP = 512
/** Replies to padded queries on encrypted transports are a multiple of this (RFC 8467 §4.1). */
const PADDING_BLOCK = 468

const writer = new MessageWriter()

/**
 * Writes a reply as the query's transport allows: for UDP cut at record set boundaries to the client's size, with TC
 * (RFC 2181 §9); with an OPT record where the query had one; padded where the query was.
 */
export function encodeReply(query: Query, reply: Reply, udpCap: number, extra: readonly EdnsOption[]): Uint8Array {
  const hasOpt = query.edns !== undefined || reply.opt
  const limit = replyLimit(query, udpCap)
  writer.begin(limit, query.name, query.type, query.class, isTransfer(query))
  const options = hasOpt && extra.length > 0 ? [...reply.options, ...extra] : reply.options
  const room = hasOpt ? optLength(options) : 0
  writer.reserve(room)
  const complete =
    writeSection(SECTION.ANSWER, reply.answer) &&
    writeSection(SECTION.AUTHORITY, reply.authority) &&
    writeAdditional(reply)
  if (hasOpt) writeOpt(query, reply, udpCap, padded(query, options, limit))
  return writer.finish(query.id, replyFlags(query, reply, complete))
}

/** The messages of a reply that has several. Throws where one cannot be written whole: half a zone is none. */
export function* encodeSequence(query: Query, reply: Reply, extra: readonly EdnsOption[]): Generator<Uint8Array> {
  const first = reply.with({ following: undefined })
  yield encodeWhole(query, first, extra)
  for (const answer of reply.following ?? [])
    yield encodeWhole(query, first.with({ answer, authority: [], additional: [] }), extra)
}

function encodeWhole(query: Query, reply: Reply, extra: readonly EdnsOption[]): Uint8Array {
  const wire = encodeReply(query, reply, MAX_STREAM, extra)
  if (u16(wire, 2) & FLAG.TC) throw new Error('the reply does not fit its messages')
  return wire
}

/** Is it a zone transfer? These alone have replies of several messages. */
export function isTransfer({ type }: Query): boolean {
  return type === TYPE.AXFR || type === TYPE.IXFR
}

function replyLimit({ peer, edns }: Query, udpCap: number): number {
  if (peer.transport !== 'udp') return MAX_STREAM
  return edns ? Math.min(Math.max(edns.udpSize, MIN_UDP), udpCap, MAX_UDP) : MIN_UDP
}

function writeSection(section: number, sets: readonly RRset[]): boolean {
  for (let i = 0; i < sets.length; i++) if (!writer.rrset(section, sets[i])) return false
  return true
}

/**
 * Additional records are dropped without TC, as the client can do without them (RFC 2181 §9), but a referral's glue is
 * needed (RFC 9471 §3).
 */
function writeAdditional(reply: Reply): boolean {
  const isReferral = !reply.aa && reply.answer.length === 0 && reply.authority.length > 0
  for (const set of reply.additional) if (!writer.rrset(SECTION.ADDITIONAL, set)) return !isReferral
  return true
}

/**
 * We announce our size, or the client's where that is larger: a reply of ours may then be as large, and clients that
 * compare it with their own see what CoreDNS shows them.
 */
function writeOpt(query: Query, reply: Reply, udpCap: number, options: readonly EdnsOption[]): void {
  const size = Math.min(Math.max(OUR_UDP_SIZE, query.edns?.udpSize ?? 0), udpCap)
  writer.opt(size, reply.rcode, 0, query.dnssecOk, options)
}

function padded(query: Query, options: readonly EdnsOption[], limit: number): readonly EdnsOption[] {
  const { transport } = query.peer
  if (transport === 'udp' || transport === 'tcp' || !query.option(OPTION.PADDING)) return options
  const octets = paddingFor(writer.length + optLength(options), PADDING_BLOCK, limit)
  return octets < 0 ? options : [...options, padding(octets)]
}

function replyFlags(query: Query, reply: Reply, complete: boolean): number {
  // Opcode, RD and CD are the query's (RFC 1035 §4.1.1, RFC 4035 §3.2.2).
  let flags = FLAG.QR | (query.flags & (0x7800 | FLAG.RD | FLAG.CD))
  if (reply.rd !== undefined) flags = reply.rd ? flags | FLAG.RD : flags & ~FLAG.RD
  if (reply.aa) flags |= FLAG.AA
  if (reply.tc || !complete || reply.following) flags |= FLAG.TC
  if (reply.ra) flags |= FLAG.RA
  // AD only for those who can tell what it means (RFC 6840 §5.8).
  if (reply.ad && (query.dnssecOk || query.authenticData)) flags |= FLAG.AD
  return flags | (reply.rcode > 15 && !query.edns ? RCODE.SERVFAIL : reply.rcode & 15)
}

/** A reply of a header alone, to a message whose question cannot be read. */
export function encodeHeader(message: Uint8Array, rcode: number): Uint8Array {
  const reply = new Uint8Array(HEADER)
  reply[0] = message[0]
  reply[1] = message[1]
  const opcodeAndRd = ((message[2] << 8) | message[3]) & (0x7800 | FLAG.RD)
  putU16(reply, 2, FLAG.QR | opcodeAndRd | (rcode & 15))
  return reply
}
