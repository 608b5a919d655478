import { required } from '../../corefile/spec.ts'
import { boolean } from '../../corefile/values.ts'
import { definePlugin } from '../../plugin.ts'
import { Local } from './local.ts'

/** `local`: answers for names that never leave a machine. */
export const plugin = definePlugin({
  name: 'local',
  directive: { args: [], properties: { localhost_prefix: { args: [required('state', boolean)], repeat: true } } },
  setup(uses, block) {
    const name = 'coredns_local_localhost_requests_total'
    const queries = block.metrics.counter(name, 'Queries for names below localhost, or that begin with it.')
    return new Local(uses.at(-1)!.get('localhost_prefix')?.args.state ?? true, queries)
  },
})
