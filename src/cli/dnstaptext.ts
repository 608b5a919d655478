import { FLAG } from '../dns/constants.ts'
import { type Message, readMessage } from '../dns/message.ts'
import { nameText } from '../dns/name.ts'
import { recordTexts } from '../dns/presentation.ts'
import { className, opcodeName, rcodeName, typeName } from '../dns/rdata/registry.ts'
import type { TapRecord } from '../dnstap/decode.ts'
import { printable } from '../printable.ts'

/** dnstap's messages for people and for programs. */

/** `CQ` for CLIENT_QUERY, as dnstap's tools abbreviate it. */
const mnemonic = (type: string): string => type.replace(/([A-Z])[A-Z]*_([A-Z])[A-Z]*/, '$1$2')

/** A line: time, kind, from and to, transport, size, the question, and of replies the code. */
export function tapText(record: TapRecord): string {
  const { type, protocol = '-', queryTime, responseTime } = record
  const octets = record.responseMessage ?? record.queryMessage
  const message = octets && read(octets)
  const question = message?.question
  const asked = question
    ? `${nameText(question.name)} ${className(question.class)} ${typeName(question.type)}`
    : octets
      ? 'no readable message'
      : '- - -'
  const rcode = record.responseMessage && message ? ` ${rcodeName(message.rcode)}` : ''
  const extra = record.extra === undefined ? '' : ` ${JSON.stringify(printable(record.extra))}`
  const ends = `${end(record.queryAddress, record.queryPort)} -> ${end(record.responseAddress, record.responsePort)}`
  const size = octets ? `${octets.length}b` : '-'
  return `${timeText(responseTime ?? queryTime)} ${mnemonic(type)} ${ends} ${protocol} ${size} ${asked}${rcode}${extra}`
}

/** An object with dnstap.proto's names; the DNS messages are taken apart. */
export function tapJson(record: TapRecord): string {
  return JSON.stringify({
    type: record.type,
    identity: record.identity,
    version: record.version,
    extra: record.extra,
    socket_protocol: record.protocol,
    query_address: record.queryAddress,
    query_port: record.queryPort,
    response_address: record.responseAddress,
    response_port: record.responsePort,
    query_time: record.queryTime === undefined ? undefined : isoTime(record.queryTime),
    response_time: record.responseTime === undefined ? undefined : isoTime(record.responseTime),
    query_message: messageJson(record.queryMessage),
    response_message: messageJson(record.responseMessage),
  })
}

function messageJson(octets: Uint8Array | undefined): object | undefined {
  if (!octets) return undefined
  const message = read(octets)
  if (!message) return { size: octets.length, unreadable: true }
  const { question, flags } = message
  const bits = (['AA', 'TC', 'RD', 'RA', 'AD', 'CD'] as const).filter((bit) => flags & FLAG[bit])
  return {
    size: octets.length,
    id: message.id,
    opcode: opcodeName((flags >> 11) & 15),
    rcode: rcodeName(message.rcode),
    flags: bits.map((bit) => bit.toLowerCase()),
    question: question && {
      name: nameText(question.name),
      class: className(question.class),
      type: typeName(question.type),
    },
    answer: message.answer.flatMap(recordTexts),
    authority: message.authority.flatMap(recordTexts),
    additional: message.additional.flatMap(recordTexts),
  }
}

/** Undefined where it is no DNS message: whoever taps sees those too. */
function read(octets: Uint8Array): Message | undefined {
  try {
    return readMessage(octets)
  } catch {
    return undefined
  }
}

function end(address: string | undefined, port: number | undefined): string {
  if (address === undefined) return '-'
  return `${address.includes(':') ? `[${address}]` : address}:${port ?? 0}`
}

/** `2026-08-20 17:24:12.345678`, as dnstap's tools have it. UTC. */
const timeText = (time: number | undefined): string =>
  time === undefined ? '-' : isoTime(time).replace('T', ' ').replace('Z', '')

/** RFC 3339 with microseconds. */
function isoTime(time: number): string {
  const date = new Date(Math.floor(time))
  if (Number.isNaN(date.getTime())) return `${time}`
  const micros = Math.floor((time - Math.floor(time)) * 1000)
  return date.toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`)
}
