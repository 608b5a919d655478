import { parseName } from '../../src/dns/name.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { rcodeName, typeCode } from '../../src/dns/rdata/registry.ts'
import type { RRset } from '../../src/dns/rrset.ts'
import { type Peer, Query } from '../../src/query.ts'
import { Reply } from '../../src/reply.ts'
import { compileZone } from '../../src/zone/compile.ts'
import type { ZoneImage } from '../../src/zone/image.ts'
import { lookup } from '../../src/zone/lookup.ts'
import type { IncludedFile } from '../../src/zone/master.ts'
import type { ZoneView } from '../../src/zone/view.ts'

/** Enough of an apex for any zone. */
export const APEX = '@ 3600 SOA ns hostmaster 1 7200 3600 1209600 300\n@ 3600 NS ns.elsewhere.\n'

export interface Sources {
  readonly origin?: string
  /** What `$INCLUDE` finds. */
  readonly files?: { readonly [path: string]: string }
}

/** Compiles the text of a zone file called `db`. */
export function zoneOf(text: string, { origin = 'example.', files = {} }: Sources = {}): ZoneImage {
  const encoder = new TextEncoder()
  const include = (path: string): IncludedFile => {
    if (!Object.hasOwn(files, path)) throw new Error(`cannot read ${path}: no such file`)
    return { path, bytes: encoder.encode(files[path]) }
  }
  return compileZone(encoder.encode(text), { origin: parseName(origin), file: 'db', include })
}

/** The zone's records as text, in the order of the image. */
export function recordsOf(image: ZoneImage): string[] {
  return [...image.rrsets()].flatMap(recordTexts)
}

/** What is wrong with a zone; '' where nothing is. */
export function faultsOf(text: string, sources?: Sources): string {
  try {
    zoneOf(text, sources)
    return ''
  } catch (error) {
    if ((error as { code?: string }).code === 'ZONE') return (error as Error).message
    throw error
  }
}

const PEER: Peer = { transport: 'udp', address: '192.0.2.7', port: 1, localAddress: '127.0.0.1', localPort: 53 }

/** A query such as `www.example. A`, with DO where `+do` stands behind it. */
export function queryOf(question: string): Query {
  const [name, type, dnssec] = question.split(' ')
  const edns = dnssec === '+do' ? { version: 0, udpSize: 1232, dnssecOk: true, options: [] } : undefined
  return new Query(parseName(name), typeCode(type)!, 1, 1, 0, edns, PEER, 40)
}

/** A reply in words. */
export interface Answer {
  readonly rcode: string
  readonly aa: boolean
  readonly answer: readonly string[]
  readonly authority: readonly string[]
  readonly additional: readonly string[]
}

/** What the zone says to a question. */
export function ask(view: ZoneView, question: string): Answer {
  const outcome = lookup(view, queryOf(question))
  const reply = outcome instanceof Reply ? outcome : outcome.reply
  const texts = (sets: readonly RRset[]): string[] => sets.flatMap(recordTexts)
  return {
    rcode: rcodeName(reply.rcode),
    aa: reply.aa,
    answer: texts(reply.answer),
    authority: texts(reply.authority),
    additional: texts(reply.additional),
  }
}
