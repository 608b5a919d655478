import { expect, test } from 'vitest'
import { parseRecords } from '../../src/dns/presentation.ts'
import type { ReplyParts } from '../../src/reply.ts'
import { faults, rig } from './rig.ts'

const A = parseRecords('www.example.org. 60 IN A 192.0.2.1')
const NS = parseRecords('example.org. 60 IN NS ns.example.org.')
const SOA = parseRecords('example.org. 60 IN SOA ns.example.org. h.example.org. 1 2 3 4 5')
const GLUE = parseRecords('ns.example.org. 60 IN A 192.0.2.2')

test.each<[string, ReplyParts, number[]]>([
  ['an answer', { aa: true, answer: A, authority: NS, additional: GLUE }, [1, 0, 0]],
  ['an answer that is small', { answer: A }, [1, 0, 0]],
  ['a referral', { authority: NS, additional: GLUE }, [0, 1, 1]],
  ['no data', { authority: SOA, additional: GLUE }, [0, 1, 1]],
  ['no such name', { rcode: 3, authority: SOA }, [0, 1, 0]],
  ['an error', { rcode: 5, additional: GLUE }, [0, 0, 1]],
])('%s', async (_, parts, sizes) => {
  const { answer } = await rig('. {\nminimal\nstub\n}', { stub: (query) => query.reply(parts) })
  const reply = await answer('www.example.org A')
  expect([reply.answer.length, reply.authority.length, reply.additional.length]).toEqual(sizes)
  expect(reply.flags.includes('aa')).toBe(parts.aa ?? false)
})

test('what is dropped stays dropped', async () => {
  const { ask } = await rig('. {\nminimal\nstub\n}', { stub: (query) => query.drop() })
  expect(await ask('www.example.org A')).toBeUndefined()
})

test('takes no arguments', async () => {
  expect(await faults('. {\nminimal example.org\n}')).toContain('minimal: takes no arguments')
})
