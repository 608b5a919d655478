import { describe, expect, test } from 'vitest'
import { lint, readMetrics } from './prometheustext.ts'

/** The oracle of other tests: does it find what is wrong? */

const HEAD = '# HELP a_total Help.\n# TYPE a_total counter\n'
const HISTOGRAM = '# HELP h Help.\n# TYPE h histogram\n'

describe('refuses', () => {
  test.each([
    ['no end of the line', 'a 1'],
    ['no value', 'a\n'],
    ['a bad value', 'a 1x\n'],
    ['a bad name', '1a 1\n'],
    ['an open label', 'a{b="c} 1\n'],
    ['a bad escape', 'a{b="\\t"} 1\n'],
    ['a label twice', 'a{b="1",b="2"} 1\n'],
    ['HELP twice', `# HELP a_total x\n${HEAD}`],
    ['TYPE behind samples', 'a_total 1\n# TYPE a_total counter\n'],
    ['an unknown type', '# TYPE a number\n'],
    ['families in pieces', 'a 1\nb 1\na{c="1"} 1\n'],
  ])('%s', (_, text) => {
    expect(() => readMetrics(text)).toThrow()
  })
})

test('reads escapes', () => {
  const read = readMetrics('# HELP a one\\ntwo \\\\\n# TYPE a gauge\na{b="x\\"y\\\\z\\n,}"} +Inf\n').get('a')!
  expect(read.help).toBe('one\ntwo \\')
  expect([...read.samples[0].labels]).toEqual([['b', 'x"y\\z\n,}']])
  expect(read.samples[0].value).toBe(Number.POSITIVE_INFINITY)
})

describe('complains of', () => {
  test.each([
    ['a_total: no help', '# TYPE a_total counter\na_total 1\n'],
    ['a: counters end in _total', '# HELP a x\n# TYPE a counter\na 1\n'],
    ['a_total: only counters end in _total', '# HELP a_total x\n# TYPE a_total gauge\na_total 1\n'],
    ['a_total: a counter below 0', `${HEAD}a_total -1\n`],
    ['a_total: le in no histogram', `${HEAD}a_total{le="1"} 1\n`],
    ['twice: a_total b=1,c=2', `${HEAD}a_total{b="1",c="2"} 1\na_total{c="2",b="1"} 1\n`],
    [
      'h : le does not rise',
      `${HISTOGRAM}h_bucket{le="2"} 1\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n`,
    ],
    ['h : counts do not add up', `${HISTOGRAM}h_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n`],
    ['h : no +Inf', `${HISTOGRAM}h_bucket{le="1"} 1\nh_sum 1\nh_count 1\n`],
    ['h : count is not that of +Inf', `${HISTOGRAM}h_bucket{le="+Inf"} 1\nh_sum 1\nh_count 2\n`],
    ['h : sum or count is not there once', `${HISTOGRAM}h_bucket{le="+Inf"} 1\nh_count 1\n`],
  ])('%s', (complaint, text) => {
    expect(lint(readMetrics(text))).toContain(complaint)
  })
})

test('finds nothing wrong where nothing is', () => {
  const good = `${HISTOGRAM}h_bucket{a="1",le="0.5"} 1\nh_bucket{a="1",le="+Inf"} 2\nh_sum{a="1"} 1.5\nh_count{a="1"} 2\n${HEAD}a_total 0\n`
  expect(lint(readMetrics(good))).toEqual([])
})
