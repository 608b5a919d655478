import type { ErrorSink, Tap, ViewFilter } from './capabilities.ts'
import type { EdnsOption } from './dns/edns.ts'
import type { Name } from './dns/name.ts'
import type { Handler } from './plugin.ts'
import type { Query } from './query.ts'

/** A server block ready to serve: its folded chain, and what its plugins provided. */
export interface ServedBlock {
  readonly zones: readonly Name[]
  /** Undefined where no plugin of the block answers anything. */
  readonly handler: Handler | undefined
  /** Some plugin wants queries of other classes than IN. */
  readonly anyClass: boolean
  readonly views: readonly ViewFilter[]
  readonly taps: readonly Tap[]
  readonly errors: ErrorSink
  /** The most octets of a UDP reply. */
  readonly udpCap: number
  readonly options: readonly ((query: Query) => EdnsOption | undefined)[]
}

/** Tells of a fault in a block's plugins. Never throws: who tells of errors may have one himself. */
export function report(block: ServedBlock, query: Query, error: unknown): void {
  try {
    block.errors.failed(query, error)
  } catch {
    // Nobody is left to be told.
  }
}
