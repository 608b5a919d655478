import { parseAddress } from '../../address.ts'
import type { Tap, UpstreamExchange, UpstreamTap } from '../../capabilities.ts'
import { writeQuery } from '../../dns/message.ts'
import { SOCKET_PROTOCOL, TAP_TYPE, type TapMessage } from '../../dnstap/message.ts'
import { type Key, key } from '../../key.ts'
import type { Registry } from '../../metrics/registry.ts'
import type { Handler, Plugin } from '../../plugin.ts'
import type { Peer, Query } from '../../query.ts'
import type { Reply } from '../../reply.ts'
import { wallclock } from '../../wallclock.ts'
import type { Outlet } from './outlet.ts'
import type { DnsTap } from './tap.ts'

/** When the query was seen: milliseconds since 1970. */
const Seen: Key<number> = key('dnstap/seen')

/** How often it is told that messages were dropped. Milliseconds. */
const REPORT_INTERVAL = 10_000

/** A tap and, where this block is the one that keeps it, what its messages go to. */
export interface Destination {
  /** As the Corefile has it. */
  readonly endpoint: string
  readonly tap: DnsTap
  /** Undefined where another directive of the configuration starts and stops it. */
  readonly outlet: Outlet | undefined
}

/** Tells collectors of the queries and replies of a block, and of what it asks upstreams. */
export class Dnstap implements Plugin, Tap, UpstreamTap {
  readonly name = 'dnstap'
  readonly observes = true
  readonly #destinations: readonly Destination[]
  readonly #load: () => Promise<void>
  readonly #metrics: Registry
  readonly #warn: (line: string) => void
  readonly #clients = new AddressMemo()
  readonly #servers = new AddressMemo()
  readonly #upstreams = new AddressMemo()
  readonly #locals = new AddressMemo()
  readonly #message: TapMessage = emptyMessage()
  #ends: (() => void)[] = []
  #dropped = 0
  #reportAt = 0

  constructor(
    destinations: readonly Destination[],
    load: () => Promise<void>,
    metrics: Registry,
    warn: (line: string) => void,
  ) {
    this.#destinations = destinations
    this.#load = load
    this.#metrics = metrics
    this.#warn = warn
  }

  async load(): Promise<void> {
    for (const { tap } of this.#destinations) tap.load()
    await this.#load()
  }

  start(): void {
    const dropped = this.#metrics.counters(
      'coredns_dnstap_dropped_total',
      'Messages dropped as a collector was not there, or too slow.',
      ['endpoint'],
    )
    for (const { endpoint, outlet } of this.#destinations) {
      if (!outlet) continue
      this.#ends.push(dropped.with(endpoint).follow(() => outlet.dropped))
      outlet.start()
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#destinations.map(({ outlet }) => outlet?.stop()))
    for (const end of this.#ends.splice(0)) end()
    this.#report()
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    this.#seen(query)
    return next(query)
  }

  sent(query: Query, reply: Reply, size: number, duration: number, wire?: Uint8Array): void {
    const now = wallclock()
    // Queries that never came to the chain are told of together with their replies.
    const seen = query.get(Seen) ?? this.#seen(query, now - duration)
    if (!wire) return
    const message = this.#begin(TAP_TYPE.CLIENT_RESPONSE, query.peer, seen)
    message.responseTime = now
    message.responseMessage = wire
    this.#write(query, reply, size, duration)
  }

  asked(query: Query, exchange: UpstreamExchange): void {
    this.#exchange(TAP_TYPE.FORWARDER_QUERY, exchange).queryMessage = exchange.message
    this.#write(query, undefined, 0, 0)
  }

  answered(query: Query, exchange: UpstreamExchange, wire: Uint8Array): void {
    const message = this.#exchange(TAP_TYPE.FORWARDER_RESPONSE, exchange)
    message.responseTime = wallclock()
    message.responseMessage = wire
    this.#write(query, undefined, 0, 0)
  }

  #seen(query: Query, at = wallclock()): number {
    query.hint(Seen, at)
    const message = this.#begin(TAP_TYPE.CLIENT_QUERY, query.peer, at)
    if (this.#destinations.some(({ tap }) => tap.full)) message.queryMessage = messageOf(query)
    this.#write(query, undefined, 0, 0)
    return at
  }

  #begin(type: number, peer: Peer, queryTime: number): TapMessage {
    const message = this.#message
    message.type = type
    message.protocol = SOCKET_PROTOCOL[peer.transport]
    message.queryAddress = this.#clients.octets(peer.address)
    message.queryPort = peer.port
    // A server that listens on all addresses knows which one was asked only over streams.
    message.responseAddress = sameFamily(this.#servers.octets(peer.localAddress), message.queryAddress)
    message.responsePort = peer.localPort
    message.queryTime = queryTime
    return message
  }

  #exchange(type: number, { address, port, transport, local, since }: UpstreamExchange): TapMessage {
    const message = this.#message
    message.type = type
    message.protocol = SOCKET_PROTOCOL[transport]
    message.responseAddress = this.#upstreams.octets(address)
    message.responsePort = port
    if (local) message.queryAddress = sameFamily(this.#locals.octets(local.address), message.responseAddress)
    if (local) message.queryPort = local.port
    message.queryTime = since
    return message
  }

  #write(query: Query, reply: Reply | undefined, size: number, duration: number): void {
    const message = this.#message
    const { queryMessage, responseMessage } = message
    for (const { tap } of this.#destinations) {
      message.queryMessage = tap.full ? queryMessage : undefined
      message.responseMessage = tap.full ? responseMessage : undefined
      if (!tap.write(message, query, reply, size, duration)) this.#drop()
    }
    clear(message)
  }

  /** One line now and then, however many are dropped. */
  #drop(): void {
    this.#dropped++
    const now = performance.now()
    if (now < this.#reportAt) return
    this.#reportAt = now + REPORT_INTERVAL
    this.#report()
  }

  #report(): void {
    if (this.#dropped > 0)
      this.#warn(`plugin/dnstap: messages dropped, as a collector is not there or too slow: ${this.#dropped}`)
    this.#dropped = 0
  }
}

/** The message as it came; one with the same question where it came by other means (JSON). */
function messageOf({ original }: Query): Uint8Array {
  return original.message ?? writeQuery(original)
}

/** Addresses as octets. Queries, replies and upstreams mostly come with the address of the last again. */
class AddressMemo {
  #text = ''
  #octets: Uint8Array | undefined

  octets(text: string): Uint8Array | undefined {
    if (text === this.#text) return this.#octets
    this.#text = text
    // Link-local addresses have an interface behind them.
    this.#octets = parseAddress(text.split('%', 1)[0])
    return this.#octets
  }
}

const sameFamily = (address: Uint8Array | undefined, other: Uint8Array | undefined): Uint8Array | undefined =>
  address?.length === other?.length ? address : undefined

function emptyMessage(): TapMessage {
  return {
    type: 0,
    protocol: 0,
    queryAddress: undefined,
    responseAddress: undefined,
    queryPort: 0,
    responsePort: 0,
    queryTime: 0,
    responseTime: 0,
    queryMessage: undefined,
    responseMessage: undefined,
  }
}

function clear(message: TapMessage): void {
  message.queryAddress = undefined
  message.responseAddress = undefined
  message.queryPort = 0
  message.responsePort = 0
  message.queryTime = 0
  message.responseTime = 0
  message.queryMessage = undefined
  message.responseMessage = undefined
}
