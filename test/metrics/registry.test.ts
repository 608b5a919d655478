import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expositionText } from '../../src/metrics/exposition.ts'
import { Histogram, SIZES, TIMES } from '../../src/metrics/histogram.ts'
import { Registry } from '../../src/metrics/registry.ts'
import { lint, readMetrics, sampleValue } from './prometheustext.ts'

const textOf = (registry: Registry): string => expositionText(registry.gather())

test('a page', () => {
  const registry = new Registry()
  registry.gauge('b_bytes', 'Has a \\ and\na line end.').set(1.5)
  const counters = registry.counters('a_total', 'Counts.', ['zone', 'server'])
  counters.with('example.org.', 'dns://:53').increment(2)
  counters.with('"', 'back\\slash\nline').increment()
  registry.histograms('c_seconds', 'Times.', ['to'], [0.1, 1]).with('x').observe(0.5)
  registry.gauges('empty', 'Never set.', []).with()
  expect(textOf(registry)).toBe(`# HELP a_total Counts.
# TYPE a_total counter
a_total{server="back\\\\slash\\nline",zone="\\""} 1
a_total{server="dns://:53",zone="example.org."} 2
# HELP b_bytes Has a \\\\ and\\na line end.
# TYPE b_bytes gauge
b_bytes 1.5
# HELP c_seconds Times.
# TYPE c_seconds histogram
c_seconds_bucket{to="x",le="0.1"} 0
c_seconds_bucket{to="x",le="1"} 1
c_seconds_bucket{to="x",le="+Inf"} 1
c_seconds_sum{to="x"} 0.5
c_seconds_count{to="x"} 1
`)
})

test('any label value and help comes back from an independent reader', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 1 }), fc.integer({ min: 0 }), (value, help, count) => {
      const registry = new Registry()
      registry.counters('a_total', help, ['b']).with(value).increment(count)
      const read = readMetrics(textOf(registry))
      const [sample] = read.get('a_total')!.samples
      expect(sample.labels.get('b')).toBe(value)
      expect(sample.value).toBe(count)
      expect(read.get('a_total')!.help).toBe(help)
      expect(lint(read)).toEqual([])
    }),
  )
})

describe('a name asked for again', () => {
  test('is the same metric', () => {
    const registry = new Registry()
    registry.counter('a_total', 'x').increment()
    registry.counter('a_total', 'x').increment()
    expect(registry.counter('a_total', 'x').value).toBe(2)
  })

  test.each([
    ['another kind', (registry: Registry) => registry.gauge('a_total', 'x')],
    ['other labels', (registry: Registry) => registry.counters('a_total', 'x', ['b'])],
    ['a bad name', (registry: Registry) => registry.counter('a-b', 'x')],
    ['a bad label', (registry: Registry) => registry.counters('b_total', 'x', ['le'])],
    ['too few values', (registry: Registry) => registry.counters('c_total', 'x', ['a', 'b']).with('1')],
  ])('is refused with %s', (_, define) => {
    const registry = new Registry()
    registry.counter('a_total', 'x')
    expect(() => define(registry)).toThrow()
  })
})

describe('what somebody else counts', () => {
  test('is counted in, and stays when they go', () => {
    const counter = new Registry().counter('a_total', 'x')
    const counts = { old: 3, new: 0 }
    const read = (): number => counts.old
    const endOld = counter.follow(read)
    const endNew = counter.follow(() => counts.new)
    counter.increment()
    expect(counter.value).toBe(4)
    counts.new = 2
    endOld()
    endOld()
    counts.old = 100
    expect(counter.value).toBe(6)
    endNew()
    expect(counter.value).toBe(6)
  })

  test('as a gauge is the latest one’s, and goes with the last', () => {
    const registry = new Registry()
    const gauges = registry.gauges('a', 'x', ['b'])
    const endOld = gauges.follow(['1'], () => 1)
    const endNew = gauges.follow(['1'], () => 2)
    expect(sampleValue(readMetrics(textOf(registry)), 'a', { b: '1' })).toBe(2)
    endOld()
    expect(sampleValue(readMetrics(textOf(registry)), 'a', { b: '1' })).toBe(2)
    endNew()
    expect(textOf(registry)).toBe('')
  })
})

describe('histograms', () => {
  test('have CoreDNS’s buckets', () => {
    expect(TIMES.slice(0, 3)).toEqual([0.00025, 0.0005, 0.001])
    expect(TIMES.at(-1)).toBe(8.192)
    expect(SIZES).toEqual([0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16000, 32000, 48000, 64000])
  })

  test('put each value into the first bucket that it is not above', () => {
    const values = fc.array(fc.double({ min: 0, max: 100_000, noNaN: true }))
    fc.assert(
      fc.property(values, (values) => {
        const histogram = new Histogram(SIZES)
        for (const value of values) histogram.observe(value)
        const { bounds, counts, sum } = histogram.value
        expect(counts).toHaveLength(bounds.length + 1)
        for (const [i, bound] of bounds.entries()) {
          const upTo = counts.slice(0, i + 1).reduce((total, count) => total + count)
          expect(upTo).toBe(values.filter((value) => value <= bound).length)
        }
        expect(counts.reduce((total, count) => total + count)).toBe(values.length)
        expect(sum).toBeCloseTo(values.reduce((total, value) => total + value, 0))
      }),
    )
  })
})
