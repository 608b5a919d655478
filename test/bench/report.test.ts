import { expect, it } from 'vitest'
import { type Row, readTable, worse, writeTable } from '../../bench/report.ts'

const row = (path: string, ratio: number, sense: Row['sense'] = 'least'): Row => ({
  path,
  beside: 'nothing',
  ratio,
  sense,
})

it('reads the table that it writes', () => {
  const rows: Row[] = [
    {
      ...row('udp: file', 0.85),
      goal: 0.8,
      perSecond: 70_000.4,
      perCpuSecond: 120_000,
      p50: 0.1,
      p99: 1.234,
      more: 'so',
    },
    row('zones: start', 1.1, 'most'),
  ]
  expect(readTable(`# Title\n\n${writeTable(rows)}\n`)).toEqual([
    row('udp: file', 0.85),
    row('zones: start', 1.1, 'most'),
  ])
})

it('tells what is more than 15 % worse, whichever way is worse', () => {
  const before = [row('a', 1), row('b', 1), row('c', 1, 'most'), row('d', 1, 'most')]
  const now = [row('a', 0.86), row('b', 0.84), row('c', 1.14, 'most'), row('d', 1.16, 'most'), row('new', 0)]
  expect(worse(now, before)).toEqual([
    'b, beside nothing: 0.84, and it was 1.00',
    'd, beside nothing: 1.16, and it was 1.00',
  ])
})
