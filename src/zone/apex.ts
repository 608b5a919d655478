import { TYPE } from '../dns/constants.ts'
import type { RRset } from '../dns/rrset.ts'
import { recur } from '../sections.ts'
import type { ZoneView } from './view.ts'

const NOTHING: readonly RRset[] = []

/** The sets of the apex that most answers carry, ready for their authority sections. */
export class Apex {
  /** The name servers. */
  readonly ns: readonly RRset[]
  readonly nsSigned: readonly RRset[]
  /** The SOA record as negative answers have it: with the smaller of its TTL and its MINIMUM (RFC 2308 §3). */
  readonly negative: readonly RRset[]
  readonly negativeSigned: readonly RRset[]

  constructor(view: ZoneView) {
    const { apex, origin } = view
    const ns = view.rrset(apex, TYPE.NS, origin)
    this.ns = recur(ns ? [ns] : NOTHING)
    this.nsSigned = recur(withSignatures(this.ns, view.signatures(apex, TYPE.NS, origin)))
    const soa = view.rrset(apex, TYPE.SOA, origin)
    const ttl = soa ? Math.min(soa.ttl, minimumOf(soa)) : 0
    this.negative = recur(soa ? [soa.withTtl(ttl)] : NOTHING)
    this.negativeSigned = recur(withSignatures(this.negative, view.signatures(apex, TYPE.SOA, origin)?.withTtl(ttl)))
  }
}

function withSignatures(sets: readonly RRset[], signatures: RRset | undefined): readonly RRset[] {
  return signatures && sets.length > 0 ? [...sets, signatures] : sets
}

/** MINIMUM, the last of the SOA's numbers (RFC 1035 §3.3.13). */
function minimumOf(soa: RRset): number {
  const { data, end } = soa
  return ((data[end - 4] << 24) | (data[end - 3] << 16) | (data[end - 2] << 8) | data[end - 1]) >>> 0
}
