import { describe, expect, it } from 'vitest'
import { readMessage, writeQuery } from '../src/dns/message.ts'
import { MessageWriter } from '../src/dns/messagewriter.ts'
import { parseName } from '../src/dns/name.ts'
import { typeCode } from '../src/dns/rdata/registry.ts'
import { MessageMemo } from '../src/messagememo.ts'
import { after, definePlugin } from '../src/plugin.ts'
import type { Peer, Query, Transport } from '../src/query.ts'
import { newSnapshot, type Reply } from '../src/reply.ts'
import { writeSections } from '../src/sections.ts'
import type { Server } from '../src/server.ts'
import { openChain } from '../src/testing/chain.ts'
import { addresses, query as queryFor, records } from './sent.ts'

/** Replies that are copies were settled by nobody. */
const plain = definePlugin({
  name: 'plain',
  directive: { args: [] },
  setup: () => ({
    name: 'plain',
    serve: (query, next) => after(next(query), (reply) => reply.with({ authority: [...reply.authority] })),
  }),
})

const ZONE = `$ORIGIN example.org.
$TTL 300
@     SOA ns.example.org. admin.example.org. 1 7200 3600 1209600 60
@     NS ns
@     MX 10 mail
ns    A 192.0.2.1
mail  A 192.0.2.2
www   A 192.0.2.3
www   AAAA 2001:db8::3
Alias CNAME WWW
*.wild MX 5 mail
*.away CNAME www
old   DNAME new
a.new A 192.0.2.4
below NS ns.below
below NS ns
ns.below A 192.0.2.5
`
const wide = Array.from({ length: 40 }, (_, i) => `wide A 10.0.0.${i}\nwide NS ns${i}.below\n`).join('')
const NAMES = 'www alias x.wild y.wild z.away a.old b.old c.below nope a.nope.wild wide new renamed'.split(' ')
const TYPES = ['A', 'AAAA', 'MX', 'NS', 'CNAME', 'ANY', 'TXT']

const any = <T>(of: readonly T[]): T => of[Math.floor(Math.random() * of.length)]
const mixed = (text: string): string => text.replace(/[a-z]/g, (c) => (Math.random() < 0.5 ? c.toUpperCase() : c))

function anyQuery(): { readonly message: Uint8Array; readonly peer: Peer; readonly text: string } {
  const name = mixed(`${any(NAMES)}.example.org.`)
  const type = any(TYPES)
  const edns = any([
    undefined,
    { version: 0, udpSize: any([512, 700, 1232, 4096]), dnssecOk: any([true, false]), options: [] },
  ])
  const transport = any<Transport>(['udp', 'tcp', 'https'])
  const message = writeQuery({
    id: Math.floor(Math.random() * 65_536),
    name: parseName(name),
    type: typeCode(type)!,
    class: 1,
    edns,
  })
  const peer: Peer = { transport, address: '192.0.2.7', port: 4711, localAddress: '127.0.0.1', localPort: 53 }
  return { message, peer, text: `${name} ${type} ${transport} ${JSON.stringify(edns)}` }
}

describe('messages kept', () => {
  it.each(['', 'header {\n response set ra\n }'])('are those that would be written: %s', async (between) => {
    const files = { db: ZONE + wide }
    const corefile = (first: string): string =>
      `example.org {\n ${first}\n ${between}\n rewrite stop name renamed.example.org www.example.org\n file db\n}`
    await using kept = await openChain(corefile(''), { files })
    await using written = await openChain(corefile('plain'), { files, modules: [plain] })
    const serverOf = ({ instance }: typeof kept): Server => instance.listeners[0].server
    for (let i = 0; i < 20_000; i++) {
      const { message, peer, text } = anyQuery()
      const wire = serverOf(kept).answer(message, peer) as Uint8Array
      const expected = serverOf(written).answer(message, peer) as Uint8Array
      if (!wire.every((octet, i) => octet === expected[i]) || wire.length !== expected.length)
        expect({ text, ...readMessage(wire) }).toEqual({ text, ...readMessage(expected) })
    }
  })

  it('are not those of a zone that has changed', async () => {
    await using chain = await openChain('example.org {\n file db\n}', { files: { db: ZONE } })
    const ask = async (): Promise<readonly string[]> => (await chain.ask('www.example.org A')).answer
    for (let i = 0; i < 4; i++) expect(await ask()).toEqual(['www.example.org. 300 IN A 192.0.2.3'])
    chain.runtime.files.change('db', ZONE.replace('192.0.2.3', '192.0.2.33').replace('org. 1 7200', 'org. 2 7200'))
    await expect.poll(ask).toEqual(['www.example.org. 300 IN A 192.0.2.33'])
  })
})

describe('a memo', () => {
  const writer = new MessageWriter()
  const settled = (query: Query, reply: Reply, snapshot: number): Reply => query.settle(reply, snapshot)

  /** Is the message for this question kept? If not it is written. */
  function isKept(memo: MessageMemo, name: string, snapshot: number, count = 1, size = 1232): boolean {
    const query = queryFor({ name })
    const reply = settled(query, query.reply({ answer: [addresses(name, count)] }), snapshot)
    if (memo.write(writer, query, reply, size, 0)) return true
    writer.begin(size, query.name, query.type, query.class)
    if (writeSections(writer, reply)) memo.keep(writer, query, reply)
    return false
  }

  it('keeps what is asked for twice', () => {
    const memo = new MessageMemo()
    const snapshot = newSnapshot()
    expect(['a.', 'a.', 'a.', 'A.', 'b.'].map((name) => isKept(memo, name, snapshot))).toEqual([
      false,
      false,
      true,
      true,
      false,
    ])
  })

  it('knows one state of the data from another', () => {
    const memo = new MessageMemo()
    const [one, other] = [newSnapshot(), newSnapshot()]
    for (let i = 0; i < 3; i++) isKept(memo, 'a.', one)
    expect(isKept(memo, 'a.', other)).toBe(false)
    expect(isKept(memo, 'a.', one)).toBe(true)
  })

  it('does not give up what is asked for often for names that are asked for once', () => {
    const memo = new MessageMemo()
    const snapshot = newSnapshot()
    for (let i = 0; i < 2; i++) isKept(memo, 'often.', snapshot)
    for (let i = 0; i < 3000; i++) isKept(memo, `once${i}.`, snapshot)
    expect(isKept(memo, 'often.', snapshot)).toBe(true)
  })

  it('is asked less where nothing is found in it, until something is', () => {
    const memo = new MessageMemo()
    const snapshot = newSnapshot()
    const hits = (count: number): number =>
      Array.from({ length: count }, () => isKept(memo, 'often.', snapshot)).filter(Boolean).length
    expect(hits(3)).toBe(1)
    for (let i = 0; i < 10_000; i++) isKept(memo, `once${i}.`, snapshot)
    expect(hits(16)).toBeLessThan(16)
    expect(hits(16)).toBe(16)
  })

  it('gives nothing that does not fit, and keeps nothing that is not whole', () => {
    const memo = new MessageMemo()
    const snapshot = newSnapshot()
    for (let i = 0; i < 3; i++) expect(isKept(memo, 'a.', snapshot, 40, 512)).toBe(false)
    for (let i = 0; i < 2; i++) isKept(memo, 'a.', snapshot, 40)
    expect(isKept(memo, 'a.', snapshot, 40)).toBe(true)
    expect(isKept(memo, 'a.', snapshot, 40, 512)).toBe(false)
  })

  it('keeps nothing of which a courtesy was left out', () => {
    const memo = new MessageMemo()
    const snapshot = newSnapshot()
    const query = queryFor({})
    const authority = records('example.org. 60 IN NS ns.example.org.')
    const reply = settled(query, query.reply({ answer: [addresses('www.example.org.', 29)], authority }), snapshot)
    for (let i = 0; i < 3; i++) {
      expect(memo.write(writer, query, reply, 512, 0)).toBe(false)
      writer.begin(512, query.name, query.type, query.class)
      expect(writeSections(writer, reply)).toBe(true)
      expect(writer.records).toBe(29)
      memo.keep(writer, query, reply)
    }
  })
})
