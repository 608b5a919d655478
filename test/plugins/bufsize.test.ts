import { expect, test } from 'vitest'
import { parseRecords } from '../../src/dns/presentation.ts'
import { type AskOptions, faults, rig } from './rig.ts'

const BIG = parseRecords(
  ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((c) => `big.example. 60 IN TXT ${c.repeat(200)}`).join('\n'),
)

test.each<[string, AskOptions, number]>([
  ['bufsize', { bufsize: 4096 }, 1232],
  ['bufsize 1024', { bufsize: 4096 }, 1024],
  ['bufsize 1024', { bufsize: 900 }, 900],
  ['bufsize 1024', {}, 512],
  ['bufsize 1024', { bufsize: 4096, peer: { transport: 'tcp' } }, 65_535],
  ['', { bufsize: 4096 }, 4096],
])('%j %j: at most %i octets', async (directive, how, limit) => {
  const { answer } = await rig(`. {\n${directive}\nstub\n}`, { stub: (query) => query.reply({ answer: BIG }) })
  const { wire, flags } = await answer('big.example TXT', how)
  expect(wire.length).toBeLessThanOrEqual(limit)
  expect(flags.includes('tc')).toBe(limit < 2000)
})

test.each(['511', '4097', 'abc', '512 512'])('bufsize %s is refused', async (size) => {
  expect(await faults(`. {\nbufsize ${size}\n}`)).toContain('bufsize: ')
})
