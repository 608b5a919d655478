import { describe, expect, it } from 'vitest'
import type { Tap } from '../src/capabilities.ts'
import { CLASS } from '../src/dns/constants.ts'
import type { Handler } from '../src/plugin.ts'
import type { Query } from '../src/query.ts'
import { Server } from '../src/server.ts'
import { answering, block, PEER, queryOf, STREAM, words } from './servedblock.ts'

describe('messages that are no query', () => {
  const server = new Server([block('.')])
  /** A query with one octet set. */
  const edited = (at: number, octet: number): Uint8Array => queryOf('example.org.').with(at, octet)
  const cases: [string, Uint8Array, string][] = [
    ['half a header', queryOf('example.org.').subarray(0, 11), 'nothing'],
    ['a response', edited(2, 0x81), 'nothing'],
    ['two questions', edited(5, 2), 'FORMERR'],
    ['another opcode', edited(2, 0x29), 'NOTIMP'],
    ['a question cut short', queryOf('example.org.').subarray(0, 20), 'FORMERR'],
  ]
  it.each(cases)('%s', async (_, message, expected) => {
    expect(words(await server.answer(message, PEER))).toBe(expected)
    expect(words((await server.answers(message, STREAM)) as Uint8Array)).toBe(expected)
    const exchange = await server.exchange(message, { ...PEER, transport: 'https' })
    expect(words(exchange?.wire)).toBe(expected)
    expect(exchange?.query).toBeUndefined()
  })
})

it('answers at once where the chain does', () => {
  const tap: Tap = { sent: () => {} }
  for (const taps of [[], [tap]]) {
    const server = new Server([block('.', { taps })])
    const query = queryOf('x.')
    expect(server.answer(query, PEER)).toBeInstanceOf(Uint8Array)
    expect(server.answers(query, STREAM)).toBeInstanceOf(Uint8Array)
    expect(server.exchange(query, STREAM)).toMatchObject({ wire: expect.any(Uint8Array) })
  }
})

it('serves queries that did not come as a message, and tells their listener', async () => {
  const name = { text: 'https://127.0.0.1:443', index: 3 }
  const asked: Query[] = []
  const handler: Handler = (query) => {
    asked.push(query)
    return answering('x')(query)
  }
  const server = new Server([block('.', { handler })], { name })
  server.answer(queryOf('www.example.org.'), PEER)
  const [query] = asked
  expect(query.server).toBe(name)
  expect(query.class).toBe(CLASS.IN)
  expect((await server.serve(query))!.reply!.answer).toHaveLength(1)
  expect((await server.respond(query)).answer).toHaveLength(1)
})
