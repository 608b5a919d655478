import { CLASS, RCODE, TYPE } from '../../dns/constants.ts'
import { type Name, sameName } from '../../dns/name.ts'
import type { RRset } from '../../dns/rrset.ts'
import type { Query } from '../../query.ts'
import type { Reply } from '../../reply.ts'
import { typify } from '../../response.ts'

/** In which half of the cache a reply belongs, and for how long by what it says itself. Seconds. */
export interface Verdict {
  readonly half: 'success' | 'denial' | 'failure'
  readonly ttl: number
  /** An answer to the question, nothing less. */
  readonly answering: boolean
}

/** For replies that say nothing of it. */
const SHORT_TTL = 5
const NO_TTL = 0xffff_ffff

/** Undefined: the reply must not be kept. */
export function classify(query: Query, reply: Reply): Verdict | undefined {
  if (reply.tc) return undefined
  const soa = reply.authority.find((set) => set.type === TYPE.SOA)
  switch (typify(query, reply)) {
    case 'NOERROR':
      return classifyAnswer(query, reply, soa)
    case 'NODATA':
      return denial(reply, soa!)
    case 'NXDOMAIN':
      // Without an SOA nothing says for how long (RFC 2308 §5).
      return soa && denial(reply, soa)
    case 'OTHERERROR':
      return soa && endsInNothing(query, reply) ? denial(reply, soa) : undefined
    case 'DELEGATION':
      return query.recursionDesired ? { half: 'success', ttl: SHORT_TTL, answering: false } : undefined
    case 'SERVERERROR':
      return { half: 'failure', ttl: SHORT_TTL, answering: false }
    default:
      return undefined
  }
}

function classifyAnswer(query: Query, reply: Reply, soa: RRset | undefined): Verdict | undefined {
  if (reply.answer.length === 0) {
    // Some plugins answer in the additional section (whoami).
    const hasMore = reply.authority.length + reply.additional.length > 0
    return { half: 'success', ttl: hasMore ? lowestTtl(reply) : SHORT_TTL, answering: false }
  }
  if (answersQuestion(query, reply)) return { half: 'success', ttl: lowestTtl(reply), answering: true }
  // A chain of aliases that leads to nothing: NODATA with an SOA (RFC 2308 §2.2), otherwise a fragment.
  return soa && denial(reply, soa)
}

/** RFC 2308 §5: the lower of the SOA's TTL and its MINIMUM. */
function denial(reply: Reply, soa: RRset): Verdict {
  return { half: 'denial', ttl: Math.min(lowestTtl(reply), soaMinimum(soa)), answering: false }
}

/** An alias whose target does not exist (RFC 6604 §3), which typify does not tell from other errors. */
function endsInNothing(query: Query, reply: Reply): boolean {
  if (reply.rcode !== RCODE.NXDOMAIN || reply.answer.length === 0) return false
  return typify(query, reply.with({ rcode: RCODE.NOERROR })) === 'NOERROR' && aliasEnd(query, reply) !== undefined
}

/** The MINIMUM field of an SOA record: seconds. */
export function soaMinimum({ data, end }: RRset): number {
  return ((data[end - 4] << 24) | (data[end - 3] << 16) | (data[end - 2] << 8) | data[end - 1]) >>> 0
}

function lowestTtl({ answer, authority, additional }: Reply): number {
  let lowest = NO_TTL
  for (const set of answer) lowest = Math.min(lowest, set.ttl)
  for (const set of authority) lowest = Math.min(lowest, set.ttl)
  for (const set of additional) lowest = Math.min(lowest, set.ttl)
  return lowest
}

/** Is there a record of the type asked for, at the name asked for or where its aliases end? */
export function answersQuestion(query: Query, reply: Reply): boolean {
  if (reply.rcode !== RCODE.NOERROR || reply.answer.length === 0) return false
  const { name, type } = query
  const at = (owner: Name, rrtype: number): boolean =>
    reply.answer.some((set) => (rrtype === TYPE.ANY || set.type === rrtype) && isAt(set, owner, query.class))
  // The usual case first.
  const first = reply.answer[0]
  if (reply.answer.length === 1 && first.type === type && type !== TYPE.CNAME) return isAt(first, name, query.class)
  if (type === TYPE.ANY) return at(name, TYPE.ANY)
  if (type === TYPE.CNAME) return target(reply, name, query.class) instanceof Uint8Array
  const end = aliasEnd(query, reply)
  return end !== undefined && at(end, type)
}

/** Follows aliases from the name asked for. Undefined where they loop, or where one name has two targets (RFC 2181 §10.1). */
function aliasEnd(query: Query, reply: Reply): Name | undefined {
  let name = query.name
  // A chain cannot be longer than there are sets, unless it loops.
  for (let steps = 0; steps <= reply.answer.length; steps++) {
    const next = target(reply, name, query.class)
    if (next === 'none') return name
    if (next === 'several') return undefined
    name = next
  }
  return undefined
}

function target(reply: Reply, owner: Name, rclass: number): Name | 'none' | 'several' {
  let found: Name | undefined
  for (const set of reply.answer) {
    if (set.type !== TYPE.CNAME || !isAt(set, owner, rclass)) continue
    for (const name of set.rdata()) {
      if (found && !sameName(found, name)) return 'several'
      found = name
    }
  }
  return found ?? 'none'
}

function isAt(set: RRset, owner: Name, rclass: number): boolean {
  return (rclass === CLASS.ANY || set.class === rclass) && sameName(set.owner, owner)
}
