import { expect, it } from 'vitest'
import type { Family } from '../../src/metrics/family.ts'
import { mergeFamilies } from '../../src/metrics/merge.ts'
import { Registry } from '../../src/metrics/registry.ts'

/** What one of several threads counts. */
function thread(queries: number, entries: number): Registry {
  const metrics = new Registry()
  metrics.counters('queries_total', 'Queries.', ['zone']).with('a.').increment(queries)
  metrics.gauges('entries', 'Entries.', [], true).with().set(entries)
  metrics.gauge('enabled', 'Is it there?').set(1)
  const seconds = metrics.histograms('seconds', 'Durations.', [], [1, 10]).with()
  seconds.observe(0.5)
  seconds.observe(queries)
  return metrics
}

const samplesOf = (families: readonly Family[], name: string) =>
  families.find((family) => family.name === name)!.samples.map(({ labels, value }) => [...labels, value])

it('counters, histograms and what is in parts add up; what all have alike does not', () => {
  const merged = mergeFamilies([thread(5, 100).gather(), thread(20, 50).gather()])
  expect(samplesOf(merged, 'queries_total')).toEqual([['a.', 25]])
  expect(samplesOf(merged, 'entries')).toEqual([[150]])
  expect(samplesOf(merged, 'enabled')).toEqual([[1]])
  expect(samplesOf(merged, 'seconds')).toEqual([[{ bounds: [1, 10], counts: [2, 1, 1], sum: 26 }]])
})

it('what one thread alone has is there', () => {
  const other = thread(1, 1)
  other.counters('queries_total', 'Queries.', ['zone']).with('b.').increment(3)
  other.counter('more_total', 'More.').increment()
  const merged = mergeFamilies([thread(1, 1).gather(), other.gather()])
  expect(samplesOf(merged, 'queries_total')).toEqual([
    ['a.', 2],
    ['b.', 3],
  ])
  expect(samplesOf(merged, 'more_total')).toEqual([[1]])
  expect(merged.map(({ name }) => name)).toEqual(['enabled', 'entries', 'more_total', 'queries_total', 'seconds'])
})

it('a registry that was joined gathers all', async () => {
  const first = thread(1, 1)
  first.join(async () => [thread(2, 2).gather(), thread(3, 3).gather()])
  expect(samplesOf(await first.gatherAll(), 'queries_total')).toEqual([['a.', 6]])
  expect(samplesOf(first.gather(), 'queries_total')).toEqual([['a.', 1]])
})
