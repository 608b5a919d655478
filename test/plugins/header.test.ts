import { expect, test } from 'vitest'
import { FLAG } from '../../src/dns/constants.ts'
import { type AskOptions, faults, rig } from './rig.ts'

test.each<[string, AskOptions, string]>([
  ['response set ra', {}, 'aa rd ra'],
  ['response set ra', { rd: false }, 'aa ra'],
  ['response clear aa', {}, 'rd'],
  ['response set ra aa\nresponse clear rd aa', {}, 'ra'],
  ['response set rd', { rd: false }, 'aa rd'],
  ['response clear aa\nresponse set aa', {}, 'aa rd'],
  ['query clear rd', {}, 'aa rd'],
])('%j %j', async (rules, how, flags) => {
  const { answer } = await rig(`. {\nheader {\n${rules}\n}\nwhoami\n}`)
  expect((await answer('example.org A', how)).flags).toBe(flags)
})

test.each<[string, AskOptions, number]>([
  ['query set rd', { rd: false }, FLAG.RD],
  ['query clear rd', {}, 0],
  ['query clear rd\nquery set rd ra', {}, FLAG.RD | FLAG.RA],
  ['response clear rd', { cd: true }, FLAG.RD | FLAG.CD],
])('the next plugin sees the query’s flags after %j', async (rules, how, flags) => {
  let seen = -1
  const { answer } = await rig(`. {\nheader {\n${rules}\n}\nstub\n}`, {
    stub: (query) => {
      seen = query.flags
      return query.reply()
    },
  })
  await answer('example.org A', how)
  expect(seen).toBe(flags)
})

test('what is dropped stays dropped', async () => {
  const { ask } = await rig('. {\nheader {\nresponse set ra\n}\nstub\n}', { stub: (query) => query.drop() })
  expect(await ask('example.org A')).toBeUndefined()
})

test.each([
  ['header', '2:1: header: must have a query or response line'],
  ['header {\nfoo\n}', '3:1: header: unknown property, got "foo"'],
  ['header {\nresponse set\n}', '3:1: header: response: flag is missing'],
  ['header {\nquery foo rd\n}', '3:7: header: query: action must be set or clear, got "foo"'],
  ['header {\nquery set ad\n}', '3:11: header: query: flag must be aa, ra or rd'],
])('%j is refused', async (directive, message) => {
  expect(await faults(`. {\n${directive}\n}`)).toContain(`Corefile:${message}`)
})
