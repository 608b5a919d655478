import { RCODE, TYPE } from '../dns/constants.ts'
import { u32 } from '../dns/header.ts'
import type { RRset } from '../dns/rrset.ts'
import type { Reply } from '../reply.ts'

const NO_STORE = 'no-store'

/**
 * `cache-control` for a DNS reply (RFC 8484 §5.1): as long as the answer section's smallest TTL, or as a negative answer
 * is fresh. Errors, and replies that say nothing of how long they hold, are not stored.
 */
export function cacheControl(reply: Reply | undefined): string {
  if (!reply || (reply.rcode !== RCODE.NOERROR && reply.rcode !== RCODE.NXDOMAIN)) return NO_STORE
  const { answer, authority, additional } = reply
  const soa = authority.find((rrset) => rrset.type === TYPE.SOA)
  const negative = soa ? negativeTtl(soa) : Number.POSITIVE_INFINITY
  let seconds = Math.min(smallestTtl(answer), negative)
  // A referral holds as long as its NS records. A denial without SOA is not to be cached (RFC 2308 §5).
  if (seconds === Number.POSITIVE_INFINITY && reply.rcode === RCODE.NOERROR)
    seconds = Math.min(smallestTtl(authority), smallestTtl(additional))
  return seconds === Number.POSITIVE_INFINITY ? NO_STORE : `max-age=${seconds}`
}

function smallestTtl(sets: readonly RRset[]): number {
  let ttl = Number.POSITIVE_INFINITY
  for (const set of sets) if (set.ttl < ttl) ttl = set.ttl
  return ttl
}

/** RFC 2308 §5: the smaller of the SOA record's TTL and its MINIMUM field, which is the RDATA's last. */
function negativeTtl({ ttl, data, end }: RRset): number {
  return Math.min(ttl, u32(data, end - 4))
}
