import type { Name } from '../../dns/name.ts'
import { nameText } from '../../dns/name.ts'
import type { Counter } from '../../metrics/counter.ts'
import { PerServer } from '../../metrics/perserver.ts'
import type { Block } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import type { Store } from './store.ts'

/** What became of the queries of one server. */
export interface CacheCounters {
  readonly requests: Counter
  readonly misses: Counter
  readonly successHits: Counter
  readonly denialHits: Counter
  readonly prefetches: Counter
  readonly servedStale: Counter
  readonly synthesized: Counter
  readonly restored: Counter
}

const SUCCESS = 'success'
const DENIAL = 'denial'

/** The cache's metrics, by server: CoreDNS's, and what it has not. */
export class CacheFigures {
  readonly #block: Block
  /** The zones as one label. */
  readonly #zones: string
  readonly #counters: PerServer<CacheCounters>

  constructor(block: Block, zones: readonly Name[]) {
    this.#block = block
    this.#zones = zones.map(nameText).join(',')
    this.#counters = new PerServer((server) => this.#make(server))
  }

  of(query: Query): CacheCounters {
    return this.#counters.of(query)
  }

  /** Shows what is in the cache, until what is returned is called. */
  follow({ success, denial }: Store): () => void {
    const { metrics, servers, view } = this.#block
    const labels = ['server', 'type', 'zones', 'view']
    const entries = metrics.gauges('coredns_cache_entries', 'Replies that are kept.', labels, true)
    const evictions = metrics.counters('coredns_cache_evictions_total', 'Replies that gave way to others.', labels)
    const ends: (() => void)[] = []
    // All servers of the block share the cache, and dashboards sum over servers: one of them tells of it.
    for (const { text } of servers.slice(0, 1))
      for (const [type, table] of [[SUCCESS, success] as const, [DENIAL, denial] as const]) {
        ends.push(entries.follow([text, type, this.#zones, view], () => table.count))
        ends.push(evictions.with(text, type, this.#zones, view).follow(() => table.evictions))
      }
    return () => {
      for (const end of ends) end()
    }
  }

  #make(server: string): CacheCounters {
    const { metrics, view } = this.#block
    const count = (name: string, help: string): Counter =>
      metrics.counters(`coredns_cache_${name}_total`, help, ['server', 'zones', 'view']).with(server, this.#zones, view)
    const hits = metrics.counters('coredns_cache_hits_total', 'Queries answered from the cache.', [
      'server',
      'type',
      'zones',
      'view',
    ])
    return {
      requests: count('requests', 'Queries that the cache was asked for.'),
      misses: count('misses', 'Queries that it could not answer.'),
      successHits: hits.with(server, SUCCESS, this.#zones, view),
      denialHits: hits.with(server, DENIAL, this.#zones, view),
      prefetches: count('prefetch', 'Replies fetched again before or after their end, with nobody waiting.'),
      servedStale: count('served_stale', 'Queries answered with what had expired.'),
      synthesized: count('synthesized', 'Denials made from NSEC records.'),
      restored: count('restored', 'Replies that came back from the edge cache.'),
    }
  }
}
