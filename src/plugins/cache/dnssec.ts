import { TYPE } from '../../dns/constants.ts'
import type { RRset } from '../../dns/rrset.ts'
import type { Query } from '../../query.ts'
import type { Reply } from '../../reply.ts'

/** The query as one that wants signatures and proofs, and takes an answer of any size. */
export function withDnssec(query: Query, udpSize: number): Query {
  return query.with({ edns: { version: 0, dnssecOk: true, options: query.edns?.options ?? [], udpSize } })
}

/** The reply for who did not ask for signatures and proofs (RFC 4035 §3.2.1). */
export function withoutDnssec(reply: Reply, type: number): Reply {
  const isWanted = (set: RRset): boolean =>
    set.type === type || (set.type !== TYPE.RRSIG && set.type !== TYPE.NSEC && set.type !== TYPE.NSEC3)
  const wanted = (sets: readonly RRset[]) => (sets.every(isWanted) ? sets : sets.filter(isWanted))
  const { answer, authority, additional } = reply
  return reply.with({ answer: wanted(answer), authority: wanted(authority), additional: wanted(additional) })
}
