import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { FLAG, OPCODE, TYPE } from '../../src/dns/constants.ts'
import { type Message, readMessage, writeMessage } from '../../src/dns/message.ts'
import { parseName } from '../../src/dns/name.ts'
import { parseRecord, recordTexts } from '../../src/dns/presentation.ts'
import { rcodeName, typeCode } from '../../src/dns/rdata/registry.ts'
import { isMeant, receiver } from '../../src/plugins/transfer/receiver.ts'
import type { Peer } from '../../src/query.ts'
import type { DatagramSocket } from '../../src/runtime/runtime.ts'
import { FakeRuntime } from '../runtime.ts'
import { faults, type Rig, rig } from './rig.ts'

const CLIENT: Peer = { transport: 'tcp', address: '192.0.2.7', port: 4711, localAddress: '127.0.0.1', localPort: 53 }
const SOA = 'example.org. 300 IN SOA ns.example.org. hostmaster.example.org. 12 7200 3600 86400 60'
const ZONE = [
  SOA,
  'example.org. 300 IN NS ns.example.org.',
  'example.org. 300 IN RRSIG SOA 13 2 300 20370101000000 20260101000000 1 example.org. AAAA',
  'ns.example.org. 300 IN A 192.0.2.1',
  'MiXeD.example.org. 300 IN MX 10 mAiL.example.org.',
  'mail.example.org. 300 IN A 192.0.2.2',
  'sub.example.org. 300 IN NS ns.sub.example.org.',
  'ns.sub.example.org. 300 IN A 192.0.2.3',
  'hidden.sub.example.org. 300 IN TXT "below a cut"',
]
const ONE_ZONE = 'example.org {\n file db\n transfer {\n to *\n }\n}'

const serve = (corefile: string, zone: readonly string[] = ZONE): Promise<Rig> =>
  rig(corefile, { files: { db: `${zone.join('\n')}\n` } })

/** `example.org IXFR 11` as a message: a number is the serial of the zone that the client has. */
function transferQuery(question: string): Uint8Array {
  const [name, type, serial] = question.split(' ')
  const authority = serial ? [parseRecord(SOA.replace('12', serial))] : []
  return writeMessage({
    id: 7,
    flags: 0,
    question: { name: parseName(name), type: typeCode(type)!, class: 1 },
    answer: [],
    authority,
    additional: [],
    edns: undefined,
  })
}

/** What a stream gets. */
async function fetched({ instance }: Rig, question: string, peer: Partial<Peer> = {}): Promise<Message[]> {
  const [{ server }] = instance.listeners
  const answers = await server.answers(transferQuery(question), { ...CLIENT, ...peer })
  if (!answers) return []
  return (answers instanceof Uint8Array ? [answers] : [...answers]).map(readMessage)
}

const texts = (messages: readonly Message[]): string[] => messages.flatMap(({ answer }) => answer.flatMap(recordTexts))

/** `NOERROR aa 3`: rcode, flags and number of records in all messages. */
function outcome(messages: readonly Message[]): string {
  const [first] = messages
  const flags = (['AA', 'TC'] as const).filter((flag) => first.flags & FLAG[flag]).join(' ')
  return [rcodeName(first.rcode), flags.toLowerCase(), texts(messages).length].filter((word) => word !== '').join(' ')
}

describe('the directive', () => {
  it.each([
    ['transfer', 'Corefile:1:15: transfer: needs at least one "to"'],
    ['transfer {\n}', 'Corefile:1:15: transfer: needs at least one "to"'],
    ['transfer {\n to\n}', 'Corefile:2:2: transfer: to: address is missing (to ADDRESSES…)'],
    [
      'transfer {\n to example.com\n}',
      'Corefile:2:5: transfer: to: address must be * or an IP address, with a port where it is not 53, or a network, got "example.com"',
    ],
    ['transfer {\n to 192.0.2.1:0\n}', /got "192.0.2.1:0"/],
    ['transfer {\n to tls://192.0.2.1\n}', /got "tls:\/\/192.0.2.1"/],
    ['transfer {\n to *\n source example.org\n}', /address must be an IP address, got "example.org"/],
    ['transfer {\n to *\n source 192.0.2.1\n source 192.0.2.2\n}', /Corefile:4:2: .*source/],
    ['transfer {\n to *\n from *\n}', /Corefile:3:2: .*got "from"/],
    ['transfer {\n to 192.0.2.1 [2001:db8::1]:54 [fe80::1%eth0]:53 2001:db8::2 192.0.2.0/24 *\n}', ''],
  ])('%j', async (directive, message) => {
    const found = await faults(`example.org {\n${directive}\n}`.replace('\n', ' '))
    if (typeof message === 'string') expect(found).toBe(message)
    else expect(found).toMatch(message)
  })

  it('is ignored on Workers', async () => {
    const { instance, answer } = await rig(ONE_ZONE, { name: 'workers', files: { db: ZONE.join('\n') } })
    expect(instance.warnings.join()).toMatch(/^Corefile:3:2: transfer: has no effect here: /)
    expect((await answer('example.org AXFR')).rcode).toBe('REFUSED')
  })
})

it.each([
  ['*', '192.0.2.7', true],
  ['192.0.2.7', '192.0.2.7', true],
  ['192.0.2.7:5300', '192.0.2.7', true],
  ['192.0.2.7', '192.0.2.8', false],
  ['192.0.2.0/24', '192.0.2.8', true],
  ['192.0.2.0/24', '192.0.3.8', false],
  ['::ffff:192.0.2.7', '192.0.2.7', true],
  ['2001:DB8::7', '2001:db8::7', true],
  ['[2001:db8::7]:5300', '2001:db8::8', false],
  ['2001:db8::/32', '192.0.2.7', false],
  ['fe80::1%eth0', 'fe80::1%eth0', true],
  ['fe80::1%eth0', 'fe80::1%eth1', false],
  ['fe80::1', 'fe80::1%eth1', true],
])('to %s, asked by %s: %s', (to, client, verdict) => {
  expect(isMeant(receiver.parse(to), client)).toBe(verdict)
})

describe('AXFR', () => {
  it('sends all there is, the SOA first and last, with its case', async () => {
    const records = texts(await fetched(await serve(ONE_ZONE), 'example.org AXFR'))
    expect([records[0], records.at(-1)]).toEqual([SOA, SOA])
    expect(records.slice(0, -1).toSorted()).toEqual(ZONE.toSorted())
  })

  it.each([
    ['example.org AXFR', {}, 'NOERROR aa 10'],
    ['EXAMPLE.org AXFR', {}, 'NOERROR aa 10'],
    ['example.org AXFR', { transport: 'tls' }, 'NOERROR aa 10'],
    ['example.org AXFR', { transport: 'udp' }, 'REFUSED 0'],
    ['example.org AXFR', { transport: 'https' }, 'REFUSED 0'],
    ['example.org IXFR 11', { transport: 'https' }, 'REFUSED 0'],
    ['sub.example.org AXFR', {}, 'REFUSED 0'],
    ['elsewhere.test AXFR', {}, 'REFUSED 0'],
  ] as const)('%s with %j: %s', async (question, peer, expected) => {
    expect(outcome(await fetched(await serve(ONE_ZONE), question, peer))).toBe(expected)
  })

  it('is for those named only', async () => {
    const server = await serve('example.org {\n file db\n transfer {\n to 192.0.2.53 198.51.100.0/24\n }\n}')
    for (const [address, expected] of Object.entries({
      '192.0.2.53': 'NOERROR aa 10',
      '198.51.100.9': 'NOERROR aa 10',
      '192.0.2.7': 'REFUSED 0',
    }))
      expect(outcome(await fetched(server, 'example.org AXFR', { address }))).toBe(expected)
  })

  it('follows the line with the longest zone', async () => {
    const server = await serve(
      '. {\n file db example.org\n transfer . {\n to 192.0.2.1\n }\n transfer example.org {\n to *\n }\n}',
    )
    expect(outcome(await fetched(server, 'example.org AXFR'))).toBe('NOERROR aa 10')
  })

  it('is left to the zone where it was not loaded', async () => {
    const server = await rig(ONE_ZONE)
    expect(outcome(await fetched(server, 'example.org AXFR'))).toBe('SERVFAIL 0')
  })

  it('tells the log', async () => {
    const server = await serve(ONE_ZONE)
    await fetched(server, 'example.org AXFR')
    expect(server.runtime.logged).toEqual([
      '[INFO] plugin/transfer: zone example.org. with serial 12 sent to 192.0.2.7: 10 records in 1 message',
    ])
  })
})

describe('IXFR', () => {
  it.each([
    ['example.org IXFR 11', {}, 'NOERROR aa 10'],
    ['example.org IXFR 12', {}, 'NOERROR 1'],
    ['example.org IXFR 13', {}, 'NOERROR 1'],
    // Serial numbers go round (RFC 1982): 4294967295 comes before 12.
    ['example.org IXFR 4294967295', {}, 'NOERROR aa 10'],
    ['example.org IXFR 12', { transport: 'udp' }, 'NOERROR 1'],
    ['example.org IXFR 11', { transport: 'udp' }, 'NOERROR aa 1'],
    ['example.org IXFR', {}, 'FORMERR 0'],
  ] as const)('%s with %j: %s', async (question, peer, expected) => {
    expect(outcome(await fetched(await serve(ONE_ZONE), question, peer))).toBe(expected)
  })

  it('has the SOA alone as the single record', async () => {
    expect(texts(await fetched(await serve(ONE_ZONE), 'example.org IXFR 12'))).toEqual([SOA])
  })
})

describe('a large zone', () => {
  const large = (count: number): string[] => [
    ...ZONE,
    ...Array.from({ length: count }, (_, i) => `host${i}.example.org. 300 IN TXT "${'x'.repeat(100)}"`),
  ]

  it('comes in messages of some kilobytes, each with the question and AA', async () => {
    const { instance, runtime } = await serve(ONE_ZONE, large(5000))
    const answers = await instance.listeners[0].server.answers(transferQuery('example.org AXFR'), CLIENT)
    const wires = [...(answers as Iterable<Uint8Array>)]
    const messages = wires.map(readMessage)
    expect(wires.length).toBeGreaterThan(20)
    expect(Math.max(...wires.map((wire) => wire.length))).toBeLessThan(20_480)
    for (const { question, flags, id } of messages)
      expect([question?.type, flags, id]).toEqual([TYPE.AXFR, FLAG.QR | FLAG.AA, 7])
    expect(texts(messages).toSorted()).toEqual([...large(5000), SOA].toSorted())
    expect(runtime.logged.join()).toMatch(/sent to 192.0.2.7: 5010 records in \d+ messages$/)
  })

  it('may have sets that no message holds', async () => {
    const set = Array.from({ length: 1000 }, (_, i) => `many.example.org. 300 IN TXT "${'x'.repeat(150)}${i}"`)
    const messages = await fetched(await serve(ONE_ZONE, [...ZONE, ...set]), 'example.org AXFR')
    expect(messages.length).toBeGreaterThan(5)
    expect(texts(messages).toSorted()).toEqual([...ZONE, ...set, SOA].toSorted())
  })

  it('is made no faster than it is fetched, and the log tells where it was given up', async () => {
    const { instance, runtime } = await serve(ONE_ZONE, large(5000))
    const answers = await instance.listeners[0].server.answers(transferQuery('example.org AXFR'), CLIENT)
    for (const wire of answers as Iterable<Uint8Array>) {
      if (readMessage(wire).answer[0].type !== TYPE.SOA) break
    }
    expect(runtime.logged.join()).toMatch(/not fetched to its end by 192.0.2.7: \d{3} records in 2 messages$/)
  })

  it('is one line for the log plugin, with all its octets', async () => {
    const { instance, runtime } = await serve(ONE_ZONE.replace('file', 'log\n file'), large(5000))
    const answers = await instance.listeners[0].server.answers(transferQuery('example.org AXFR'), CLIENT)
    const size = [...(answers as Iterable<Uint8Array>)].reduce((sum, wire) => sum + wire.length, 0)
    expect(runtime.logged.filter((line) => line.includes('"AXFR IN example.org. tcp'))).toHaveLength(1)
    expect(runtime.logged.join('\n')).toContain(`NOERROR qr,aa ${size} `)
  })

  it('cannot be had in one message: TC says so', async () => {
    const { answer } = await serve(ONE_ZONE, large(5000))
    expect((await answer('example.org AXFR', { peer: { transport: 'tcp' }, rd: false })).flags).toBe('aa tc')
  })

  it('fails where a record fits no message', async () => {
    const zone = [...large(1000), `huge.example.org. 300 IN TYPE65280 \\# 65535 ${'ab'.repeat(65_535)}`]
    const { instance, runtime } = await serve(ONE_ZONE.replace('file', 'errors\n file'), zone)
    const answers = await instance.listeners[0].server.answers(transferQuery('example.org AXFR'), CLIENT)
    expect(() => [...(answers as Iterable<Uint8Array>)]).toThrow('does not fit')
    expect(runtime.logged.join()).toContain('2 example.org. AXFR: the reply does not fit its messages')
  })
})

describe('any zone', () => {
  const label = fc.stringMatching(/^[a-cA-C]{1,3}$/)
  const owner = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => `${labels.join('.')}.example.org.`)
  const data = fc.oneof(
    fc.nat(255).map((n) => `A 192.0.2.${n}`),
    owner.map((name) => `MX 10 ${name}`),
    owner.map((name) => `NS ${name}`),
    fc
      .record({ length: fc.nat(250), times: fc.integer({ min: 1, max: 60 }) })
      .map(({ length, times }) => `TXT ${`"${'t'.repeat(length)}" `.repeat(times)}`.trimEnd()),
  )
  const zone = fc.uniqueArray(
    fc.record({ owner, data }).map(({ owner, data }) => `${owner} 300 IN ${data}`),
    { maxLength: 200, selector: (line) => line.toLowerCase() },
  )

  it('arrives as it is', async () => {
    await fc.assert(
      fc.asyncProperty(zone, async (lines) => {
        const server = await serve(ONE_ZONE, [ZONE[0], ZONE[1], ZONE[3], ...lines])
        const expected = [SOA, ZONE[0], ZONE[1], ZONE[3], ...lines]
        const records = texts(await fetched(server, 'example.org AXFR'))
        // A name has the case in which the file has it first, in the records' data each its own.
        expect(records.map(withSmallOwner).toSorted()).toEqual(expected.map(withSmallOwner).toSorted())
      }),
      { numRuns: 50 },
    )
  })
})

const withSmallOwner = (line: string): string => line.replace(/^\S+/, (owner) => owner.toLowerCase())

describe('notices', () => {
  const COREFILE =
    'example.org {\n file db\n transfer {\n to * 192.0.2.53 [2001:db8::53]:54 198.51.100.0/24\n source 192.0.2.1\n }\n}'

  interface Notice {
    readonly to: string
    readonly message: Message
    reply(rcode?: number): void
  }

  /** A server whose notices are kept. Time stands still but for `vi.advanceTimersByTimeAsync`. */
  async function notifier(corefile = COREFILE): Promise<{ server: Rig; runtime: FakeRuntime; notices: Notice[] }> {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const notices: Notice[] = []
    const runtime = new FakeRuntime({
      files: { db: ZONE.join('\n') },
      datagram: async (host, port, source) => {
        let receive: (bytes: Uint8Array) => void = () => {}
        const send = (bytes: Uint8Array): void => {
          const sent = bytes.slice()
          const reply = (rcode = 0): void => receive(answered(sent, rcode))
          notices.push({ to: `${source ?? '*'} ${host} ${port}`, message: readMessage(sent), reply })
        }
        const socket: DatagramSocket = {
          send,
          onMessage: (listener) => {
            receive = listener
          },
          onError: () => {},
          close: () => {},
        }
        return socket
      },
    })
    const server = await rig(corefile, { runtime })
    return { server, runtime, notices }
  }

  function answered(query: Uint8Array, rcode: number): Uint8Array {
    const reply = query.slice()
    reply[2] |= 0x80
    reply[3] |= rcode
    return reply
  }

  it('go to every address after the start', async () => {
    const { notices } = await notifier()
    await vi.advanceTimersByTimeAsync(900)
    expect(notices).toEqual([])
    await vi.advanceTimersByTimeAsync(200)
    expect(notices.map(({ to }) => to)).toEqual(['192.0.2.1 192.0.2.53 53', '* 2001:db8::53 54'])
    const [{ message }] = notices
    expect((message.flags >> 11) & 15).toBe(OPCODE.NOTIFY)
    expect(message.flags & (FLAG.AA | FLAG.RD)).toBe(FLAG.AA)
    expect(message.question).toMatchObject({ name: parseName('example.org.'), type: TYPE.SOA, class: 1 })
  })

  it('go out again until they are answered, five times at most', async () => {
    const { notices, runtime } = await notifier()
    await vi.advanceTimersByTimeAsync(1100)
    notices[0].reply()
    await vi.advanceTimersByTimeAsync(200_000)
    expect(notices.filter(({ to }) => to.includes('192.0.2.53'))).toHaveLength(1)
    expect(notices.filter(({ to }) => to.includes('2001:db8::53'))).toHaveLength(5)
    expect(runtime.logged).toEqual([
      '[WARNING] plugin/transfer: notice of zone example.org. not taken by [2001:db8::53]:54: timed out',
    ])
  })

  it('are not repeated for one who refuses', async () => {
    const { notices, runtime } = await notifier()
    await vi.advanceTimersByTimeAsync(1100)
    for (const notice of notices) notice.reply(5)
    await vi.advanceTimersByTimeAsync(200_000)
    expect(notices).toHaveLength(2)
    expect(runtime.logged[0]).toBe(
      '[WARNING] plugin/transfer: notice of zone example.org. not taken by 192.0.2.53:53: REFUSED',
    )
  })

  it('go out at once when the zone has a new serial', async () => {
    const { notices, runtime } = await notifier()
    await vi.advanceTimersByTimeAsync(1100)
    for (const notice of notices) notice.reply()
    await runtime.change('db', ZONE.join('\n').replace(' 12 ', ' 13 '))
    await vi.advanceTimersByTimeAsync(50)
    expect(notices).toHaveLength(4)
    await runtime.change('db', `${ZONE.join('\n').replace(' 12 ', ' 13 ')}\nnew 300 A 192.0.2.9`)
    await vi.advanceTimersByTimeAsync(50)
    expect(notices).toHaveLength(4)
  })

  it('take the place of older ones that nobody answered', async () => {
    const { notices, runtime } = await notifier()
    await vi.advanceTimersByTimeAsync(1100)
    await runtime.change('db', ZONE.join('\n').replace(' 12 ', ' 13 '))
    await vi.advanceTimersByTimeAsync(100)
    for (const notice of notices.slice(2)) notice.reply()
    await vi.advanceTimersByTimeAsync(200_000)
    expect(notices).toHaveLength(4)
    expect(runtime.logged.filter((line) => line.includes('notice'))).toEqual([])
  })

  it('end with the server', async () => {
    const { server, notices } = await notifier()
    await vi.advanceTimersByTimeAsync(1100)
    await server.stop()
    await vi.advanceTimersByTimeAsync(200_000)
    expect(notices).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('are for nobody where only * and networks are named', async () => {
    const { notices } = await notifier('example.org {\n file db\n transfer {\n to * 192.0.2.0/24\n }\n}')
    await vi.advanceTimersByTimeAsync(5000)
    expect(notices).toEqual([])
  })

  it('of many zones keep their distance', async () => {
    const zones = Array.from({ length: 50 }, (_, i) => `zone${i}.test`).join(' ')
    const zoneFile = '@ 300 SOA ns hostmaster 1 2 3 4 5\n@ 300 NS ns\nns 300 A 192.0.2.1\n'
    const { notices, runtime } = await notifier(`. {\n file db ${zones}\n transfer {\n to 192.0.2.53\n }\n}`)
    expect(runtime.logged).toEqual([])
    await runtime.change('db', zoneFile)
    await vi.advanceTimersByTimeAsync(105)
    expect(notices.length).toBeGreaterThan(5)
    expect(notices.length).toBeLessThan(15)
  })
})
