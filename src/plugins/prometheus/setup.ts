import { AnswererName } from '../../analytics.ts'
import { ChainWatcher, HttpResources, ReplyTap, ServerTaps } from '../../capabilities.ts'
import { optional } from '../../corefile/spec.ts'
import { httpAddress, loopback } from '../../httpaddress.ts'
import { definePlugin } from '../../plugin.ts'
import { VERSION } from '../../version.ts'
import { DnsMetrics } from './dnsmetrics.ts'
import { Prometheus } from './prometheus.ts'

const PORT = 9153

/** `prometheus [ADDRESS]`: metrics in Prometheus's format. */
export const plugin = definePlugin({
  name: 'prometheus',
  directive: {
    args: [optional('address', httpAddress)],
    properties: { runtime_metrics: { args: [], repeat: true } },
    once: true,
  },
  setup([use], block) {
    const { metrics } = block
    metrics
      .gauges('coredns_build_info', 'Which program this is.', ['version', 'revision', 'goversion'])
      .with(VERSION, '', navigator.userAgent)
      .set(1)
    const prometheus = new Prometheus(block, use.has('runtime_metrics'))
    block.provide(ReplyTap, prometheus)
    block.provide(ChainWatcher, (plugin, handler) => prometheus.watch(plugin, handler))
    block.provide(ServerTaps, DnsMetrics.of(metrics))
    block.provide(AnswererName, (answerer) => DnsMetrics.of(metrics).nameOf(answerer))
    block.provide(HttpResources, {
      path: '/metrics',
      address: use.args.address ?? loopback(PORT),
      respond: () => prometheus.respond(),
      fault: (reason) => use.error(reason),
    })
    return prometheus
  },
})
