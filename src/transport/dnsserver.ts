import type { HttpResource } from '../capabilities.ts'
import type { Peer, Query } from '../query.ts'
import type { Answers, Exchange } from '../send.ts'

/** What a transport needs of a server; `Server` is one, tests bring their own. */
export interface DnsServer {
  /** Answers a message, which must not change from now on. Undefined: nothing is to be sent. */
  answer(message: Uint8Array, peer: Peer): Uint8Array | undefined | Promise<Uint8Array | undefined>
  /** As `answer`, for streams, which can carry several messages as an answer. Making these may throw. */
  answers(message: Uint8Array, peer: Peer): Answers | Promise<Answers>
  /** As `answer`, with what the answer was made from. Undefined: not a query, or dropped. */
  exchange(message: Uint8Array, peer: Peer): Exchange | undefined | Promise<Exchange | undefined>
  /** Answers a query that did not come as a message. Undefined: dropped. */
  serve(query: Query): Exchange | undefined | Promise<Exchange | undefined>
  /** Told the status of each response of DNS over HTTPS. */
  responded?(status: number): void
  /** What is to be had by HTTP at another path than DNS. */
  resource?(path: string): HttpResource | undefined
}
