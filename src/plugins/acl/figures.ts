import type { Counter } from '../../metrics/counter.ts'
import { PerServer, PerZone } from '../../metrics/perserver.ts'
import type { Block } from '../../plugin.ts'

/** What became of queries. */
export interface AclFigures {
  readonly allow: PerServer<Counter>
  /** These by zone of the rule that decided. */
  readonly block: PerZone<Counter>
  readonly filter: PerZone<Counter>
  readonly drop: PerZone<Counter>
}

export function aclFigures(block: Block): AclFigures {
  const name = (word: string): string => `coredns_acl_${word}_requests_total`
  const allowed = block.metrics.counters(name('allowed'), 'Queries that were let through.', ['server', 'view'])
  const byZone = (word: string): PerZone<Counter> => {
    const counters = block.metrics.counters(name(word), `Queries that were ${word}.`, ['server', 'zone', 'view'])
    return new PerZone((server, zone) => counters.with(server, zone, block.view))
  }
  return {
    allow: new PerServer((server) => allowed.with(server, block.view)),
    block: byZone('blocked'),
    filter: byZone('filtered'),
    drop: byZone('dropped'),
  }
}
