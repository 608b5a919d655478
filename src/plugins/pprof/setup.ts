import { HttpResources } from '../../capabilities.ts'
import { optional } from '../../corefile/spec.ts'
import { integer } from '../../corefile/values.ts'
import { httpAddress, loopback } from '../../httpaddress.ts'
import { definePlugin } from '../../plugin.ts'
import { Profiles } from './pprof.ts'

const PORT = 6053
const PATHS = { '/debug/pprof/profile': 'cpu', '/debug/pprof/heap': 'heap' } as const

/** `pprof [ADDRESS]`: profiles of the process by HTTP. */
export const plugin = definePlugin({
  name: 'pprof',
  directive: {
    args: [optional('address', httpAddress)],
    properties: { block: { args: [optional('rate', integer())] } },
    once: true,
  },
  runtimes: { workers: 'ignored', why: 'at the edge the platform takes profiles' },
  setup([use], block) {
    if (!block.runtime.profile) return { name: 'pprof' }
    if (use.has('block')) block.warn('pprof: block: has no effect: nothing blocks here', use.get('block')!.at)
    const profiles = new Profiles(block.runtime)
    for (const [path, kind] of Object.entries(PATHS))
      block.provide(HttpResources, {
        path,
        address: use.args.address ?? loopback(PORT),
        respond: (request) => profiles.take(kind, request),
        fault: (reason) => use.error(reason),
      })
    return { name: 'pprof' }
  },
})
