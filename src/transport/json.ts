import { addressText } from '../address.ts'
import { EDE, type EdnsOption, OPTION, readExtendedError } from '../dns/edns.ts'
import { nameText } from '../dns/name.ts'
import { rdataText } from '../dns/rdata/registry.ts'
import type { RRset } from '../dns/rrset.ts'
import type { Query } from '../query.ts'
import type { Reply } from '../reply.ts'

/** Google has one text in `Comment`, Cloudflare a list of them; the rest is the same. */
export type JsonDialect = 'google' | 'cloudflare'

interface JsonRecord {
  readonly name: string
  readonly type: number
  readonly TTL: number
  readonly data: string
}

/** A reply as Google's and Cloudflare's JSON APIs show it; empty sections are left out. */
export function jsonReply(query: Query, reply: Reply, dialect: JsonDialect): Record<string, unknown> {
  const comments = reply.options.flatMap(comment)
  return {
    Status: reply.rcode,
    TC: reply.tc,
    RD: query.recursionDesired,
    RA: reply.ra,
    AD: reply.ad,
    CD: query.checkingDisabled,
    Question: [{ name: nameText(query.name), type: query.type }],
    Answer: records(reply.answer),
    Authority: records(reply.authority),
    Additional: records(reply.additional),
    edns_client_subnet: clientSubnet(query, reply),
    Comment: comments.length === 0 ? undefined : dialect === 'google' ? comments.join('; ') : comments,
  }
}

function records(sets: readonly RRset[]): JsonRecord[] | undefined {
  if (sets.length === 0) return undefined
  return sets.flatMap((set) => {
    const { type, ttl } = set
    const name = nameText(set.owner)
    return set.rdata().map((rdata) => ({ name, type, TTL: ttl, data: rdataText(type, rdata) }))
  })
}

/** `EDE(22): No Reachable Authority (…)` */
function comment(option: EdnsOption): string[] {
  const error = readExtendedError(option)
  if (!error) return []
  const name = EDE_NAMES.get(error.code)
  const text = name && error.text ? `${name} (${error.text})` : (name ?? error.text)
  return [text ? `EDE(${error.code}): ${text}` : `EDE(${error.code})`]
}

/** `NO_REACHABLE_AUTHORITY` in IANA's spelling: `No Reachable Authority`. */
const EDE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(EDE).map(([name, code]) => [code, name.split('_').map(capitalized).join(' ')]),
)

function capitalized(word: string): string {
  return word.slice(0, 1) + word.slice(1).toLowerCase()
}

/** Where the client named a subnet: it, and the prefix for which the answer holds (RFC 7871 §7.2.1), 0 where it is for all. */
function clientSubnet(query: Query, reply: Reply): string | undefined {
  const asked = query.option(OPTION.ECS)
  if (!asked) return undefined
  const answered = reply.options.find(({ code, data }) => code === OPTION.ECS && data.length >= 4)
  const { data } = answered ?? asked
  const address = new Uint8Array(data[1] === 1 ? 4 : 16)
  address.set(data.subarray(4, 4 + address.length))
  return `${addressText(address)}/${answered ? data[3] : 0}`
}
