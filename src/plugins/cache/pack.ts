import { RCODE } from '../../dns/constants.ts'
import { EDE, type EdnsOption, extendedError, OPTION } from '../../dns/edns.ts'
import { type Name, sameName } from '../../dns/name.ts'
import { RRset } from '../../dns/rrset.ts'
import type { Reply } from '../../reply.ts'

/** What an entry costs beside the octets packed for it, and each of its record sets, about: objects, links, index. */
const ENTRY_OVERHEAD = 850
const SET_OVERHEAD = 160

export interface Packed {
  readonly name: Name
  /** With one TTL on all records, and AA. */
  readonly reply: Reply
  /** Octets that keeping it takes, about. */
  readonly size: number
}

/**
 * Copies a reply into one array of octets with the name it is kept under: hundreds of thousands of small arrays would cost
 * more than what is in them, and give the garbage collector something to do.
 */
export function pack(name: Name, source: Reply, ttl: number): Packed {
  const sections = [source.answer, source.authority, source.additional] as const
  const octets = new Uint8Array(octetsOf(name, sections))
  const packer = new Packer(octets, name, ttl)
  const [answer, authority, additional] = sections.map((sets) => sets.map((set) => packer.set(set)))
  const count = answer.length + authority.length + additional.length
  // CoreDNS sets AA on whatever comes from its cache, for clients that drop answers without it.
  const reply = source.with({ aa: true, options: keptOptions(source), answer, authority, additional })
  return { name: packer.name, reply, size: ENTRY_OVERHEAD + count * SET_OVERHEAD + octets.length }
}

/** The OPT record belongs to one hop: extended errors alone are kept; those of a failure are told to be old (RFC 8914 §4.14). */
function keptOptions({ options, rcode }: Reply): readonly EdnsOption[] {
  const errors = options.filter((option) => option.code === OPTION.EDE)
  return rcode === RCODE.SERVFAIL ? [...errors, extendedError(EDE.CACHED_ERROR)] : errors
}

/** All TTLs set anew. */
export function withTtl(reply: Reply, ttl: number): Reply {
  const set = (sets: readonly RRset[]) => (sets.length === 0 ? sets : sets.map((one) => one.withTtl(ttl)))
  return reply.with({ answer: set(reply.answer), authority: set(reply.authority), additional: set(reply.additional) })
}

function octetsOf(name: Name, sections: readonly (readonly RRset[])[]): number {
  let octets = name.length
  let last = name
  for (const sets of sections)
    for (const { owner, start, end } of sets) {
      if (!sameName(owner, name) && !sameName(owner, last)) octets += owner.length
      last = owner
      octets += end - start
    }
  return octets
}

class Packer {
  readonly name: Name
  readonly #octets: Uint8Array
  readonly #ttl: number
  #at: number
  #lastOwner: Name

  constructor(octets: Uint8Array, name: Name, ttl: number) {
    octets.set(name)
    this.#octets = octets
    this.#ttl = ttl
    this.#at = name.length
    this.name = octets.subarray(0, name.length)
    this.#lastOwner = this.name
  }

  set({ owner, type, class: rclass, data, start, end }: RRset): RRset {
    const kept = this.#owner(owner)
    const at = this.#at
    this.#at = at + end - start
    if (end - start < 64) for (let i = start; i < end; i++) this.#octets[at + i - start] = data[i]
    else this.#octets.set(data.subarray(start, end), at)
    return new RRset(kept, type, rclass, this.#ttl, this.#octets, at, this.#at)
  }

  /** The name asked for, and that of the record before, are there already. */
  #owner(owner: Name): Name {
    if (sameName(owner, this.name)) return this.name
    if (sameName(owner, this.#lastOwner)) return this.#lastOwner
    this.#octets.set(owner, this.#at)
    this.#lastOwner = this.#octets.subarray(this.#at, this.#at + owner.length)
    this.#at += owner.length
    return this.#lastOwner
  }
}
