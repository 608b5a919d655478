import { TYPE } from '../../dns/constants.ts'
import type { RRset } from '../../dns/rrset.ts'

/** A signed NSEC or NSEC3 record that an upstream has validated. */
export interface Proof {
  /** Types at the owner, in the form of RFC 4034 §4.1.2. */
  readonly bitmap: Uint8Array
  readonly nsec: RRset
  readonly signature: RRset
  /** performance.now() at its end. */
  readonly until: number
}

export function hasType({ bitmap }: Proof, type: number): boolean {
  for (let at = 0; at + 2 <= bitmap.length; at += 2 + bitmap[at + 1]) {
    if (bitmap[at] !== type >> 8) continue
    const octet = (type & 255) >> 3
    return octet < bitmap[at + 1] && (bitmap[at + 2 + octet] & (0x80 >> (type & 7))) !== 0
  }
  return false
}

/** A delegation stands at the owner: what is below, and most of what is there, is another zone's. */
export const isCut = (proof: Proof): boolean => hasType(proof, TYPE.NS) && !hasType(proof, TYPE.SOA)

/** The owner exists without that type. At a delegation only the DS is this zone's to deny. */
export function isNodata(proof: Proof, type: number): boolean {
  if (isCut(proof) && type !== TYPE.DS) return false
  return !hasType(proof, type) && !hasType(proof, TYPE.CNAME)
}

/** Does a delegation or DNAME stand at the owner? Then the names below belong elsewhere (RFC 6840 §4.1). */
export const endsHere = (proof: Proof): boolean => isCut(proof) || hasType(proof, TYPE.DNAME)

/** What a set of proofs says of a question. */
export interface Denial {
  readonly rcode: number
  readonly proofs: readonly Proof[]
}

/** Ranges kept for one zone; all go when there are more. */
const MAX_RANGES = 4096
/** What a proof takes beside its records' data, about: objects and names. */
const OVERHEAD = 1000

const sizeOf = ({ nsec, signature }: Proof): number => OVERHEAD + nsec.data.length + signature.data.length

/** Proofs in the order of what their owners are compared by. */
export class SortedProofs<P extends Proof, Key> {
  /** What they take, about. */
  octets = 0
  readonly #keyOf: (proof: P) => Key
  readonly #compare: (a: Key, b: Key) => number
  readonly #proofs: P[] = []

  constructor(keyOf: (proof: P) => Key, compare: (a: Key, b: Key) => number) {
    this.#keyOf = keyOf
    this.#compare = compare
  }

  /** The proof whose owner is the key, or comes last before it: the last of all where none comes before. */
  find(key: Key, now: number): P | undefined {
    const proof = this.#proofs.at(this.#after(key) - 1)
    return proof && proof.until > now ? proof : undefined
  }

  insert(proof: P): void {
    if (this.#proofs.length >= MAX_RANGES) {
      this.#proofs.length = 0
      this.octets = 0
    }
    const key = this.#keyOf(proof)
    const at = this.#after(key)
    const before = at > 0 ? this.#proofs[at - 1] : undefined
    const isSame = before !== undefined && this.#compare(this.#keyOf(before), key) === 0
    this.octets += sizeOf(proof) - (isSame ? sizeOf(before) : 0)
    if (isSame) this.#proofs[at - 1] = proof
    else this.#proofs.splice(at, 0, proof)
  }

  /** How many proofs have an owner that is the key or comes before it. */
  #after(key: Key): number {
    let low = 0
    let high = this.#proofs.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#compare(this.#keyOf(this.#proofs[middle]), key) <= 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
