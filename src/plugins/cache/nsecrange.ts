import { RCODE } from '../../dns/constants.ts'
import { compareNames, isWithin, joinNames, type Name, parentOf, sameName } from '../../dns/name.ts'
import type { RRset } from '../../dns/rrset.ts'
import { type Denial, endsHere, isNodata, type Proof, SortedProofs } from './proof.ts'

/** An NSEC record: the names between `owner` and `next` do not exist (RFC 4034 §4.1). */
export interface NsecRange extends Proof {
  readonly owner: Name
  readonly next: Name
}

const ASTERISK = Uint8Array.of(1, 42)

/** `name` as the wildcard below it; undefined where that would be too long. */
export const wildcardBelow = (name: Name): Name | undefined =>
  name.length + ASTERISK.length <= 255 ? joinNames(ASTERISK, name) : undefined

/** Reads an NSEC record; undefined where it is broken, or made for one question (RFC 4470, RFC 9824). */
export function rangeOf(nsec: RRset, signature: RRset, until: number): NsecRange | undefined {
  const rdata = nsec.rdata()[0]
  let end = 0
  while (end < rdata.length && rdata[end] !== 0) end += rdata[end] + 1
  if (end >= rdata.length) return undefined
  const { owner } = nsec
  const next = rdata.slice(0, end + 1)
  return isTiny(owner, next) ? undefined : { owner, next, bitmap: rdata.slice(end + 1), nsec, signature, until }
}

/** Nobody else will ask in between. */
const isTiny = (owner: Name, next: Name): boolean =>
  next.length === owner.length + 2 && next[0] === 1 && next[1] === 0 && isWithin(next, owner)

/** The NSEC records of one zone. */
export class NsecRanges {
  readonly #zone: Name
  readonly #ranges = new SortedProofs<NsecRange, Name>(({ owner }) => owner, compareNames)

  constructor(zone: Name) {
    this.#zone = zone
  }

  get octets(): number {
    return this.#ranges.octets
  }

  insert(range: NsecRange): void {
    this.#ranges.insert(range)
  }

  /** What is known of a name and type; undefined where that is not enough. */
  deny(name: Name, type: number, now: number): Denial | undefined {
    const range = this.#ranges.find(name, now)
    if (!range || isSilentBelow(range, name)) return undefined
    if (sameName(range.owner, name))
      return isNodata(range, type) ? { rcode: RCODE.NOERROR, proofs: [range] } : undefined
    if (!covers(range, name)) return undefined
    // Only something below the name exists (RFC 4592 §2.2.2).
    if (isWithin(range.next, name)) return { rcode: RCODE.NOERROR, proofs: [range] }
    return this.#denyWildcard(name, type, range, now)
  }

  /** The name is not there; is there a wildcard that would stand for it (RFC 8198 §5.3)? */
  #denyWildcard(name: Name, type: number, range: NsecRange, now: number): Denial | undefined {
    const encloser = closestEncloser(range, name)
    const wildcard = isWithin(encloser, this.#zone) ? wildcardBelow(encloser) : undefined
    const other = wildcard && this.#ranges.find(wildcard, now)
    if (!wildcard || !other || isSilentBelow(other, wildcard)) return undefined
    const proofs = other === range ? [range] : [range, other]
    if (sameName(other.owner, wildcard)) return isNodata(other, type) ? { rcode: RCODE.NOERROR, proofs } : undefined
    if (!covers(other, wildcard)) return undefined
    // What exists below the wildcard makes it exist, too, and stand for the name with nothing (RFC 4592 §2.2.2).
    return { rcode: isWithin(other.next, wildcard) ? RCODE.NOERROR : RCODE.NXDOMAIN, proofs }
  }
}

/** Does `name` lie strictly between the two? The last range of a zone leads back to the apex. */
function covers({ owner, next }: NsecRange, name: Name): boolean {
  if (compareNames(owner, name) >= 0) return false
  return compareNames(name, next) < 0 || compareNames(next, owner) <= 0
}

/** Names below the owner that the range says nothing of. */
function isSilentBelow(range: NsecRange, name: Name): boolean {
  return endsHere(range) && isWithin(name, range.owner) && !sameName(name, range.owner)
}

/** The deepest existing name above a name that the range covers: it shares most labels with one of the two ends (RFC 8198 §5.1). */
function closestEncloser({ owner, next }: NsecRange, name: Name): Name {
  let encloser = parentOf(name)
  while (!isWithin(owner, encloser) && !isWithin(next, encloser)) encloser = parentOf(encloser)
  return encloser
}
