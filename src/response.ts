import { OPCODE, RCODE, TYPE } from './dns/constants.ts'
import { u32 } from './dns/header.ts'
import type { RRset } from './dns/rrset.ts'
import type { Query } from './query.ts'
import { DROPPED, type Reply } from './reply.ts'

/** What kind of reply it is, as CoreDNS names the kinds in logs and metadata. */
export type ResponseType =
  | 'NOERROR'
  | 'NXDOMAIN'
  | 'SERVERERROR'
  | 'NODATA'
  | 'DELEGATION'
  | 'META'
  | 'UPDATE'
  | 'OTHERERROR'

/** The coarse kinds that a user can choose from: `log { class denial }`. */
export type ResponseClass = 'success' | 'denial' | 'error'

/** Types a reply. `now` in milliseconds decides which signatures have expired. */
export function typify(query: Query, reply: Reply, now: number = Date.now()): ResponseType {
  if (reply === DROPPED) return 'OTHERERROR'
  if (query.opcode === OPCODE.UPDATE) return 'UPDATE'
  if (query.opcode === OPCODE.NOTIFY || query.type === TYPE.AXFR || query.type === TYPE.IXFR) return 'META'
  // Who asks for signatures must not be told that expired ones are fine.
  if (query.dnssecOk && hasExpired(reply, now)) return 'OTHERERROR'
  switch (reply.rcode) {
    case RCODE.NOERROR:
      return reply.answer.length > 0 ? 'NOERROR' : typifyEmpty(reply.authority)
    case RCODE.NXDOMAIN:
      // The end of a CNAME chain that does not exist (RFC 6604) is no plain denial of the name asked for.
      return reply.answer.length > 0 ? 'OTHERERROR' : 'NXDOMAIN'
    case RCODE.SERVFAIL:
    case RCODE.NOTIMP:
      return 'SERVERERROR'
    default:
      return 'OTHERERROR'
  }
}

/** Which class a type belongs to. */
export function classify(type: ResponseType): ResponseClass {
  switch (type) {
    case 'NOERROR':
    case 'DELEGATION':
      return 'success'
    case 'NXDOMAIN':
    case 'NODATA':
      return 'denial'
    default:
      return 'error'
  }
}

/** RFC 2308 §2.2: an SOA makes it NODATA, NS records without one a referral. */
function typifyEmpty(authority: readonly RRset[]): ResponseType {
  if (authority.some((rrset) => rrset.type === TYPE.SOA)) return 'NODATA'
  return authority.some((rrset) => rrset.type === TYPE.NS) ? 'DELEGATION' : 'NOERROR'
}

function hasExpired(reply: Reply, now: number): boolean {
  const seconds = Math.floor(now / 1000)
  const expired = (rrset: RRset): boolean =>
    rrset.type === TYPE.RRSIG && rrset.rdata().some((r) => !isValid(r, seconds))
  return reply.answer.some(expired) || reply.authority.some(expired) || reply.additional.some(expired)
}

/** Is the time inside a signature's validity period? Times compare by serial arithmetic (RFC 4034 §3.1.5). */
function isValid(rrsig: Uint8Array, seconds: number): boolean {
  const untilExpiration = (u32(rrsig, 8) - seconds) | 0
  const sinceInception = (seconds - u32(rrsig, 12)) | 0
  return untilExpiration >= 0 && sinceInception >= 0
}
