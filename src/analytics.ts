import type { ServerTap } from './capabilities.ts'
import { foldedText, nameText } from './dns/name.ts'
import { rcodeName, typeName } from './dns/rdata/registry.ts'
import { type Key, key } from './key.ts'
import type { Query } from './query.ts'
import { DROPPED, type Reply } from './reply.ts'
import { typify } from './response.ts'

/** A dataset of Workers Analytics Engine, as a Worker's binding gives it. */
export interface AnalyticsDataset {
  writeDataPoint(point: AnalyticsPoint): void
}

/** At most one index of 96 octets, 20 texts and 20 numbers. */
export interface AnalyticsPoint {
  readonly indexes: string[]
  readonly blobs: string[]
  readonly doubles: number[]
}

/** The plugin behind a query's `answerer`: from who keeps account of it. */
export const AnswererName: Key<(answerer: number) => string> = key('analytics/answerer')

export interface AnalyticsOptions {
  readonly dataset: AnalyticsDataset
  /** The name of the block's `view`; '' without one. */
  readonly view: string
  /** The code of the data centre. */
  readonly location: string
  readonly nameOf: (answerer: number) => string
}

const MAX_INDEX = 96

/** The zone of queries that no block is for, as in metrics. */
const DROPPED_ZONE = 'dropped'

/** Writes one point for each query. What stands where is told by the page of *prometheus*. */
export function analyticsTap({ dataset, view, location, nameOf }: AnalyticsOptions): ServerTap {
  return {
    sent(query: Query, reply: Reply, size: number, duration: number): void {
      const { answerer, arrival } = query.original
      const zone = arrival.zone ? nameText(arrival.zone) : DROPPED_ZONE
      const isSent = reply !== DROPPED
      dataset.writeDataPoint({
        // Where Analytics Engine samples, each zone keeps its share.
        indexes: [zone.slice(0, MAX_INDEX)],
        blobs: [
          arrival.server.text,
          zone,
          view,
          query.peer.transport,
          typeName(query.type),
          isSent ? rcodeName(reply.rcode) : '',
          isSent ? nameOf(answerer) : '',
          typify(query, reply),
          location,
          foldedText(query.name),
        ],
        doubles: [duration / 1000, query.size, size, query.dnssecOk ? 1 : 0],
      })
    },
    responded() {},
  }
}
