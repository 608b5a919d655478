import { CLASS } from './dns/constants.ts'
import { className, rcodeName, typeName } from './dns/rdata/registry.ts'
import type { LineBuffer } from './linebuffer.ts'
import type { Query } from './query.ts'
import { DROPPED, type Reply } from './reply.ts'
import { classify, typify } from './response.ts'

/** Lines made from queries by formats with placeholders: `log` writes them, `dnstap` adds them to its messages. */

/** What a line tells of. */
export interface Entry {
  readonly query: Query
  /** Undefined before there is one. */
  readonly reply: Reply | undefined
  /** Octets sent. */
  readonly size: number
  /** Milliseconds. */
  readonly duration: number
}

/** Puts a piece of a line at its end. */
export type Piece = (entry: Entry, line: LineBuffer) => void

/** Stands for what is not known. */
export const EMPTY = '-'

const COMMON =
  '{remote}:{port} - {>id} "{type} {class} {name} {proto} {size} {>do} {>bufsize}" {rcode} {>rflags} {rsize} {duration}'
const COMBINED = `${COMMON} "{>opcode}"`
/** The format of a `log` that names none. */
export const DEFAULT_FORMAT = COMMON

/** Placeholders by name. None of them can put a control character into the log: names are in presentation form. */
const PLACEHOLDERS: { readonly [name: string]: Piece } = {
  type: ({ query }, line) => line.text(typeName(query.type)),
  name: ({ query }, line) => line.name(query.name),
  class: ({ query }, line) => line.text(query.class === CLASS.IN ? 'IN' : className(query.class)),
  proto: ({ query }, line) => line.text(query.peer.transport === 'udp' ? 'udp' : 'tcp'),
  remote: ({ query }, line) => address(query.peer.address, line),
  port: ({ query }, line) => line.number(query.peer.port),
  local: ({ query }, line) => address(query.peer.localAddress, line),
  size: ({ query }, line) => line.number(query.size),
  rcode: ({ reply }, line) => line.text(isSent(reply) ? rcodeName(reply.rcode) : EMPTY),
  rsize: ({ reply, size }, line) => (reply ? line.number(size) : line.text(EMPTY)),
  duration: ({ reply, duration }, line) => (reply ? seconds(duration, line) : line.text(EMPTY)),
  '>id': ({ query }, line) => line.number(query.id),
  '>opcode': ({ query }, line) => line.number(query.opcode),
  '>do': ({ query }, line) => line.text(query.dnssecOk ? 'true' : 'false'),
  '>bufsize': ({ query }, line) => line.number(bufferSize(query)),
  '>rflags': ({ query, reply }, line) => line.text(isSent(reply) ? flags(query, reply) : EMPTY),
  '/log/class': ({ query, reply }, line) => line.text(reply ? classify(typify(query, reply)) : EMPTY),
  '/log/type': ({ query, reply }, line) => line.text(reply ? typify(query, reply) : EMPTY),
}

const isSent = (reply: Reply | undefined): reply is Reply => reply !== undefined && reply !== DROPPED

/**
 * Splits a format into pieces. `label` gives what a metadata label stands for; labels that nobody knows are `-`. Words
 * in braces that are no placeholder stay as they are.
 */
export function compileFormat(format: string, label: (name: string) => Piece | undefined): readonly Piece[] {
  const expanded = format.replaceAll('{common}', COMMON).replaceAll('{combined}', COMBINED)
  return expanded.split(/(\{[^{}]*\})/).flatMap((word) => {
    if (word === '') return []
    const piece = word.startsWith('{') ? placeholder(word.slice(1, -1), label) : undefined
    return [piece ?? ((_entry: Entry, line: LineBuffer) => line.text(word))]
  })
}

/** Names of the metadata labels in a format. */
export function labelsOf(format: string): readonly string[] {
  return [...format.matchAll(/\{\/([^{}]*)\}/g)]
    .map((match) => match[1])
    .filter((name) => !Object.hasOwn(PLACEHOLDERS, `/${name}`))
}

function placeholder(name: string, label: (name: string) => Piece | undefined): Piece | undefined {
  if (Object.hasOwn(PLACEHOLDERS, name)) return PLACEHOLDERS[name]
  return name.startsWith('/') ? (label(name.slice(1)) ?? ((_entry, line) => line.text(EMPTY))) : undefined
}

/** RFC 3986 §3.2.2: IPv6 addresses stand in brackets before a port. */
function address(text: string, line: LineBuffer): void {
  line.text(text.includes(':') ? `[${text}]` : text)
}

const MICROSECONDS = 1_000_000

/** `0.000091s` */
function seconds(milliseconds: number, line: LineBuffer): void {
  const micros = Math.round(milliseconds * 1000)
  line.number(Math.floor(micros / MICROSECONDS))
  line.text('.')
  line.number(micros % MICROSECONDS, 6)
  line.text('s')
}

/** How much the client takes: what it announced over UDP, anything over a stream. */
export function bufferSize(query: Query): number {
  return query.peer.transport === 'udp' ? (query.edns?.udpSize ?? 512) : 65_535
}

export function flags(query: Query, reply: Reply): string {
  let text = 'qr'
  if (reply.aa) text += ',aa'
  if (reply.tc) text += ',tc'
  if (reply.rd ?? query.recursionDesired) text += ',rd'
  if (reply.ra) text += ',ra'
  if (reply.ad) text += ',ad'
  if (query.checkingDisabled) text += ',cd'
  return text
}
