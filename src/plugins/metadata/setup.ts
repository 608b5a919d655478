import { rest } from '../../corefile/spec.ts'
import { zone } from '../../corefile/values.ts'
import { isWithin } from '../../dns/name.ts'
import { MetadataScope } from '../../metadata.ts'
import { definePlugin } from '../../plugin.ts'

/** `metadata [ZONES…]`: plugins tell each other, the log and expressions about queries. */
export const plugin = definePlugin({
  name: 'metadata',
  directive: { args: [rest('zones', zone)], once: true },
  setup([use], block) {
    const zones = use.args.zones.length > 0 ? use.args.zones : block.zones
    block.provide(MetadataScope, (query) => zones.some((zone) => isWithin(query.name, zone)))
    return { name: 'metadata' }
  },
})
