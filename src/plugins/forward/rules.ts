import type { Upstream } from '../../upstream/upstream.ts'
import type { AnswerTimes } from './figures.ts'
import type { Health } from './health.ts'
import type { HedgeBudget } from './hedge.ts'

/** An upstream with its health. */
export interface Member {
  readonly upstream: Upstream
  readonly health: Health
  readonly times: AnswerTimes
}

/** What all queries of one `forward` have in common. */
export interface Rules {
  readonly readTimeout: number
  /** Infinity where there is no limit. */
  readonly maxAttempts: number
  readonly failFast: boolean
  /** Second tries go to other upstreams, too. */
  readonly hedgeElsewhere: boolean
  readonly hedges: HedgeBudget
  readonly failover: readonly number[]
  /** Queries that may try their luck at one time while all upstreams are down; others fail at once. */
  readonly maxDrawn: number
  counts: ForwardCounts
}

export interface ForwardCounts {
  /** Queries for which all upstreams were down. */
  allDown: number
  /** Queries refused for `max_concurrent`. */
  rejected: number
  /** Second tries. */
  hedged: number
  /** Queries that try their luck right now. */
  drawn: number
}
