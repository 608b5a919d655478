import { TYPE } from '../../dns/constants.ts'
import { typeName } from '../../dns/rdata/registry.ts'

/** Types that metrics tell apart, as CoreDNS does; all others are one. */
const TYPES: readonly number[] = [
  TYPE.A,
  TYPE.NS,
  TYPE.CNAME,
  TYPE.SOA,
  TYPE.PTR,
  TYPE.MX,
  TYPE.TXT,
  TYPE.AAAA,
  TYPE.SRV,
  TYPE.DS,
  TYPE.RRSIG,
  TYPE.NSEC,
  TYPE.DNSKEY,
  TYPE.NSEC3,
  TYPE.SVCB,
  TYPE.HTTPS,
  TYPE.IXFR,
  TYPE.AXFR,
  TYPE.ANY,
]

const columns = new Uint8Array(256)
for (const [i, type] of TYPES.entries()) columns[type] = i + 1

/** Values of the label `type`, by column. */
export const TYPE_NAMES: readonly string[] = ['other', ...TYPES.map(typeName)]

/** The column of a query's type. */
export const typeColumn = (type: number): number => (type < columns.length ? columns[type] : 0)

/** Values of the label `proto`, by column: TLS and HTTPS are TCP. */
export const PROTOS = ['udp', 'tcp'] as const

/** Values of the label `family`, by column: IPv4 and IPv6. */
export const FAMILIES = ['1', '2'] as const

const DOT = 46

/** The column of a client's address: only IPv4 has a dot behind its first number. */
export function familyColumn(address: string): number {
  return address.charCodeAt(1) === DOT || address.charCodeAt(2) === DOT || address.charCodeAt(3) === DOT ? 0 : 1
}
