import { HttpResources } from '../../capabilities.ts'
import { optional, required } from '../../corefile/spec.ts'
import { duration } from '../../corefile/values.ts'
import { httpAddress, loopback } from '../../httpaddress.ts'
import { FEW_TIMES } from '../../metrics/histogram.ts'
import { definePlugin } from '../../plugin.ts'
import { Health } from './health.ts'
import { SelfCheck } from './selfcheck.ts'

const PORT = 8080

/** `health [ADDRESS]`: says by HTTP that the process is there. */
export const plugin = definePlugin({
  name: 'health',
  directive: {
    args: [optional('address', httpAddress)],
    properties: { lameduck: { args: [required('duration', duration)], repeat: true } },
  },
  setup(uses, block) {
    const { runtime, metrics } = block
    const figures = {
      durations: metrics
        .histograms('coredns_health_request_duration_seconds', 'How long a request for /health takes.', [], FEW_TIMES)
        .with(),
      failures: metrics.counter('coredns_health_request_failures_total', 'Requests for /health that failed.'),
    }
    return uses.map((use) => {
      const address = use.args.address ?? loopback(PORT)
      const health = new Health(use.get('lameduck')?.args.duration ?? 0, runtime.log)
      block.provide(HttpResources, {
        path: '/health',
        address,
        respond: () => health.respond(),
        listening: (port) => health.checkItself(new SelfCheck({ ...address, port }, runtime, figures)),
        fault: (reason) => use.error(reason),
      })
      return health
    })
  },
})
