import { FLAG, RCODE, TYPE } from './dns/constants.ts'
import { type EdnsOption, OPTION } from './dns/edns.ts'
import { HEADER, putU16, u16 } from './dns/header.ts'
import { MessageWriter } from './dns/messagewriter.ts'
import { optLength, padding, paddingFor, writeOpt } from './dns/opt.ts'
import { findEdns, questionEnd } from './dns/questionreader.ts'
import { MessageMemo } from './messagememo.ts'
import type { Query } from './query.ts'
import type { Reply } from './reply.ts'
import { writeSections } from './sections.ts'

/** The UDP size that we announce: fits any path of today without fragments (DNS Flag Day 2020). */
const OUR_UDP_SIZE = 1232
const MAX_UDP = 65_507
const MAX_STREAM = 65_535
const MIN_UDP = 512
/** RCODEs above need an OPT record for their upper bits (RFC 6891 §6.1.3). */
const MAX_RCODE = 15
const OPCODE_BITS = 0x7800
/** Replies to padded queries on encrypted transports are a multiple of this (RFC 8467 §4.1). */
const PADDING_BLOCK = 468

const NO_OPTIONS: readonly EdnsOption[] = []

const writer = new MessageWriter()
const memo = new MessageMemo()

/**
 * Writes a reply as the query's transport allows: for UDP cut at record set boundaries to the client's size, with TC
 * (RFC 2181 §9); with an OPT record where the query had one; padded where the query was.
 */
export function encodeReply(query: Query, reply: Reply, udpCap: number, extra: readonly EdnsOption[]): Uint8Array {
  const hasOpt = query.edns !== undefined || reply.opt
  const limit = replyLimit(query, udpCap)
  let options = hasOpt ? optionsOf(reply, extra, limit - HEADER - query.name.length - 4) : NO_OPTIONS
  const complete = begin(query, reply, limit, hasOpt, options)
  if (!complete && options.some(isExtendedError)) {
    // RFC 8914 §3: extended errors go before data goes, and TC tells of it.
    options = options.filter((option) => !isExtendedError(option))
    begin(query, reply, limit, hasOpt, options)
  }
  const rcode = reply.rcode > MAX_RCODE && !hasOpt ? RCODE.SERVFAIL : reply.rcode
  if (hasOpt) writer.opt(announced(query, udpCap), rcode, 0, query.dnssecOk, padded(query, options, limit))
  return writer.finish(query.id, replyFlags(query, reply, complete) | (rcode & MAX_RCODE))
}

/** Starts the message anew and writes the sections, leaving room for the OPT record. False where TC is due. */
function begin(query: Query, reply: Reply, limit: number, hasOpt: boolean, options: readonly EdnsOption[]): boolean {
  const reserved = hasOpt ? optLength(options) : 0
  const isKnown = reply.snapshot !== 0 && reply.settledFor === query
  if (isKnown && memo.write(writer, query, reply, limit, reserved)) return true
  writer.begin(limit, query.name, query.type, query.class, isTransfer(query))
  writer.reserve(reserved)
  const complete = writeSections(writer, reply)
  if (isKnown && complete) memo.keep(writer, query, reply)
  return complete
}

/** The options that fit beside the question in a message that has `room` octets left. */
function optionsOf({ options }: Reply, extra: readonly EdnsOption[], room: number): readonly EdnsOption[] {
  const all = extra.length > 0 ? [...options, ...extra] : options
  if (all.length === 0 || optLength(all) <= room) return all
  let left = room - optLength(NO_OPTIONS)
  return all.filter(({ data }) => {
    const fits = 4 + data.length <= left
    if (fits) left -= 4 + data.length
    return fits
  })
}

const isExtendedError = ({ code }: EdnsOption): boolean => code === OPTION.EDE

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

/**
 * We announce our size, or the client's where that is larger: a reply of ours may then be as large, and clients that
 * compare it with their own see what CoreDNS shows them.
 */
function announced({ edns }: Query, udpCap: number): number {
  return Math.min(Math.max(OUR_UDP_SIZE, edns?.udpSize ?? 0), udpCap)
}

function padded(query: Query, options: readonly EdnsOption[], limit: number): readonly EdnsOption[] {
  const { transport } = query.peer
  if (transport === 'udp' || transport === 'tcp' || !query.option(OPTION.PADDING)) return options
  const octets = paddingFor(writer.length + optLength(options), PADDING_BLOCK, limit)
  return octets < 0 ? options : [...options, padding(octets)]
}

function replyFlags(query: Query, reply: Reply, complete: boolean): number {
  // Opcode, RD and CD are the query's (RFC 1035 §4.1.1, RFC 4035 §3.2.2).
  let flags = FLAG.QR | (query.flags & (OPCODE_BITS | FLAG.RD | FLAG.CD))
  if (reply.rd !== undefined) flags = reply.rd ? flags | FLAG.RD : flags & ~FLAG.RD
  if (reply.aa) flags |= FLAG.AA
  if (reply.tc || !complete || reply.following) flags |= FLAG.TC
  if (reply.ra) flags |= FLAG.RA
  // AD only for those who can tell what it means (RFC 6840 §5.8).
  if (reply.ad && (query.dnssecOk || query.authenticData)) flags |= FLAG.AD
  return flags
}

/**
 * The reply to a message that is no query we understand: a header, and of the rest what can be read. An OPT record is
 * answered by one whatever else is wrong (RFC 6891 §6.1.1).
 */
export function encodeFault(message: Uint8Array, rcode: number): Uint8Array {
  const question = message.subarray(HEADER, questionEnd(message))
  const edns = findEdns(message)
  const reply = new Uint8Array(HEADER + question.length + (edns ? optLength(NO_OPTIONS) : 0))
  const flags = FLAG.QR | (u16(message, 2) & (OPCODE_BITS | FLAG.RD | FLAG.CD)) | rcode
  putU16(reply, 0, u16(message, 0))
  putU16(reply, 2, flags)
  putU16(reply, 4, question.length > 0 ? 1 : 0)
  reply.set(question, HEADER)
  if (edns) {
    putU16(reply, 10, 1)
    writeOpt(reply, HEADER + question.length, OUR_UDP_SIZE, rcode, 0, edns.dnssecOk, NO_OPTIONS)
  }
  return reply
}
