import { RCODE } from '../../dns/constants.ts'
import { EDE, type EdnsOption, extendedError, OPTION } from '../../dns/edns.ts'
import { type Name, sameName } from '../../dns/name.ts'
import { RRset } from '../../dns/rrset.ts'
import type { Reply } from '../../reply.ts'

/** What an entry costs beside the octets packed for it, and each of its record sets, about: objects, links, index. */
const ENTRY_OVERHEAD = 850
/** The same for one that is a single record set. */
const SINGLE_OVERHEAD = 560
const SET_OVERHEAD = 160
const OWNER_OVERHEAD = 200
const NO_SETS: readonly RRset[] = []

export interface Packed {
  /** The name asked for, and behind it the data of all records. */
  readonly octets: Uint8Array
  /** With one TTL on all records, and AA; undefined where it is the one set that the octets are of, and no more. */
  readonly reply: Reply | undefined
  /** Octets that keeping it takes, about. */
  readonly size: number
}

/**
 * Copies what a reply is made of: the name asked for and record data into one array, other names into one each, and none twice.
 * Hundreds of thousands of small objects would cost more than what is in them, and of a hit, each that has to be looked at: most
 * replies are one record set of the name asked for, and nothing is kept of them but the octets. No array is a view of
 * another: V8 keeps up to 64 octets within an array's object, but must move them out as soon as there is a view.
 */
export function pack(name: Name, source: Reply, ttl: number): Packed {
  const { answer, authority, additional } = source
  const packer = new Packer(name, dataSize(answer) + dataSize(authority) + dataSize(additional), ttl)
  if (isSingle(name, source)) {
    packer.sets(answer)
    return { octets: packer.octets, reply: undefined, size: SINGLE_OVERHEAD + packer.octets.length }
  }
  // CoreDNS sets AA on whatever comes from its cache, for clients that drop answers without it.
  const reply = source.with({
    aa: true,
    options: keptOptions(source),
    answer: packer.sets(answer),
    authority: packer.sets(authority),
    additional: packer.sets(additional),
  })
  return { octets: packer.octets, reply, size: ENTRY_OVERHEAD + packer.size }
}

/** Is it one record set of the name asked for, and no more? */
function isSingle(name: Name, reply: Reply): boolean {
  const { rcode, answer, authority, additional, rd, opt } = reply
  if (answer.length !== 1 || authority.length + additional.length > 0) return false
  return (
    rcode === RCODE.NOERROR &&
    rd === undefined &&
    !opt &&
    keptOptions(reply).length === 0 &&
    sameName(answer[0].owner, name)
  )
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

function dataSize(sets: readonly RRset[]): number {
  let size = 0
  for (const { start, end } of sets) size += end - start
  return size
}

class Packer {
  readonly octets: Uint8Array
  /** Octets, about. */
  size: number
  readonly #name: Name
  #own: Name | undefined
  readonly #ttl: number
  #at: number
  #lastOwner: Name | undefined

  constructor(name: Name, dataSize: number, ttl: number) {
    this.#name = name
    this.octets = new Uint8Array(name.length + dataSize)
    this.octets.set(name)
    this.#at = name.length
    this.#ttl = ttl
    this.size = name.length + dataSize
  }

  sets(sets: readonly RRset[]): readonly RRset[] {
    if (sets.length === 0) return NO_SETS
    this.size += sets.length * SET_OVERHEAD
    return sets.map((set) => this.#set(set))
  }

  #set({ owner, type, class: rclass, data, start, end }: RRset): RRset {
    const at = this.#at
    this.#at = at + end - start
    if (end - start < 64) for (let i = start; i < end; i++) this.octets[at + i - start] = data[i]
    else this.octets.set(data.subarray(start, end), at)
    return new RRset(this.#owner(owner), type, rclass, this.#ttl, this.octets, at, this.#at)
  }

  /** That of the record before is there already. */
  #owner(owner: Name): Name {
    if (sameName(owner, this.#name)) {
      // It may be part of a message, which would be kept with it.
      this.#own ??= this.#name.slice()
      return this.#own
    }
    if (this.#lastOwner && sameName(owner, this.#lastOwner)) return this.#lastOwner
    this.size += OWNER_OVERHEAD + owner.length
    this.#lastOwner = owner.slice()
    return this.#lastOwner
  }
}
