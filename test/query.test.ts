import { describe, expect, it, vi } from 'vitest'
import { FLAG, RCODE, TYPE } from '../src/dns/constants.ts'
import { writeQuery } from '../src/dns/message.ts'
import { parseName } from '../src/dns/name.ts'
import { type Question, readQuestion } from '../src/dns/questionreader.ts'
import { key } from '../src/key.ts'
import { Query } from '../src/query.ts'
import { DROPPED } from '../src/reply.ts'
import { query } from './sent.ts'
import { PEER } from './servedblock.ts'

it('reads its flags', () => {
  const plain = query({ flags: 0 })
  expect([plain.opcode, plain.recursionDesired, plain.checkingDisabled, plain.authenticData]).toEqual([
    0,
    false,
    false,
    false,
  ])
  const full = query({ flags: 0x2800 | FLAG.RD | FLAG.CD | FLAG.AD })
  expect([full.opcode, full.recursionDesired, full.checkingDisabled, full.authenticData]).toEqual([5, true, true, true])
})

it('reads DO and options', () => {
  const cookie = { code: 10, data: new Uint8Array(8) }
  const asked = query({ edns: { dnssecOk: true, options: [cookie, { ...cookie, data: new Uint8Array(1) }] } })
  expect(asked.dnssecOk).toBe(true)
  expect(asked.option(10)).toBe(cookie)
  expect(asked.option(3)).toBeUndefined()
  expect([query({}).dnssecOk, query({}).option(10), query({ edns: {} }).dnssecOk]).toEqual([false, undefined, false])
})

it('has its message as plain octets, of which slices are copies', () => {
  const message = Buffer.from(
    writeQuery({
      id: 1,
      name: parseName('x.'),
      type: TYPE.A,
      class: 1,
      edns: { version: 0, udpSize: 512, dnssecOk: false, options: [{ code: 10, data: new Uint8Array(8) }] },
    }),
  )
  const { edns } = readQuestion(message) as Question
  const asked = new Query(parseName('x.'), TYPE.A, 1, 1, 0, edns, PEER, message.length, message).with({ type: TYPE.MX })
  const octets = [asked.message!, asked.option(10)!.data]
  for (const plain of octets) {
    expect(plain.constructor).toBe(Uint8Array)
    plain.slice().fill(255)
    expect(plain[0]).toBe(0)
  }
})

describe('with', () => {
  const asked = query({ edns: {} })

  it('changes a copy', () => {
    const name = parseName('other.')
    const other = asked.with({ name, type: TYPE.AAAA, class: 3, flags: 0 })
    expect(other).toMatchObject({ name, type: TYPE.AAAA, class: 3, flags: 0, id: asked.id, peer: asked.peer })
    expect(other.edns).toBe(asked.edns)
    expect([asked.type, asked.class, asked.flags]).toEqual([TYPE.A, 1, FLAG.RD])
  })

  it('can take the OPT record away', () => {
    expect(asked.with({ edns: undefined }).edns).toBeUndefined()
    expect(asked.with({}).edns).toBe(asked.edns)
  })

  it('knows the query that came in', () => {
    expect(asked.original).toBe(asked)
    expect(asked.with({}).with({ type: 2 }).original).toBe(asked)
  })
})

describe('hints', () => {
  const Word = key<string>('test/word')
  const Other = key<string>('test/word')

  it('are shared by all derived from one query, whenever that was', () => {
    const asked = query({})
    const derived = asked.with({ type: 2 })
    const second = derived.with({ type: 5 })
    expect(derived.get(Word)).toBeUndefined()
    second.hint(Word, 'down')
    expect([asked.get(Word), derived.get(Word), second.get(Word)]).toEqual(['down', 'down', 'down'])
    asked.hint(Word, 'again')
    expect(second.get(Word)).toBe('again')
    expect(query({}).get(Word)).toBeUndefined()
  })

  it('are told apart by identity', () => {
    const asked = query({})
    asked.hint(Word, 'one')
    expect(asked.get(Other)).toBeUndefined()
  })

  it('are made when they are first wanted, once', () => {
    const asked = query({})
    const make = vi.fn(() => 'made')
    asked.hint(Word, make)
    expect(make).not.toHaveBeenCalled()
    expect([asked.get(Word), asked.with({}).get(Word)]).toEqual(['made', 'made'])
    expect(make).toHaveBeenCalledTimes(1)
  })

  it('may be functions, made by one', () => {
    const Call = key<() => string>('test/call')
    const asked = query({})
    asked.hint(Call, () => () => 'called')
    expect([asked.get(Call)!(), asked.get(Call)!()]).toEqual(['called', 'called'])
  })
})

it('makes replies, and none', () => {
  expect(query({}).reply()).toMatchObject({ rcode: RCODE.NOERROR, aa: false, answer: [], options: [] })
  expect(query({}).reply({ rcode: RCODE.NXDOMAIN, aa: true })).toMatchObject({ rcode: RCODE.NXDOMAIN, aa: true })
  expect(query({}).drop()).toBe(DROPPED)
})
