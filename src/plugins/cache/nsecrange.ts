import { TYPE } from '../../dns/constants.ts'
import { compareNames, isWithin, type Name, sameName } from '../../dns/name.ts'
import type { RRset } from '../../dns/rrset.ts'

/** An NSEC record with its signature: the names between `owner` and `next` do not exist (RFC 4034 §4.1). */
export interface NsecRange {
  readonly owner: Name
  readonly next: Name
  /** Types at the owner, in the form of RFC 4034 §4.1.2. */
  readonly bitmap: Uint8Array
  readonly nsec: RRset
  readonly signature: RRset
  /** performance.now() at its end. */
  readonly until: number
}

/** Reads an NSEC record; undefined where it is broken. */
export function rangeOf(nsec: RRset, signature: RRset, until: number): NsecRange | undefined {
  const rdata = nsec.rdata()[0]
  let end = 0
  while (end < rdata.length && rdata[end] !== 0) end += rdata[end] + 1
  if (end >= rdata.length) return undefined
  return { owner: nsec.owner, next: rdata.slice(0, end + 1), bitmap: rdata.slice(end + 1), nsec, signature, until }
}

export function hasType({ bitmap }: NsecRange, type: number): boolean {
  for (let at = 0; at + 2 <= bitmap.length; at += 2 + bitmap[at + 1]) {
    if (bitmap[at] !== type >> 8) continue
    const octet = (type & 255) >> 3
    return octet < bitmap[at + 1] && (bitmap[at + 2 + octet] & (0x80 >> (type & 7))) !== 0
  }
  return false
}

/** Does `name` lie strictly between the two? The last range of a zone leads back to the apex. */
export function covers({ owner, next }: NsecRange, name: Name): boolean {
  if (compareNames(owner, name) >= 0) return false
  return compareNames(name, next) < 0 || compareNames(next, owner) <= 0
}

/**
 * Does the range say something of names below its owner? Not where a delegation or DNAME stands there: those belong elsewhere
 * (RFC 6840 §4.1).
 */
export function isSilentBelow(range: NsecRange, name: Name): boolean {
  const isCut = hasType(range, TYPE.NS) && !hasType(range, TYPE.SOA)
  return (isCut || hasType(range, TYPE.DNAME)) && isWithin(name, range.owner) && !sameName(name, range.owner)
}

/** The deepest existing name above a name that the range covers: it shares most labels with one of the two ends (RFC 8198 §5.1). */
export function closestEncloser({ owner, next }: NsecRange, name: Name): Name {
  let encloser = name.subarray(name[0] + 1)
  while (!isWithin(owner, encloser) && !isWithin(next, encloser)) encloser = encloser.subarray(encloser[0] + 1)
  return encloser
}
