import { RCODE } from '../../dns/constants.ts'
import { labelCount, type Name, parentOf } from '../../dns/name.ts'
import { base32hex } from '../../dns/rdata/radix.ts'
import type { RRset } from '../../dns/rrset.ts'
import { nsec3Hash } from '../../zone/nsec3.ts'
import { wildcardBelow } from './nsecrange.ts'
import { type Denial, endsHere, isNodata, type Proof, SortedProofs } from './proof.ts'

/** How a zone hashes its names. */
export interface HashParameters {
  readonly iterations: number
  readonly salt: Uint8Array
}

/** An NSEC3 record: names whose hashes lie between the two do not exist (RFC 5155 §3). */
export interface Nsec3Range extends Proof {
  readonly hash: Uint8Array
  readonly next: Uint8Array
  /** Unsigned delegations may be in between all the same (RFC 5155 §6). */
  readonly optOut: boolean
  readonly parameters: HashParameters
}

const SHA1 = 1
const OPT_OUT = 1
const HASH_OCTETS = 20
/** Where in the RDATA the salt's length stands (RFC 5155 §3.2). */
const SALT = 4
/** Names are chosen by strangers, and each label may cost a hash: a zone that wants more iterations is asked (RFC 9276 §3.2). */
const MAX_ITERATIONS = 10
const MAX_LABELS = 10
/** Hashes of names differ earlier than in this octet: others were made up (RFC 7129 appendix B). */
const TINY = 10

/** Reads an NSEC3 record of a zone; undefined where it is broken, of another kind, or not worth keeping. */
export function range3Of(nsec: RRset, signature: RRset, until: number): Nsec3Range | undefined {
  const rdata = nsec.rdata()[0]
  const { owner } = nsec
  const salted = SALT + 1 + rdata[SALT]
  const end = salted + 1 + HASH_OCTETS
  // Unknown flags make a record void (RFC 5155 §8.2).
  if (rdata.length < end || rdata[0] !== SHA1 || rdata[1] > OPT_OUT || rdata[salted] !== HASH_OCTETS) return undefined
  const iterations = (rdata[2] << 8) | rdata[3]
  const hash = base32hex.decode(String.fromCharCode(...owner.subarray(1, 1 + owner[0])))
  if (hash?.length !== HASH_OCTETS || iterations > MAX_ITERATIONS) return undefined
  const next = rdata.slice(salted + 1, end)
  if (isTiny(hash, next)) return undefined
  const parameters = { iterations, salt: rdata.slice(SALT + 1, salted) }
  const optOut = rdata[1] === OPT_OUT
  return { hash, next, optOut, parameters, bitmap: rdata.slice(end), nsec, signature, until }
}

/** A range made for one question: nobody else will ask in between. That of a zone with one name is all of them. */
const isTiny = (hash: Uint8Array, next: Uint8Array): boolean =>
  compareOctets(hash.subarray(0, TINY), next.subarray(0, TINY)) === 0 && compareOctets(hash, next) !== 0

/** The NSEC3 records of one zone, hashed in one way. */
export class Nsec3Ranges {
  readonly #zone: Name
  readonly #parameters: HashParameters
  readonly #ranges = new SortedProofs<Nsec3Range, Uint8Array>(({ hash }) => hash, compareOctets)

  constructor(zone: Name, parameters: HashParameters) {
    this.#zone = zone
    this.#parameters = parameters
  }

  isHashedBy({ iterations, salt }: HashParameters): boolean {
    return iterations === this.#parameters.iterations && compareOctets(salt, this.#parameters.salt) === 0
  }

  get octets(): number {
    return this.#ranges.octets
  }

  insert(range: Nsec3Range): void {
    this.#ranges.insert(range)
  }

  /** What is known of a name and type (RFC 5155 §8.4 to §8.7); undefined where that is not enough. */
  deny(name: Name, type: number, now: number): Denial | undefined {
    const labels = labelCount(name) - labelCount(this.#zone)
    if (labels > MAX_LABELS) return undefined
    const own = this.#find(name, now)
    if (own?.matches) return isNodata(own.range, type) ? { rcode: RCODE.NOERROR, proofs: [own.range] } : undefined
    let cover = own
    let encloser = name
    for (let i = 0; i < labels; i++) {
      encloser = parentOf(encloser)
      const found = this.#find(encloser, now)
      if (found?.matches) return this.#denyBelow(encloser, found.range, cover?.range, type, now)
      cover = found
    }
    return undefined
  }

  /** The closest encloser is there, and `cover` is to say that the name one label longer is not. */
  #denyBelow(
    encloser: Name,
    there: Nsec3Range,
    cover: Nsec3Range | undefined,
    type: number,
    now: number,
  ): Denial | undefined {
    // An opt-out span says nothing of names in it (RFC 8198 §5.1).
    if (!cover || cover.optOut || endsHere(there)) return undefined
    const wildcard = wildcardBelow(encloser)
    const found = wildcard && this.#find(wildcard, now)
    if (!found) return undefined
    const proofs = [...new Set([there, cover, found.range])]
    if (found.matches) return isNodata(found.range, type) ? { rcode: RCODE.NOERROR, proofs } : undefined
    return found.range.optOut ? undefined : { rcode: RCODE.NXDOMAIN, proofs }
  }

  /** The record whose owner the name's hash is, or whose range it is in. */
  #find(name: Name, now: number): { readonly range: Nsec3Range; readonly matches: boolean } | undefined {
    const hash = nsec3Hash(name, this.#parameters)
    const range = this.#ranges.find(hash, now)
    if (!range) return undefined
    const matches = compareOctets(range.hash, hash) === 0
    return matches || covers(range, hash) ? { range, matches } : undefined
  }
}

/** The last range leads back to the first hash. */
function covers({ hash: from, next }: Nsec3Range, hash: Uint8Array): boolean {
  const isAfter = compareOctets(from, hash) < 0
  const isBefore = compareOctets(hash, next) < 0
  return compareOctets(from, next) < 0 ? isAfter && isBefore : isAfter || isBefore
}

function compareOctets(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i] - b[i]
  return a.length - b.length
}
