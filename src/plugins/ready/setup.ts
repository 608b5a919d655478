import { HttpResources } from '../../capabilities.ts'
import { optional, required } from '../../corefile/spec.ts'
import { oneOf } from '../../corefile/values.ts'
import { httpAddress, loopback } from '../../httpaddress.ts'
import { type Key, key } from '../../key.ts'
import { definePlugin } from '../../plugin.ts'
import { Readiness } from './readiness.ts'

const PORT = 8181

/** One for all blocks: the process is ready when all are. */
const Shared: Key<Readiness> = key('ready/readiness')

/** `ready [ADDRESS]`: says by HTTP whether all plugins can answer. */
export const plugin = definePlugin({
  name: 'ready',
  directive: {
    args: [optional('address', httpAddress)],
    properties: { monitor: { args: [required('how', oneOf(['until-ready', 'continuously']))], repeat: true } },
    once: true,
  },
  setup([use], block) {
    const { log } = block.runtime
    const readiness = block.shared(Shared, () => new Readiness((line) => log.info(`plugin/ready: ${line}`)))
    block.provide(HttpResources, {
      path: '/ready',
      address: use.args.address ?? loopback(PORT),
      respond: () => readiness.respond(),
      fault: (reason) => use.error(reason),
    })
    return {
      name: 'ready',
      load: () => readiness.add(block.plugins, use.get('monitor')?.args.how === 'continuously'),
      drain: () => readiness.end(),
    }
  },
})
