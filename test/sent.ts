import { FLAG, TYPE } from '../src/dns/constants.ts'
import type { Edns, EdnsOption } from '../src/dns/edns.ts'
import { type Message, readMessage } from '../src/dns/message.ts'
import { parseName } from '../src/dns/name.ts'
import { parseRecords, recordTexts } from '../src/dns/presentation.ts'
import { RRset } from '../src/dns/rrset.ts'
import { encodeReply } from '../src/encode.ts'
import { type Peer, Query, type Transport } from '../src/query.ts'
import { Reply, type ReplyParts } from '../src/reply.ts'

/** Replies as they are sent, in words. */

export const NO_CAP = 65_535
const PEER: Omit<Peer, 'transport'> = { address: '192.0.2.7', port: 4711, localAddress: '127.0.0.1', localPort: 53 }

export interface Asked {
  name?: string
  type?: number
  flags?: number
  transport?: Transport
  edns?: Partial<Edns>
}

export function query({
  name = 'www.example.org.',
  type = TYPE.A,
  flags = FLAG.RD,
  transport = 'udp',
  edns,
}: Asked): Query {
  const full = edns && { version: 0, udpSize: 512, dnssecOk: false, options: [], ...edns }
  return new Query(parseName(name), type, 1, 0x1234, flags, full, { ...PEER, transport }, 33)
}

export interface Sent {
  readonly message: Message
  readonly size: number
  readonly flags: string
  readonly answer: readonly string[]
  readonly authority: readonly string[]
  readonly additional: readonly string[]
}

export function send(asked: Asked, parts: ReplyParts, cap = NO_CAP, extra: readonly EdnsOption[] = []): Sent {
  const wire = encodeReply(query(asked), new Reply(parts), cap, extra)
  const message = readMessage(wire)
  const texts = (sets: readonly RRset[]): string[] => sets.flatMap(recordTexts)
  const { answer, authority, additional } = message
  const all = { answer: texts(answer), authority: texts(authority), additional: texts(additional) }
  return { message, size: wire.length, flags: flagsText(message.flags), ...all }
}

const NAMES = ['AA', 'TC', 'RD', 'RA', 'AD', 'CD'] as const
const flagsText = (flags: number): string =>
  NAMES.filter((name) => flags & FLAG[name])
    .join(' ')
    .toLowerCase()

export const records = (text: string): RRset[] => parseRecords(text)
export const filler = (owner: string, octets: number): RRset =>
  RRset.of(parseName(owner), 65_280, 60, [new Uint8Array(octets)])
export const addresses = (owner: string, count: number): RRset =>
  RRset.of(
    parseName(owner),
    TYPE.A,
    60,
    Array.from({ length: count }, (_, i) => Uint8Array.of(10, i >> 16, i >> 8, i)),
  )

/** Header and the question for www.example.org. */
export const QUESTION: number = 12 + 21
/** An OPT record without options. */
export const OPT = 11
