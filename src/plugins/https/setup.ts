import { Limits } from '../../capabilities.ts'
import { required } from '../../corefile/spec.ts'
import { integer } from '../../corefile/values.ts'
import { definePlugin } from '../../plugin.ts'

/** As many as CoreDNS takes. */
const DEFAULT_CONNECTIONS = 200

/** `https`: limits of the block's DNS-over-HTTPS listeners. */
export const plugin = definePlugin({
  name: 'https',
  directive: {
    args: [],
    properties: { max_connections: { args: [required('number', integer({ min: 0 }))] } },
    once: true,
  },
  runtimes: { workers: 'ignored', why: 'at the edge the platform takes connections' },
  setup([use], block) {
    const limit = use.get('max_connections')?.args.number ?? DEFAULT_CONNECTIONS
    block.provide(Limits, { only: 'https', maxConnections: limit === 0 ? Number.POSITIVE_INFINITY : limit })
    return { name: 'https' }
  },
})
