import { FLAG } from './dns/constants.ts'
import type { Edns, EdnsOption } from './dns/edns.ts'
import type { Name } from './dns/name.ts'
import type { Key } from './key.ts'
import { DROPPED, Reply, type ReplyParts } from './reply.ts'

export type Transport = 'udp' | 'tcp' | 'tls' | 'https'

/** Who asks, over what, and where it arrived. Addresses are text without brackets; IPv4 is never written as mapped IPv6. */
export interface Peer {
  readonly transport: Transport
  readonly address: string
  readonly port: number
  readonly localAddress: string
  readonly localPort: number
}

/** What `query.with` may change. */
export interface QueryPatch {
  name?: Name
  type?: number
  class?: number
  edns?: Edns | undefined
  flags?: number
}

/** Where plugins leave hints for others on the way down; all queries derived from one share it. */
type Hints = Map<Key<unknown>, unknown>

/**
 * One question on its way down the chain. Immutable: a plugin that changes the question passes `query.with({…})` on.
 * What is sent back always echoes the question as it came, whatever the chain made of it.
 */
export class Query {
  readonly name: Name
  readonly type: number
  readonly class: number
  readonly id: number
  /** The header's 16-bit flags field as it came: opcode, RD, AD, CD (see FLAG). */
  readonly flags: number
  /** Undefined where the client sent no OPT record. */
  readonly edns: Edns | undefined
  readonly peer: Peer
  /** Octets of the message that the client sent. */
  readonly size: number
  /** The message itself, for what only few plugins want of it. Undefined where the query did not come as one. */
  readonly message: Uint8Array | undefined
  #hints: Hints | undefined

  constructor(
    name: Name,
    type: number,
    rclass: number,
    id: number,
    flags: number,
    edns: Edns | undefined,
    peer: Peer,
    size: number,
    message?: Uint8Array,
    hints?: Hints,
  ) {
    this.name = name
    this.type = type
    this.class = rclass
    this.id = id
    this.flags = flags
    this.edns = edns
    this.peer = peer
    this.size = size
    this.message = message
    this.#hints = hints
  }

  get opcode(): number {
    return (this.flags >> 11) & 15
  }

  get recursionDesired(): boolean {
    return (this.flags & FLAG.RD) !== 0
  }

  get checkingDisabled(): boolean {
    return (this.flags & FLAG.CD) !== 0
  }

  get authenticData(): boolean {
    return (this.flags & FLAG.AD) !== 0
  }

  /** DO: the client wants DNSSEC records (RFC 4035 §3.2.1). */
  get dnssecOk(): boolean {
    return this.edns?.dnssecOk ?? false
  }

  /** The first EDNS option with this code. */
  option(code: number): EdnsOption | undefined {
    return this.edns?.options.find((option) => option.code === code)
  }

  with(patch: QueryPatch): Query {
    this.#hints ??= new Map()
    return new Query(
      patch.name ?? this.name,
      patch.type ?? this.type,
      patch.class ?? this.class,
      this.id,
      patch.flags ?? this.flags,
      'edns' in patch ? patch.edns : this.edns,
      this.peer,
      this.size,
      this.message,
      this.#hints,
    )
  }

  /** An answer to this query. Whatever is not given is empty, false or NOERROR. */
  reply(parts: ReplyParts = {}): Reply {
    return new Reply(parts)
  }

  /** No answer at all: UDP sends nothing, TCP closes, DoH says 500. */
  drop(): Reply {
    return DROPPED
  }

  /** Leaves a hint for whoever runs later, in this chain or after it. A function is called at first use, once. */
  hint<T>(key: Key<T>, value: T | (() => T)): void {
    this.#hints ??= new Map()
    this.#hints.set(key, value)
  }

  /** The hint under `key`, if any plugin left one. */
  get<T>(key: Key<T>): T | undefined {
    const value = this.#hints?.get(key)
    if (typeof value !== 'function') return value as T | undefined
    const made = value() as T
    this.#hints!.set(key, made)
    return made
  }
}
