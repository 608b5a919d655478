import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TlsSettings } from '../../src/capabilities.ts'
import { RCODE, TYPE } from '../../src/dns/constants.ts'
import { EDE } from '../../src/dns/edns.ts'
import { type Message, readMessage, writeQuery } from '../../src/dns/message.ts'
import { nameText, parseName, ROOT } from '../../src/dns/name.ts'
import { RRset } from '../../src/dns/rrset.ts'
import type { Peer, Query } from '../../src/query.ts'
import { DROPPED, Reply } from '../../src/reply.ts'
import { Server } from '../../src/server.ts'

export const A = Uint8Array.of(192, 0, 2, 1)
const SOA_RDATA = Uint8Array.of(
  ...parseName('ns.test.'),
  ...parseName('admin.test.'),
  ...numbers(1, 7200, 3600, 86400, 30),
)

function numbers(...values: number[]): number[] {
  return values.flatMap((value) => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255])
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Queries that were asked, with who asked. */
export const asked: Query[] = []
export const lastPeer = (): Peer => asked.at(-1)!.peer

/** The first label says what to answer; whatever is not listed has the address 192.0.2.1 for 300 s. */
function answer(query: Query): Reply | Promise<Reply> {
  asked.push(query)
  if (asked.length > 100) asked.shift()
  const [label, argument] = nameText(query.name).split('.')[0].split('-')
  const soa = RRset.of(parseName('test.'), TYPE.SOA, 7200, [SOA_RDATA])
  const address = (ttl = 300): RRset => RRset.of(query.name, TYPE.A, ttl, [A])
  switch (label.toLowerCase()) {
    case 'slow':
      return wait(Number(argument)).then(() => new Reply({ answer: [address()] }))
    case 'ttl':
      return new Reply({ answer: [address(3600), address(Number(argument))] })
    case 'never':
      return new Promise(() => {})
    case 'drop':
      return DROPPED
    case 'throw':
      throw new Error('as asked')
    case 'nx':
      return new Reply({ rcode: RCODE.NXDOMAIN, aa: true, authority: [soa] })
    case 'alias':
      return new Reply({ answer: [RRset.of(query.name, TYPE.CNAME, 60, [parseName('nx.test.')])], authority: [soa] })
    case 'nosoa':
      return new Reply({ rcode: RCODE.NXDOMAIN })
    case 'nodata':
      return new Reply({ aa: true, authority: [soa] })
    case 'referral':
      return new Reply({ authority: [RRset.of(query.name, TYPE.NS, 900, [parseName('ns.test.')])] })
    case 'empty':
      return new Reply({})
    case 'refused':
      return new Reply({ rcode: RCODE.REFUSED }).withError(EDE.PROHIBITED, 'not for you')
    case 'servfail':
      return new Reply({ rcode: RCODE.SERVFAIL })
        .withError(EDE.NO_REACHABLE_AUTHORITY, 'all of them')
        .withError(EDE.OTHER, 'sorry')
    case 'big':
      return new Reply({ answer: [RRset.of(query.name, TYPE.TXT, 300, Array.from({ length: 200 }, bigText))] })
    default:
      return new Reply({ answer: [address()], aa: true })
  }
}

function bigText(_: unknown, i: number): Uint8Array {
  return new Uint8Array(251)
    .fill(97 + (i % 26))
    .with(0, 250)
    .with(1, i)
}

/** A real server with one block whose chain is `answer`. */
export function fakeServer(): Server {
  const block = { zones: [ROOT], handler: answer, anyClass: false, views: [], taps: [], udpCap: 65_535, options: [] }
  return new Server([{ ...block, errors: { failed: () => {} } }])
}

/** `www.test A` as a message; id 7 unless given. */
export function ask(text: string, id = 7): Uint8Array {
  const [name, type = 'A'] = text.split(' ')
  return writeQuery({ id, name: parseName(name), type: TYPE[type as keyof typeof TYPE] })
}

/** `NOERROR www.test. 1` for a reply: rcode, name asked and number of answer records. */
export function outcome(wire: Uint8Array | undefined): string | undefined {
  if (!wire) return undefined
  const { rcode, question, answer } = readMessage(wire)
  return `${RCODES[rcode]} ${question ? nameText(question.name) : '-'} ${countRecords(answer)}`
}

const RCODES = Object.fromEntries(Object.entries(RCODE).map(([name, code]) => [code, name]))
const countRecords = (sets: Message['answer']): number => sets.reduce((count, set) => count + set.size, 0)

const pem = (name: string): string => readFileSync(join(import.meta.dirname, 'fixtures', `${name}.pem`), 'utf8')

/** PEM texts of a fixture: certificate and key. */
export const identity = (name: string): { cert: string; key: string } => ({
  cert: pem(`${name}.cert`),
  key: pem(`${name}.key`),
})
export const caCert: string = pem('ca.cert')

export function tlsSettings(change: Partial<TlsSettings> = {}): TlsSettings {
  return { ...identity('server'), clientAuth: 'nocert', ...change }
}
