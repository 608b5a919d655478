import type { Collector, Sample } from '../../metrics/family.ts'
import type { Registry } from '../../metrics/registry.ts'

/**
 * CoreDNS has renamed the metrics of `forward`, and dashboards and alerts by the thousand still ask for the old names. Here
 * both are there; the old ones are made from the new when somebody reads.
 */
export function addOldNames(metrics: Registry, durations: Collector, healthcheckFailures: Collector): void {
  const [TO, RCODE] = [1, 2]
  metrics.add('coredns_forward_request_duration_seconds', {
    help: 'How long upstreams took to answer: the old name of coredns_proxy_request_duration_seconds.',
    type: 'histogram',
    labels: ['to', 'rcode'],
    samples: () =>
      [...durations.samples()].map(({ labels, value }) => ({ labels: [labels[TO], labels[RCODE]], value })),
  })
  metrics.add('coredns_forward_responses_total', {
    help: 'Answers of upstreams.',
    type: 'counter',
    labels: ['to', 'rcode'],
    samples: () => counts(durations).map(({ labels, value }) => ({ labels: [labels[TO], labels[RCODE]], value })),
  })
  metrics.add('coredns_forward_requests_total', {
    help: 'Queries that upstreams have answered.',
    type: 'counter',
    labels: ['to'],
    samples: () => sums(counts(durations), TO),
  })
  metrics.add('coredns_forward_healthcheck_failures_total', {
    help: 'Checks that failed: the old name of coredns_proxy_healthcheck_failures_total.',
    type: 'counter',
    labels: ['to'],
    samples: () => [...healthcheckFailures.samples()].map(({ labels, value }) => ({ labels: [labels[TO]], value })),
  })
}

interface Count extends Sample {
  readonly value: number
}

/** How many values each histogram has seen. */
function counts(histograms: Collector): Count[] {
  return [...histograms.samples()].map(({ labels, value }) => ({
    labels,
    value: typeof value === 'number' ? value : value.counts.reduce((sum, count) => sum + count, 0),
  }))
}

/** One sample for each value of a label. */
function sums(samples: readonly Count[], label: number): Count[] {
  const byValue = Map.groupBy(samples, ({ labels }) => labels[label])
  return [...byValue].map(([value, group]) => ({
    labels: [value],
    value: group.reduce((sum, sample) => sum + sample.value, 0),
  }))
}
