import { RCODE, TYPE } from '../../dns/constants.ts'
import { EDE, extendedError } from '../../dns/edns.ts'
import { isWithin, labelCount, type Name, parentOf, sameName } from '../../dns/name.ts'
import { NameTable } from '../../dns/nametable.ts'
import { RRset } from '../../dns/rrset.ts'
import type { Query } from '../../query.ts'
import { Reply } from '../../reply.ts'
import { soaMinimum } from './classify.ts'
import { Nsec3Ranges, range3Of } from './nsec3range.ts'
import { NsecRanges, rangeOf } from './nsecrange.ts'
import type { Denial } from './proof.ts'

/** Zones kept; the oldest gives way. */
const MAX_ZONES = 256
const MAX_NAMES = 4 * MAX_ZONES
/** Where in an RRSIG's data the number of labels and the signer's name stand (RFC 4034 §3.1). */
const LABELS = 3
const SIGNER = 18
const ASTERISK = 42

/** What is proved not to exist in one zone. */
interface ProvedZone {
  readonly zone: Name
  soa: RRset
  soaSignature: RRset
  until: number
  readonly ranges: NsecRanges
  hashed: Nsec3Ranges | undefined
}

/** NSEC and NSEC3 records that a validating upstream vouched for, to deny other names in their ranges without asking (RFC 8198). */
export class Nsecs {
  #zones = new NameTable<ProvedZone | undefined>()
  readonly #order: Name[] = []
  /** Longest time that a proof is used. Seconds. */
  readonly #maxTtl: number
  readonly #maxOctets: number
  /** What all proofs take, about. */
  octets = 0

  constructor(maxTtl: number, maxOctets: number) {
    this.#maxTtl = maxTtl
    this.#maxOctets = maxOctets
  }

  /** Takes what a reply proves. It must have come from whoever validates, with AD. */
  learn(reply: Reply, now: number): void {
    if (!reply.ad || (reply.rcode !== RCODE.NXDOMAIN && reply.rcode !== RCODE.NOERROR)) return
    const soa = reply.authority.find((set) => set.type === TYPE.SOA)
    const soaSignature = soa && signatureOf(soa, reply.authority, soa.owner)
    if (!soa || !soaSignature) return
    for (const nsec of reply.authority) {
      if (nsec.type !== TYPE.NSEC && nsec.type !== TYPE.NSEC3) continue
      const signature = signatureOf(nsec, reply.authority, soa.owner)
      // No longer than a denial that came by itself (RFC 9077 §3.3).
      const until = now + 1000 * Math.min(nsec.ttl, soa.ttl, soaMinimum(soa), this.#maxTtl)
      if (signature && nsec.type === TYPE.NSEC) this.#learnNsec(soa, soaSignature, nsec, signature, until)
      else if (signature) this.#learnNsec3(soa, soaSignature, nsec, signature, until)
    }
  }

  #learnNsec(soa: RRset, soaSignature: RRset, nsec: RRset, signature: RRset, until: number): void {
    const range = isWithin(nsec.owner, soa.owner) ? rangeOf(nsec, signature, until) : undefined
    if (!range) return
    const zone = this.#zoneOf(soa, soaSignature, until)
    this.#change(zone, () => zone.ranges.insert(range))
  }

  #learnNsec3(soa: RRset, soaSignature: RRset, nsec: RRset, signature: RRset, until: number): void {
    const range = sameName(parentOf(nsec.owner), soa.owner) ? range3Of(nsec, signature, until) : undefined
    if (!range) return
    const zone = this.#zoneOf(soa, soaSignature, until)
    this.#change(zone, () => {
      if (!zone.hashed?.isHashedBy(range.parameters)) zone.hashed = new Nsec3Ranges(zone.zone, range.parameters)
      zone.hashed.insert(range)
    })
  }

  /** Does something to a zone's proofs, and lets the oldest zones go where all take too much. */
  #change(zone: ProvedZone, change: () => void): void {
    const before = octetsOf(zone)
    change()
    this.octets += octetsOf(zone) - before
    while (this.octets > this.#maxOctets) this.#forgetOldest()
  }

  #forgetOldest(): void {
    const oldest = this.#order.shift()!
    this.octets -= octetsOf(this.#zones.get(oldest)!)
    this.#zones.set(oldest, undefined)
    // The table remembers names for ever.
    if (this.#zones.size >= MAX_NAMES) this.#zones = this.#living()
  }

  #living(): NameTable<ProvedZone | undefined> {
    const zones = new NameTable<ProvedZone | undefined>()
    for (const zone of this.#order) zones.set(zone, this.#zones.get(zone))
    return zones
  }

  /** Names of zones that are remembered, also of those gone. */
  get names(): number {
    return this.#zones.size
  }

  #zoneOf(soa: RRset, soaSignature: RRset, until: number): ProvedZone {
    const known = this.#zones.get(soa.owner)
    if (known) return Object.assign(known, { soa, soaSignature, until })
    if (this.#order.length >= MAX_ZONES) this.#forgetOldest()
    const zone = soa.owner
    const proved = { zone, soa, soaSignature, until, ranges: new NsecRanges(zone), hashed: undefined }
    this.#zones.set(zone, proved)
    this.#order.push(zone)
    return proved
  }

  /** A denial made from what is known; undefined where that is not enough. */
  deny(query: Query, now: number): Reply | undefined {
    const { name, type } = query
    const proved = this.#zones.longest(name, (zone) => zone !== undefined)
    if (!proved || proved.until <= now || type === TYPE.ANY) return undefined
    // DS at the apex belongs to the zone above (RFC 4035 §3.1.4.1).
    if (type === TYPE.DS && sameName(name, proved.zone)) return undefined
    const denial = proved.ranges.deny(name, type, now) ?? proved.hashed?.deny(name, type, now)
    return denial && synthesize(query, proved, denial, now)
  }
}

const octetsOf = ({ ranges, hashed }: ProvedZone): number => ranges.octets + (hashed?.octets ?? 0)

function synthesize(query: Query, proved: ProvedZone, { rcode, proofs }: Denial, now: number): Reply {
  const until = Math.min(proved.until, ...proofs.map((proof) => proof.until))
  const ttl = Math.max(0, Math.floor((until - now) / 1000))
  const { soa, soaSignature } = proved
  const proof = query.dnssecOk ? [soaSignature, ...proofs.flatMap(({ nsec, signature }) => [nsec, signature])] : []
  return new Reply({
    rcode,
    ra: true,
    ad: true,
    aa: true,
    authority: [soa, ...proof].map((set) => set.withTtl(ttl)),
    options: [extendedError(EDE.SYNTHESIZED)],
  })
}

/** The signature over a set, made by its zone, and not for a wildcard that was expanded (RFC 8198 §5). */
function signatureOf(set: RRset, sets: readonly RRset[], zone: Name): RRset | undefined {
  const { owner, type } = set
  const labels = labelCount(owner) - (owner[0] === 1 && owner[1] === ASTERISK ? 1 : 0)
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
