import { FLAG } from './dns/constants.ts'
import type { Edns, EdnsOption } from './dns/edns.ts'
import type { Name } from './dns/name.ts'
import type { Key } from './key.ts'
import { DROPPED, Reply, type ReplyParts } from './reply.ts'
import type { TraceContext } from './tracecontext.ts'

/** How a query came. */
export type Transport = 'udp' | 'tcp' | 'tls' | 'https'

/** Who asks, over what, and where it arrived. Addresses are text without brackets; IPv4 is never written as mapped IPv6. */
export interface Peer {
  readonly transport: Transport
  readonly address: string
  readonly port: number
  readonly localAddress: string
  readonly localPort: number
  /** The trace that the client's HTTP request is part of, where it told of one. */
  readonly trace?: TraceContext
  /** What the platform knows of where the client is. */
  readonly place?: Place
  /** At the edge: the host that the client's request was for. */
  readonly host?: string
}

/** Where a client is, by the names that Workers have for it. */
export interface Place {
  readonly city?: string
  /** ISO 3166-1; `T1` is Tor. */
  readonly country?: string
  /** `1` or missing. */
  readonly isEUCountry?: string
  /** Two letters. */
  readonly continent?: string
  /** ISO 3166-2, without the country. */
  readonly regionCode?: string
  readonly latitude?: string
  readonly longitude?: string
  readonly timezone?: string
  readonly postalCode?: string
  readonly asn?: number
  readonly asOrganization?: string
}

/** What `query.with` may change. */
export interface QueryPatch {
  name?: Name
  type?: number
  class?: number
  edns?: Edns | undefined
  flags?: number
}

/** A listener as metrics and traces name it. */
export interface ServerName {
  /** `dns://127.0.0.1:53` */
  readonly text: string
  /** Small, and each listener of a configuration has another: a place in an array. */
  readonly index: number
}

/** Where a query came to. */
export interface Arrival {
  readonly server: ServerName
  /** The zone that it is in, of those that the listener's blocks are for. Undefined: in none. */
  readonly zone: Name | undefined
  /** The zone's number, from 0, among those of the listener. */
  readonly number: number
}

const NOWHERE: Arrival = { server: { text: '', index: 0 }, zone: undefined, number: 0 }

/** Who answered, where no plugin did; the numbers of plugins are greater. */
export const ANSWERER = {
  /** The query never came to a chain. */
  NONE: 0,
  /** The server itself: a plugin failed, or all passed on. */
  SERVER: 1,
} as const

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
  /** The query as it came in, from which this one was derived; itself where it is that one. */
  readonly original: Query
  /** Set by the server, on the original, before the chain sees it. */
  arrival: Arrival = NOWHERE
  readonly #message: Uint8Array | undefined
  /** On the original: who was asked last (see ANSWERER), where something in the block keeps account of it. */
  answerer: number = ANSWERER.NONE
  /** On the original: performance.now() until which upstreams may be asked for it, by one plugin after another; 0 before the first. */
  upstreamDeadline = 0
  /** Where plugins leave hints for others on the way down; on the original, so that all derived from it share them. */
  #hints: Map<Key<unknown>, unknown> | undefined

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
    original?: Query,
  ) {
    this.name = name
    this.type = type
    this.class = rclass
    this.id = id
    this.flags = flags
    this.edns = edns
    this.peer = peer
    this.size = size
    this.#message = message
    this.original = original ?? this
  }

  /** The message itself, for what only few plugins want of it. Undefined where the query did not come as one. */
  get message(): Uint8Array | undefined {
    const message = this.#message
    // Node's sockets give Buffers, whose `slice` is a view where that of octets is a copy.
    if (!message || message.constructor === Uint8Array) return message
    return new Uint8Array(message.buffer, message.byteOffset, message.byteLength)
  }

  /** The listener that it came to. */
  get server(): ServerName {
    return this.original.arrival.server
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
    return new Query(
      patch.name ?? this.name,
      patch.type ?? this.type,
      patch.class ?? this.class,
      this.id,
      patch.flags ?? this.flags,
      'edns' in patch ? patch.edns : this.edns,
      this.peer,
      this.size,
      this.#message,
      this.original,
    )
  }

  /** An answer to this query. Whatever is not given is empty, false or NOERROR. */
  reply(parts: ReplyParts = {}): Reply {
    return new Reply(parts)
  }

  /**
   * Says of a reply to this query that it is a function of the question's name without regard to case, its type and DO, for as long as
   * the data that it is from does not change. Then the message is written once and sent to all who ask the same. `snapshot`: the
   * number of that state of the data, from `newSnapshot`.
   */
  settle(reply: Reply, snapshot: number): Reply {
    reply.snapshot = snapshot
    // Not the reply in the query: engines take a query for something that stays, and then a reply in it is dear.
    reply.settledFor = this
    return reply
  }

  /** No answer at all: UDP sends nothing, TCP closes, DoH says 500. */
  drop(): Reply {
    return DROPPED
  }

  /** Leaves a hint for whoever runs later, in this chain or after it. A function is called at first use, once. */
  hint<T>(key: Key<T>, value: T | (() => T)): void {
    const { original } = this
    original.#hints ??= new Map()
    original.#hints.set(key, typeof value === 'function' ? new Lazy(value as () => T) : value)
  }

  /** The hint under `key`, if any plugin left one. */
  get<T>(key: Key<T>): T | undefined {
    const hints = this.original.#hints
    const value = hints?.get(key)
    if (!(value instanceof Lazy)) return value as T | undefined
    const made = value.make() as T
    hints!.set(key, made)
    return made
  }

  /** The keys of all hints so far: for those who look on. */
  get hintKeys(): Iterable<Key<unknown>> {
    return this.original.#hints?.keys() ?? []
  }
}

/** A hint that nobody has asked for yet. */
class Lazy<T> {
  readonly make: () => T

  constructor(make: () => T) {
    this.make = make
  }
}
