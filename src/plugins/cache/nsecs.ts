import { RCODE, TYPE } from '../../dns/constants.ts'
import { EDE, extendedError } from '../../dns/edns.ts'
import { compareNames, isWithin, joinNames, labelCount, type Name, sameName } from '../../dns/name.ts'
import { NameTable } from '../../dns/nametable.ts'
import { RRset } from '../../dns/rrset.ts'
import type { Query } from '../../query.ts'
import { Reply } from '../../reply.ts'
import { closestEncloser, covers, hasType, isSilentBelow, type NsecRange, rangeOf } from './nsecrange.ts'

/** Ranges kept for one zone, and zones. The oldest zone gives way. */
const MAX_RANGES = 4096
const MAX_ZONES = 256
/** Where in an RRSIG's data the number of labels and the signer's name stand (RFC 4034 §3.1). */
const LABELS = 3
const SIGNER = 18
const ASTERISK = Uint8Array.of(1, 42)

/** What is proved not to exist in one zone. */
interface ProvedZone {
  readonly zone: Name
  soa: RRset
  soaSignature: RRset
  until: number
  /** In canonical order of their owners. */
  readonly ranges: NsecRange[]
}

/**
 * NSEC records that a validating upstream vouched for, to deny other names in their ranges without asking (RFC 8198).
 * NSEC3 is left out: hashed names give few hits for much work.
 */
export class Nsecs {
  readonly #zones = new NameTable<ProvedZone | undefined>()
  readonly #order: Name[] = []
  /** Longest time that a proof is used. Seconds. */
  readonly #maxTtl: number

  constructor(maxTtl: number) {
    this.#maxTtl = maxTtl
  }

  /** Takes what a reply proves. It must have come from whoever validates, with AD. */
  learn(reply: Reply, now: number): void {
    if (!reply.ad || (reply.rcode !== RCODE.NXDOMAIN && reply.rcode !== RCODE.NOERROR)) return
    const soa = reply.authority.find((set) => set.type === TYPE.SOA)
    const soaSignature = soa && signatureOf(soa, reply.authority, soa.owner)
    if (!soa || !soaSignature) return
    for (const nsec of reply.authority) {
      if (nsec.type !== TYPE.NSEC || !isWithin(nsec.owner, soa.owner)) continue
      const signature = signatureOf(nsec, reply.authority, soa.owner)
      const until = now + 1000 * Math.min(nsec.ttl, soa.ttl, this.#maxTtl)
      const range = signature && rangeOf(nsec, signature, until)
      if (range && !isTiny(range)) insert(this.#zoneOf(soa, soaSignature, until).ranges, range)
    }
  }

  #zoneOf(soa: RRset, soaSignature: RRset, until: number): ProvedZone {
    const known = this.#zones.get(soa.owner)
    if (known) return Object.assign(known, { soa, soaSignature, until })
    if (this.#order.length >= MAX_ZONES) this.#zones.set(this.#order.shift()!, undefined)
    const zone: ProvedZone = { zone: soa.owner, soa, soaSignature, until, ranges: [] }
    this.#zones.set(soa.owner, zone)
    this.#order.push(soa.owner)
    return zone
  }

  /** A denial made from what is known; undefined where that is not enough. */
  deny(query: Query, now: number): Reply | undefined {
    const { name, type } = query
    const proved = this.#zones.longest(name, (zone) => zone !== undefined)
    if (!proved || proved.until <= now || type === TYPE.ANY) return undefined
    // DS at the apex belongs to the zone above (RFC 4035 §3.1.4.1).
    if (type === TYPE.DS && sameName(name, proved.zone)) return undefined
    const range = find(proved.ranges, name, now)
    if (!range || isSilentBelow(range, name)) return undefined
    if (sameName(range.owner, name))
      return isNodata(range, type) ? synthesize(query, proved, [range], 0, now) : undefined
    if (!covers(range, name)) return undefined
    // Only something below the name exists (RFC 4592 §2.2.2).
    if (isWithin(range.next, name)) return synthesize(query, proved, [range], RCODE.NOERROR, now)
    return denyWildcard(query, proved, range, now)
  }
}

/** The name is not there; is there a wildcard that would stand for it (RFC 8198 §5.3)? */
function denyWildcard(query: Query, proved: ProvedZone, range: NsecRange, now: number): Reply | undefined {
  const encloser = closestEncloser(range, query.name)
  if (encloser.length + ASTERISK.length > 255 || !isWithin(encloser, proved.zone)) return undefined
  const wildcard = joinNames(ASTERISK, encloser)
  const other = find(proved.ranges, wildcard, now)
  if (!other || isSilentBelow(other, wildcard)) return undefined
  const ranges = other === range ? [range] : [range, other]
  if (sameName(other.owner, wildcard))
    return isNodata(other, query.type) ? synthesize(query, proved, ranges, RCODE.NOERROR, now) : undefined
  return covers(other, wildcard) ? synthesize(query, proved, ranges, RCODE.NXDOMAIN, now) : undefined
}

/** The owner exists without that type. At a delegation only the DS is this zone's to deny. */
function isNodata(range: NsecRange, type: number): boolean {
  const isCut = hasType(range, TYPE.NS) && !hasType(range, TYPE.SOA)
  if (isCut && type !== TYPE.DS) return false
  return !hasType(range, type) && !hasType(range, TYPE.CNAME)
}

function synthesize(query: Query, proved: ProvedZone, ranges: readonly NsecRange[], rcode: number, now: number): Reply {
  const until = Math.min(proved.until, ...ranges.map((range) => range.until))
  const ttl = Math.max(0, Math.floor((until - now) / 1000))
  const { soa, soaSignature } = proved
  const proof = query.dnssecOk ? [soaSignature, ...ranges.flatMap(({ nsec, signature }) => [nsec, signature])] : []
  return new Reply({
    rcode,
    ra: true,
    ad: true,
    aa: true,
    authority: [soa, ...proof].map((set) => set.withTtl(ttl)),
    options: [extendedError(EDE.SYNTHESIZED)],
  })
}

/** The range whose owner is the name, or comes last before it. */
function find(ranges: readonly NsecRange[], name: Name, now: number): NsecRange | undefined {
  const range = ranges[firstAfter(ranges, name) - 1]
  return range && range.until > now ? range : undefined
}

/** How many ranges have an owner that is the name or comes before it. */
function firstAfter(ranges: readonly NsecRange[], name: Name): number {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareNames(ranges[middle].owner, name) <= 0) low = middle + 1
    else high = middle
  }
  return low
}

function insert(ranges: NsecRange[], range: NsecRange): void {
  if (ranges.length >= MAX_RANGES) ranges.length = 0
  const at = firstAfter(ranges, range.owner)
  if (at > 0 && sameName(ranges[at - 1].owner, range.owner)) ranges[at - 1] = range
  else ranges.splice(at, 0, range)
}

/** Made for one question (RFC 4470, RFC 9824): nobody else will ask in between. */
function isTiny({ owner, next }: NsecRange): boolean {
  return next.length === owner.length + 2 && next[0] === 1 && next[1] === 0 && isWithin(next, owner)
}

/** The signature over a set, made by its zone, and not for a wildcard that was expanded (RFC 8198 §5). */
function signatureOf(set: RRset, sets: readonly RRset[], zone: Name): RRset | undefined {
  const { owner, type } = set
  const labels = labelCount(owner) - (owner[0] === 1 && owner[1] === ASTERISK[1] ? 1 : 0)
  const signs = (rdata: Uint8Array): boolean =>
    ((rdata[0] << 8) | rdata[1]) === type && rdata[LABELS] === labels && isSigner(rdata, zone)
  for (const one of sets) {
    if (one.type !== TYPE.RRSIG || !sameName(one.owner, owner)) continue
    const found = one.rdata().filter(signs)
    if (found.length > 0) return RRset.of(owner, TYPE.RRSIG, one.ttl, found, one.class)
  }
  return undefined
}

function isSigner(rrsig: Uint8Array, zone: Name): boolean {
  const signer = rrsig.subarray(SIGNER, SIGNER + zone.length)
  return signer.length === zone.length && sameName(signer, zone)
}
