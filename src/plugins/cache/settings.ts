import type { Name } from '../../dns/name.ts'

/** One use of `cache`, checked. TTLs in seconds, other times in milliseconds. */
export interface CacheSettings {
  /** Empty: all names that come. */
  readonly zones: readonly Name[]
  readonly success: HalfSettings
  readonly denial: HalfSettings
  /** For how long a failure is kept. */
  readonly failureTtl: number
  readonly prefetch: PrefetchSettings | undefined
  readonly stale: StaleSettings | undefined
  readonly keepTtl: boolean
  /** Denials are made from NSEC records (RFC 8198). */
  readonly aggressiveNsec: boolean
  /** What a reply must last, in seconds, to be kept outside the memory, too; undefined where nothing is. */
  readonly edgeMinTtl: number | undefined
}

export interface HalfSettings {
  /** Entries. */
  readonly capacity: number
  readonly maxTtl: number
  readonly minTtl: number
  /** Zones whose replies are not kept in this half. */
  readonly except: readonly Name[]
}

export interface PrefetchSettings {
  /** Hits that make an entry worth it, with no gap of `duration` between them. */
  readonly amount: number
  readonly duration: number
  /** Share of the TTL, in per cent, below which it is fetched again. */
  readonly percentage: number
}

export interface StaleSettings {
  /** How long after its end an entry may be served. */
  readonly upTo: number
  /** Ask first, and serve the entry only where there is no answer. */
  readonly verify: boolean
  /** How long to wait for that; 0: as long as it takes. */
  readonly verifyTimeout: number
  /** TTL of what is served, in seconds. */
  readonly ttl: number
  /** Time after a failed refresh before the next; 0: none. */
  readonly recheck: number
  readonly preferPositive: boolean
}
