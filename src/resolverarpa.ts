import { RCODE, TYPE } from './dns/constants.ts'
import { isWithin, type Name, parseName, sameName } from './dns/name.ts'
import { parseRecord } from './dns/presentation.ts'
import type { RRset } from './dns/rrset.ts'
import type { Query } from './query.ts'
import type { Reply } from './reply.ts'

/** The zone that every resolver answers on its own (RFC 9462 §6.4), and never asks others for (§6.1). */
export const RESOLVER_ARPA: Name = parseName('resolver.arpa.')

/** What an empty zone has at its apex (RFC 6303 §3). */
const SOA = parseRecord('resolver.arpa. 10800 IN SOA resolver.arpa. nobody.invalid. 1 3600 1200 604800 10800')
const NS = parseRecord('resolver.arpa. 10800 IN NS resolver.arpa.')

export const isResolverArpa = (name: Name): boolean => isWithin(name, RESOLVER_ARPA)

/** The reply for a name in resolver.arpa that nothing is known of: NODATA, whatever the name (RFC 9462 §6.4). */
export function emptyReply(query: Query): Reply {
  const answer = apexSet(query)
  const authority = answer ? [] : [SOA]
  return query.reply({ rcode: RCODE.NOERROR, aa: true, ra: true, answer: answer ? [answer] : [], authority })
}

function apexSet({ name, type }: Query): RRset | undefined {
  if (!sameName(name, RESOLVER_ARPA)) return undefined
  return [SOA, NS].find((rrset) => rrset.type === type || type === TYPE.ANY)
}
