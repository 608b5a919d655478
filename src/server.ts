import { ask } from './ask.ts'
import type { HttpResource, ServerTap, Tap } from './capabilities.ts'
import { readQuestion, UNANSWERABLE } from './dns/questionreader.ts'
import { encodeFault, isTransfer } from './encode.ts'
import { type Arrival, type Peer, Query, type ServerName } from './query.ts'
import type { Reply } from './reply.ts'
import { Routes } from './routes.ts'
import { type Answers, type Exchange, type Send, sendExchange, sendMessage, sendSequence } from './send.ts'
import type { ServedBlock } from './servedblock.ts'

export interface ServerOptions {
  /** What metrics and traces call it. */
  readonly name?: ServerName
  /** Told of what is answered without a block, and of HTTP responses. */
  readonly taps?: readonly ServerTap[]
  /** What is to be had by HTTP beside DNS. */
  readonly resources?: readonly HttpResource[]
}

const NO_TAPS: readonly ServerTap[] = []
const NO_RESOURCES: readonly HttpResource[] = []
const NO_NAME: ServerName = { text: '', index: 0 }

/** What serves one listener: finds the block for a query, runs its chain, and writes the reply within all limits. */
export class Server {
  readonly #routes: Routes
  readonly #name: ServerName
  /** For queries in none of the zones. */
  readonly #nowhere: Arrival
  readonly #taps: readonly ServerTap[]
  readonly #resources: readonly HttpResource[]

  constructor(
    blocks: readonly ServedBlock[],
    { name = NO_NAME, taps = NO_TAPS, resources = NO_RESOURCES }: ServerOptions = {},
  ) {
    this.#routes = new Routes(blocks, name)
    this.#name = name
    this.#nowhere = { server: name, zone: undefined, number: 0 }
    this.#taps = taps
    this.#resources = resources
  }

  /** Answers a message, which must not change from now on. Undefined: nothing is to be sent. */
  answer(message: Uint8Array, peer: Peer): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const query = this.#read(message, peer)
    return query instanceof Query ? this.#run(query, sendMessage) : fault(message, query)
  }

  /** As `answer`, for streams: a transfer may have several messages. A throw while they are made: the stream must end. */
  answers(message: Uint8Array, peer: Peer): Answers | Promise<Answers> {
    const query = this.#read(message, peer)
    if (!(query instanceof Query)) return fault(message, query)
    return isTransfer(query) ? this.#run(query, sendSequence) : this.#run(query, sendMessage)
  }

  /** As `answer`, for transports that want to see more than octets. Undefined: not a query, or dropped by the chain. */
  exchange(message: Uint8Array, peer: Peer): Exchange | undefined | Promise<Exchange | undefined> {
    const query = this.#read(message, peer)
    if (query instanceof Query) return this.#run(query, sendExchange)
    const wire = fault(message, query)
    return wire && { wire }
  }

  /** Answers a query made by the transport itself (JSON), taps and limits included. */
  serve(query: Query): Exchange | undefined | Promise<Exchange | undefined> {
    query.arrival = this.#nowhere
    return this.#run(query, sendExchange)
  }

  /** The reply to a query, from the block that serves its name. Never throws. */
  respond(query: Query): Reply | Promise<Reply> {
    return ask(this.#routes.find(query), query)
  }

  /** What is at this path beside DNS. */
  resource(path: string): HttpResource | undefined {
    return this.#resources.find((resource) => resource.path === path)
  }

  /** A response of DNS over HTTPS goes out. */
  responded(status: number): void {
    for (const tap of this.#taps) tap.responded(this.#name, status)
  }

  #read(message: Uint8Array, peer: Peer): Query | number {
    const read = readQuestion(message)
    if (typeof read === 'number') return read
    const { name, type, class: rclass, id, flags, edns } = read
    const query = new Query(name, type, rclass, id, flags, edns, peer, message.length, message)
    query.arrival = this.#nowhere
    return query
  }

  /** Asks the query's block and sends what it replies, at once where that is there at once. */
  #run<T>(query: Query, send: Send<T>): T | Promise<T> {
    const block = this.#routes.find(query)
    // For queries that no block is for the server's own taps stand in.
    const taps: readonly Tap[] = block ? block.taps : this.#taps
    const start = taps.length > 0 ? performance.now() : 0
    const reply = ask(block, query)
    return reply instanceof Promise
      ? reply.then((late) => send(block, taps, query, late, start))
      : send(block, taps, query, reply, start)
  }
}

const fault = (message: Uint8Array, rcode: number): Uint8Array | undefined =>
  rcode === UNANSWERABLE ? undefined : encodeFault(message, rcode)
