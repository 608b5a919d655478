import { FLAG } from '../dns/constants.ts'
import type { Edns } from '../dns/edns.ts'
import { type Message, readMessage } from '../dns/message.ts'
import { recordTexts } from '../dns/presentation.ts'
import { rcodeName } from '../dns/rdata/registry.ts'
import type { Query } from '../query.ts'
import type { Reply } from '../reply.ts'
import { countOf, flagsText, optionText, SECTIONS } from './words.ts'

/** A message in words; records in presentation form, in the order sent. */
export interface MessageText {
  readonly rcode: string
  /** `qr aa rd` */
  readonly flags: string
  readonly answer: readonly string[]
  readonly authority: readonly string[]
  /** Without the OPT record. */
  readonly additional: readonly string[]
  /** Undefined where there is no OPT record. */
  readonly opt: OptText | undefined
  /** Octets. */
  readonly size: number
}

export interface OptText {
  readonly size: number
  readonly do: boolean
  readonly options: readonly string[]
}

export const optText = ({ udpSize, dnssecOk, options }: Edns): OptText => ({
  size: udpSize,
  do: dnssecOk,
  options: options.map(optionText),
})

export function messageText(wire: Uint8Array): MessageText {
  const { rcode, flags, answer, authority, additional, edns } = readMessage(wire)
  return {
    rcode: rcodeName(rcode),
    flags: flagsText(flags),
    answer: answer.flatMap(recordTexts),
    authority: authority.flatMap(recordTexts),
    additional: additional.flatMap(recordTexts),
    opt: edns && optText(edns),
    size: wire.length,
  }
}

/** What the server made of the chain's reply when it wrote the message, a change a line. */
export function finishing(query: Query, reply: Reply, wire: Uint8Array): string[] {
  const message = readMessage(wire)
  return [
    ...rcodeChange(reply, message),
    ...leftOut(reply, message),
    ...flagChange(query, reply, message),
    ...optChanges(reply, message),
  ]
}

function rcodeChange(reply: Reply, message: Message): string[] {
  if (reply.rcode === message.rcode) return []
  return [`rcode: ${rcodeName(reply.rcode)} → ${rcodeName(message.rcode)}, as the reply cannot be written otherwise`]
}

function leftOut(reply: Reply, message: Message): string[] {
  const isCut = (message.flags & FLAG.TC) !== 0 && !reply.tc
  const lines = SECTIONS.flatMap((section) => {
    const [made, sent] = [countOf(reply[section]), countOf(message[section])]
    return made > sent ? [`${section}: left out ${made - sent} of ${made} records, for which there is no room`] : []
  })
  if (reply.following) lines.push(isCut ? 'flags: +tc, as only the first message can be sent' : 'more messages follow')
  else if (isCut) lines.push('flags: +tc')
  return lines
}

function flagChange(query: Query, reply: Reply, message: Message): string[] {
  // AD only for those who can tell what it means (RFC 6840 §5.8).
  const isAdLost = reply.ad && (message.flags & FLAG.AD) === 0
  return isAdLost && !query.dnssecOk ? ['flags: -ad, as the client set neither AD nor DO'] : []
}

function optChanges(reply: Reply, { edns }: Message): string[] {
  if (!edns)
    return reply.options.length > 0
      ? [`OPT record: none, as the client sent none: ${texts(reply.options)} left out`]
      : []
  const added = edns.options.filter((option) => !reply.options.some(({ code }) => code === option.code))
  const lost = reply.options.filter((option) => !edns.options.some(({ code }) => code === option.code))
  return [
    `OPT record: size ${edns.udpSize}${edns.dnssecOk ? ', do' : ''}`,
    ...added.map((option) => `OPT: + ${optionText(option)}`),
    ...lost.map((option) => `OPT: - ${optionText(option)}, for which there is no room`),
  ]
}

const texts = (options: Reply['options']): string => options.map(optionText).join(', ')
