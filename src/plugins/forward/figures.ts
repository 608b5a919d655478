import { rcodeName } from '../../dns/rdata/registry.ts'
import type { Counters } from '../../metrics/counter.ts'
import type { Histogram, Histograms } from '../../metrics/histogram.ts'
import type { Registry } from '../../metrics/registry.ts'
import type { PoolCounts } from '../../upstream/receiver.ts'
import type { Upstream } from '../../upstream/upstream.ts'
import type { Health } from './health.ts'
import { addOldNames } from './oldnames.ts'
import type { ForwardCounts } from './rules.ts'

/** As CoreDNS's proxies call themselves in labels. */
const PROXY = 'forward'
const TO = ['proxy_name', 'to']

/** How long an upstream takes, by response code. */
export class AnswerTimes {
  readonly #histograms: Histograms
  readonly #to: string
  readonly #byRcode: (Histogram | undefined)[] = []

  constructor(metrics: Registry, to: string) {
    const help = 'How long upstreams took to answer.'
    this.#histograms = metrics.histograms('coredns_proxy_request_duration_seconds', help, [...TO, 'rcode'])
    addOldNames(metrics, this.#histograms, checkFailures(metrics))
    this.#to = to
  }

  /** Milliseconds. */
  observe(rcode: number, elapsed: number): void {
    this.#byRcode[rcode] ??= this.#histograms.with(PROXY, this.#to, rcodeName(rcode))
    this.#byRcode[rcode].observe(elapsed / 1000)
  }
}

const checkFailures = (metrics: Registry): Counters =>
  metrics.counters('coredns_proxy_healthcheck_failures_total', 'Checks that failed.', TO)

/** Shows what one upstream's sockets, messages and checks come to. Returns how to end that. */
export function followUpstream(metrics: Registry, upstream: Upstream, health: Health): () => void {
  const { address, counts, streams, udp } = upstream
  const to = upstream.name
  const ends: (() => void)[] = []
  const follow = (name: string, help: string, read: () => number): void => {
    ends.push(metrics.counters(`coredns_proxy_${name}_total`, help, TO).with(PROXY, to).follow(read))
  }
  const followPool = (proto: string, use: PoolCounts): void => {
    const pool = (name: string, help: string) =>
      metrics.counters(`coredns_proxy_conn_cache_${name}_total`, help, [...TO, 'proto']).with(PROXY, to, proto)
    ends.push(pool('hits', 'Queries for which an open socket was there.').follow(() => use.reused))
    ends.push(pool('misses', 'Queries for which a socket was opened.').follow(() => use.opened))
  }
  ends.push(
    checkFailures(metrics)
      .with(PROXY, to)
      .follow(() => health.failures),
  )
  follow('unwanted', 'Messages of upstreams that answered nothing asked: late, or forged.', () => counts.unwanted)
  follow('mismatched', 'Messages with the id of a query and another question.', () => counts.mismatched)
  follow('truncated', 'Queries sent again over TCP.', () => counts.truncated)
  if (udp) followPool('udp', udp.use)
  if (address.transport !== 'https') followPool(address.transport === 'tls' ? 'tcp-tls' : 'tcp', streams.use)
  return () => {
    for (const end of ends) end()
  }
}

/** Shows what became of the queries of one *forward*. Returns how to end that. */
export function followForward(metrics: Registry, counts: ForwardCounts): () => void {
  const follow = (name: string, help: string, read: () => number): (() => void) =>
    metrics.counter(`coredns_forward_${name}_total`, help).follow(read)
  const ends = [
    follow('healthcheck_broken', 'Queries for which all upstreams were down.', () => counts.allDown),
    follow('max_concurrent_rejects', 'Queries refused as too many were under way.', () => counts.rejected),
    follow('hedges', 'Queries sent a second time as the answer was late.', () => counts.hedged),
  ]
  return () => {
    for (const end of ends) end()
  }
}
