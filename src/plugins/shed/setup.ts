import { Limits } from '../../capabilities.ts'
import { definePlugin } from '../../plugin.ts'

/** Queries that may wait at a socket: a burst of some ten milliseconds. CoreDNS's number, and no setting there either. */
const DEPTH = 1024

/** `shed`: an overloaded UDP listener serves the newest queries and gives up the oldest. */
export const plugin = definePlugin({
  name: 'shed',
  directive: { args: [], once: true },
  runtimes: { workers: 'ignored', why: 'at the edge there is no UDP' },
  setup([use], block) {
    const other = block.listeners.find(({ transport }) => transport !== 'dns')
    if (other) throw use.error(`works in plain DNS server blocks only, got "${other.transport}://"`)
    const dropped = block.metrics.counters('coredns_shed_dropped_total', 'Queries dropped unread.', [
      'server',
      'reason',
    ])
    block.provide(Limits, { shed: DEPTH, shedCounter: (server) => dropped.with(server, 'query') })
    return { name: 'shed' }
  },
})
