import type { Name } from '../dns/name.ts'
import type { RRset } from '../dns/rrset.ts'
import type { Apex } from './apex.ts'

/**
 * A zone as the lookup algorithm sees it, whatever holds the data. Nodes are numbers that mean something to the view only.
 * All methods are synchronous: a view that has to wait for data throws `NotLoaded`, and the lookup is run again.
 */
export interface ZoneView {
  /** The apex, folded. */
  readonly origin: Name
  readonly apex: number
  /** The apex's sets that most answers carry. */
  readonly top: Apex
  /** The number of this state of the zone (see `Query.settle`); 0 where it may change. */
  readonly snapshot: number
  /** How the zone proves that something is absent (RFC 4035, RFC 5155). */
  readonly denial: 'none' | 'nsec' | 'nsec3'
  /** The node of the name in `name[at…]`, which lies within the zone: it owns records or has names below. Else NONE. */
  find(name: Name, at: number): number
  /** See NODE. */
  flags(node: number): number
  /** The node's name, in the case in which the zone has it. */
  owner(node: number): Name
  /** The node's set of a type, as a set of `owner`. */
  rrset(node: number, type: number, owner: Name): RRset | undefined
  /** The signatures over the node's set of a type, as a set of `owner`. */
  signatures(node: number, covered: number, owner: Name): RRset | undefined
  /** Every set of the node, signatures too (one set per type covered). */
  sets(node: number, owner: Name): RRset[]
  /** The node with the NSEC record that matches or covers `name[at…]`. NONE where the zone has no NSEC records. */
  nsecBefore(name: Name, at: number): number
  /** The node with the NSEC3 record whose hash is `hash` (base32hex text in octets) or comes before it. */
  nsec3Before(hash: Uint8Array): number
  /** How names are hashed for NSEC3. */
  readonly nsec3: Nsec3Parameters | undefined
}

/** A zone that was read from somewhere. */
export interface LoadedZone extends ZoneView {
  /** The SOA's serial. */
  readonly serial: number
  /** False where the file is of a zone that is not within this one: nothing can be answered from it. */
  readonly usable: boolean
  /** What the compiler found worth telling. */
  readonly warnings: readonly string[]
}

/** What the NSEC3 records of a zone have in common (RFC 5155 §4.1); the hash algorithm is always SHA-1. */
export interface Nsec3Parameters {
  readonly iterations: number
  readonly salt: Uint8Array
}

/** No such node. */
export const NONE = 0

/** What a node's flags tell. */
export const NODE = {
  /** Name servers of a child zone live here: a zone cut, the apex excepted. */
  CUT: 1,
  DNAME: 2,
  /** Below a cut or a DNAME: never answered from, except as glue (RFC 2181 §6, RFC 6672 §2.4). */
  OCCLUDED: 4,
  ALIAS: 8,
  /** There is a name `*` directly below. */
  WILD: 16,
  /** An empty non-terminal: names below, no records (RFC 8499). */
  EMPTY: 32,
} as const

/** Thrown by a view that must load something first. Once `ready` settles, the same call may be made again. */
export class NotLoaded extends Error {
  override name = 'NotLoaded'
  /** Gives what was loaded: as long as that is held, it is at hand. */
  readonly ready: Promise<unknown>

  constructor(ready: Promise<unknown>) {
    super('zone data not loaded yet')
    this.ready = ready
  }
}
