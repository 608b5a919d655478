import type { LocalEnd } from '../runtime/runtime.ts'
import type { UpstreamError } from './error.ts'

/** A query under way, as the transports know it. Exactly one of the two methods is called, once, unless it is forgotten. */
export interface Receiver {
  /** The query. The transport writes an id of its own into its first two octets. */
  readonly wire: Uint8Array
  /** Of `Waiting`, in which a query is once at most. */
  id: number
  nextWaiting: Receiver | undefined
  received(message: Uint8Array): void
  broke(error: UpstreamError): void
}

/** Where a query went, so that it can be called back. */
export interface Carrier {
  /** From where it goes; undefined while that is not known. */
  readonly local?: LocalEnd | undefined
  /** Drops the query with this id; an answer that comes later is unwanted. */
  forget(id: number): void
  /** The query with this id, sent at `since` (performance.now()), had no answer in time. Called before `forget`. */
  expire?(id: number, since: number): void
}

/** What happened to the messages of one upstream, since the start. */
export interface UpstreamCounts {
  sent: number
  answered: number
  /** Messages that answered nothing asked: late, spoofed, or sent twice. */
  unwanted: number
  /** Messages with the id of a query, but another question. */
  mismatched: number
  /** Queries sent again over TCP after TC. */
  truncated: number
  timeouts: number
  errors: number
}

/** How sockets or connections to an upstream were used. */
export interface PoolCounts {
  /** Queries for which a new one was opened, and those that found one. */
  opened: number
  reused: number
}

export const zeroCounts = (): UpstreamCounts => ({
  sent: 0,
  answered: 0,
  unwanted: 0,
  mismatched: 0,
  truncated: 0,
  timeouts: 0,
  errors: 0,
})
