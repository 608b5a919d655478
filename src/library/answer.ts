import { FLAG, OPCODE } from '../dns/constants.ts'
import { type EdnsOption, readExtendedError } from '../dns/edns.ts'
import { type Message, readMessage, writeQuery } from '../dns/message.ts'
import { parseName } from '../dns/name.ts'
import { recordTexts } from '../dns/presentation.ts'
import { classCode, rcodeName, typeCode } from '../dns/rdata/registry.ts'
import type { RRset } from '../dns/rrset.ts'
import type { Peer } from '../query.ts'

/** How a question is asked; over UDP, with RD and without EDNS where nothing is said. */
export interface AskOptions {
  /** DO: the client wants DNSSEC records. Brings an OPT record, as the next two do. */
  readonly do?: boolean
  /** The UDP size announced. Octets; 1232 where left out. */
  readonly bufsize?: number
  /** EDNS options of the query. */
  readonly options?: readonly EdnsOption[]
  readonly rd?: boolean
  readonly ad?: boolean
  readonly cd?: boolean
  readonly opcode?: keyof typeof OPCODE
  readonly id?: number
  /** Who asks; 192.0.2.7, port 4711, of 127.0.0.1 where nothing is said. */
  readonly peer?: Partial<Peer>
  /** Which of several listeners is asked; the first where left out. */
  readonly port?: number
}

/** A reply in words. Records are in presentation form, sections in the order sent. */
export interface Answer {
  /** `NOERROR`, `NXDOMAIN` … */
  readonly rcode: string
  /** `aa rd`, without qr. */
  readonly flags: string
  /** `www.example.org. 300 IN A 192.0.2.1` */
  readonly answer: readonly string[]
  readonly authority: readonly string[]
  /** Without the OPT record. */
  readonly additional: readonly string[]
  /** Extended errors (RFC 8914): `15 Blocked`. */
  readonly errors: readonly string[]
  readonly message: Message
  readonly wire: Uint8Array
}

/** The message that asks `www.example.org A`, or `version.bind TXT CH`. Throws Error where that is no question. */
export function queryOf(question: string, how: AskOptions): Uint8Array {
  const [name, type = 'A', rclass = 'IN'] = question.split(' ')
  const hasEdns = how.do !== undefined || how.bufsize !== undefined || how.options !== undefined
  const bits = [how.rd !== false && FLAG.RD, how.ad && FLAG.AD, how.cd && FLAG.CD, OPCODE[how.opcode ?? 'QUERY'] << 11]
  return writeQuery({
    id: how.id ?? 29,
    name: parseName(name),
    type: typeCode(type) ?? unknown('type', type),
    class: classCode(rclass) ?? unknown('class', rclass),
    flags: bits.reduce<number>((flags, bit) => flags | Number(bit), 0),
    ...(hasEdns && {
      edns: { version: 0, udpSize: how.bufsize ?? 1232, dnssecOk: how.do ?? false, options: how.options ?? [] },
    }),
  })
}

function unknown(what: string, word: string): never {
  throw new Error(`a question is NAME [TYPE [CLASS]]: there is no ${what} "${word}"`)
}

/** A message in words. */
export function answerOf(wire: Uint8Array): Answer {
  const message = readMessage(wire)
  const texts = (sets: readonly RRset[]): string[] => sets.flatMap(recordTexts)
  const flags = (['AA', 'TC', 'RD', 'RA', 'AD', 'CD'] as const).filter((flag) => message.flags & FLAG[flag])
  const errors = (message.edns?.options ?? []).map(readExtendedError).filter((error) => error !== undefined)
  return {
    rcode: rcodeName(message.rcode),
    flags: flags.join(' ').toLowerCase(),
    answer: texts(message.answer),
    authority: texts(message.authority),
    additional: texts(message.additional),
    errors: errors.map(({ code, text }) => `${code} ${text}`.trim()),
    message,
    wire,
  }
}
