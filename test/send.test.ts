import { describe, expect, it, vi } from 'vitest'
import type { Tap } from '../src/capabilities.ts'
import { RCODE } from '../src/dns/constants.ts'
import { readMessage } from '../src/dns/message.ts'
import { parseRecords, recordTexts } from '../src/dns/presentation.ts'
import { RRset } from '../src/dns/rrset.ts'
import type { Query } from '../src/query.ts'
import type { Reply } from '../src/reply.ts'
import type { ServedBlock } from '../src/servedblock.ts'
import { Server } from '../src/server.ts'
import { answering, ask, block, PEER, queryOf, STREAM } from './servedblock.ts'

it('gives its options to every reply with an OPT record', async () => {
  const nsid = { code: 3, data: Uint8Array.of(65) }
  const server = new Server([block('.', { options: [() => nsid, () => undefined] })])
  const { edns } = readMessage((await server.answer(queryOf('x. +edns'), PEER))!)
  expect(edns!.options).toEqual([nsid])
  expect(readMessage((await server.answer(queryOf('x.'), PEER))!).edns).toBeUndefined()
  const broken = block('.', { options: [() => void JSON.parse('{') as never] })
  expect(await ask(new Server([broken]), 'x. +edns')).toBe('SERVFAIL')
  expect(broken.failures).toHaveLength(1)
})

describe('taps', () => {
  interface Seen {
    query: Query
    reply: Reply
    size: number
    duration: number
  }
  function tapped(parts: Partial<ServedBlock> = {}): { server: Server; seen: Seen[]; failures: string[] } {
    const seen: Seen[] = []
    const tap: Tap = { sent: (query, reply, size, duration) => void seen.push({ query, reply, size, duration }) }
    const { failures, ...served } = block('.', { taps: [tap], ...parts })
    return { server: new Server([served]), seen, failures }
  }

  it('see query, reply, size and time', async () => {
    const { server, seen } = tapped({ handler: async (query) => answering('x')(query) })
    const wire = await server.answer(queryOf('www.example.org.'), PEER)
    expect(seen).toHaveLength(1)
    expect(seen[0].size).toBe(wire!.length)
    expect(seen[0].query.peer).toBe(PEER)
    expect(seen[0].reply.answer).toHaveLength(1)
    expect(seen[0].duration).toBeGreaterThanOrEqual(0)
    expect(seen[0].duration).toBeLessThan(10_000)
  })

  it('see what was cut as cut', async () => {
    const { server, seen } = tapped({ handler: answering('x'.repeat(200)), udpCap: 512 })
    const long = (query: Query): Reply => query.reply({ answer: [RRset.of(query.name, 99, 0, [new Uint8Array(600)])] })
    const cut = tapped({ handler: long })
    await server.answer(queryOf('x.'), PEER)
    await cut.server.answer(queryOf('x.'), PEER)
    expect([seen[0].reply.tc, cut.seen[0].reply.tc]).toEqual([false, true])
    const exchange = await cut.server.exchange(queryOf('x.'), PEER)
    expect(exchange!.reply!.tc).toBe(true)
  })

  it('see the RCODE that was sent', async () => {
    const { server, seen } = tapped({ handler: (query) => query.reply({ rcode: 23 }) })
    await server.answer(queryOf('x.'), PEER)
    await server.answer(queryOf('x. +edns'), PEER)
    expect(seen.map(({ reply }) => reply.rcode)).toEqual([RCODE.SERVFAIL, 23])
  })

  it('see what was dropped, as nothing', async () => {
    const { server, seen } = tapped({ handler: (query) => query.drop() })
    await server.answer(queryOf('x.'), PEER)
    expect(seen.map(({ size }) => size)).toEqual([0])
  })

  it('that throw cost nobody anything', async () => {
    const after = vi.fn()
    const broken: Tap = { sent: () => void JSON.parse('{') }
    const { server, failures } = tapped({ taps: [broken, { sent: after }] })
    expect(await ask(server, 'x.')).toBe('.')
    expect(after).toHaveBeenCalledTimes(1)
    expect(failures).toHaveLength(1)
  })

  it('of the server stand in where there is no block', async () => {
    const sent = vi.fn()
    const server = new Server([block('example.org.')], { taps: [{ sent, responded: () => {} }] })
    await ask(server, 'example.org.')
    expect(sent).not.toHaveBeenCalled()
    await ask(server, 'example.net.')
    expect(sent).toHaveBeenCalledTimes(1)
  })
})

describe('transfers over a stream', () => {
  const records = (text: string): RRset[] => parseRecords(text)
  const soa = records('example.org. 1 IN SOA ns.example.org. host.example.org. 1 2 3 4 5')
  const hosts = records('a.example.org. 1 IN A 192.0.2.1')

  function transferring(following: Iterable<readonly RRset[]>) {
    const sizes: number[] = []
    const transfer = block('example.org.', {
      handler: (query) => query.reply({ aa: true, answer: soa, following }),
      taps: [{ sent: (_, reply, size) => void sizes.push(reply.following ? size : -size) }],
    })
    return { server: new Server([transfer]), sizes, failures: transfer.failures }
  }
  const answersOf = (wires: Iterable<Uint8Array>): string[] =>
    [...wires].flatMap((wire) => readMessage(wire).answer.flatMap(recordTexts))

  it('have as many messages as the reply, made one by one', async () => {
    let made = 0
    const { server, sizes } = transferring(
      (function* () {
        for (const sets of [hosts, soa]) {
          made++
          yield sets
        }
      })(),
    )
    const answers = (await server.answers(queryOf('example.org. AXFR'), STREAM)) as Iterable<Uint8Array>
    expect(made).toBe(0)
    const wires: Uint8Array[] = []
    for (const wire of answers) {
      expect(made).toBe(wires.length)
      wires.push(wire)
    }
    expect(answersOf(wires)).toEqual([...soa, ...hosts, ...soa].flatMap(recordTexts))
    expect(sizes).toEqual([wires.reduce((sum, { length }) => sum + length, 0)])
  })

  it('are seen by taps where nobody wants the rest', async () => {
    const { server, sizes } = transferring([hosts, soa])
    const answers = (await server.answers(queryOf('example.org. AXFR'), STREAM)) as Iterable<Uint8Array>
    for (const wire of answers) {
      expect(wire.length).toBeGreaterThan(12)
      break
    }
    expect(sizes).toHaveLength(1)
  })

  it('that break off are reported, and end the stream', async () => {
    const { server, sizes, failures } = transferring(
      (function* () {
        yield hosts
        throw new Error('the zone is gone')
      })(),
    )
    const answers = (await server.answers(queryOf('example.org. AXFR'), STREAM)) as Iterable<Uint8Array>
    expect(() => [...answers]).toThrow('the zone is gone')
    expect(failures).toEqual(['Error: the zone is gone'])
    expect(sizes).toHaveLength(1)
  })

  it('are one message with TC elsewhere', async () => {
    const { server } = transferring([hosts, soa])
    const message = readMessage((await server.answer(queryOf('example.org. AXFR'), PEER))!)
    expect(message.flags & 0x0200).toBe(0x0200)
  })
})
