import { Sockets } from '../../capabilities.ts'
import { optional } from '../../corefile/spec.ts'
import { integer } from '../../corefile/values.ts'
import { definePlugin } from '../../plugin.ts'

/** As with CoreDNS. */
const MOST = 1024
/** More threads than this for each that can run at a time take memory and bring nothing. */
const PER_CORE = 4

/** `multisocket [NUM_SOCKETS]`: several sockets for each address of the block, served by threads. */
export const plugin = definePlugin({
  name: 'multisocket',
  directive: { args: [optional('sockets', integer({ min: 1, max: MOST }))], once: true },
  runtimes: { workers: 'ignored', why: 'at the edge the platform spreads the load' },
  setup([use], block) {
    const { parallelism = 1 } = block.runtime
    const { sockets: wanted = parallelism } = use.args
    const sockets = Math.min(wanted, PER_CORE * parallelism)
    if (sockets < wanted)
      block.warn(
        `multisocket: ${sockets} sockets in place of ${wanted}: ${parallelism} threads can run at a time`,
        use.at,
      )
    block.provide(Sockets, sockets)
    return { name: 'multisocket' }
  },
})
