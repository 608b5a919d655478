import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { nodeStores } from '../../src/runtime/node-stores.ts'
import { hasTool } from '../e2e/tools.ts'
import { RedisCluster } from '../store/rediscluster.ts'
import { RedisServer } from '../store/redisserver.ts'
import { faults, type Rig, rig } from './rig.ts'

const there = hasTool('redis-server') && hasTool('redis-cli')

/** What the README of CoreDNS's plugin shows, by redis-cli, in its several spellings. */
const DATA: [string, string, string][] = [
  [
    'example.net.',
    '@',
    '{"soa":{"ttl":300, "minttl":100, "mbox":"hostmaster.example.net.","ns":"ns1.example.net.","refresh":44,"retry":55,"expire":66},"ns":[{"ttl":300, "host":"ns1.example.net."},{"ttl":300, "host":"ns2.example.net."}]}',
  ],
  ['example.net.', 'ns1', '{"a":[{"ttl":300, "ip":"2.2.2.2"}]}'],
  ['example.net.', 'ns2', '{"a":[{"ttl":300, "ip":"3.3.3.3"}]}'],
  ['example.net.', 'host1', '{"a":[{"ttl":300, "ip":"5.5.5.5"}]}'],
  ['example.net.', 'host2', '{"caa":[{"flag":0, "tag":"issue", "value":"letsencrypt.org"}]}'],
  [
    'example.net.',
    '_ssh._tcp.host1',
    '{"srv":[{"ttl":300, "target":"tcp.example.com.","port":123,"priority":10,"weight":100}]}',
  ],
  [
    'example.net.',
    '_ssh._tcp.host2',
    '{"srv":{"host":"sip.example.com.","port":555,"priority":10,"weight":100,"ttl":360}}',
  ],
  [
    'example.net.',
    '*',
    '{"txt":[{"ttl":300, "text":"this is a wildcard"}],"mx":[{"ttl":300, "host":"host1.example.net.","preference": 10}]}',
  ],
  ['example.net.', 'sub.*', '{"txt":[{"ttl":300, "text":"this is not a wildcard"}]}'],
  [
    'example.net.',
    'subdel',
    '{"ns":[{"ttl":300, "host":"ns1.subdel.example.net."},{"ttl":300, "host":"ns2.subdel.example.net."}]}',
  ],
  ['example.net.', 'four', '{"a":{"ip4":"1.2.3.4","ttl":360},"aaaa":{"ip6":"::1","ttl":360}}'],
  ['example.net.', 'alias', '{"cname":{"host":"host1.example.net","ttl":360}}'],
  ['example.net.', 'mail', '{"mx":{"host":"mx1.example.com","priority":10,"ttl":360}}'],
  ['example.net.', 'plain', '{"a":[{"ip":"192.0.2.1"}],"txt":[{"ttl":0,"text":"none"}]}'],
  ['example.net.', 'bad', 'no json'],
  ['byhand.', '@', '{"nsec":{"data":"www.byhand. NS SOA RRSIG NSEC","ttl":60}}'],
  [
    'byhand.',
    'www',
    '{"a":[{"ttl":300,"ip":"192.0.2.8"}],"rrsig":[{"ttl":300,"data":"A 13 2 300 20380101000000 20200101000000 1 byhand. AA=="}]}',
  ],
  ['bare.', 'www', '{"a":[{"ttl":300,"ip":"192.0.2.7"}]}'],
]
const SOA = /^example.net. 100 IN SOA ns1.example.net. hostmaster.example.net. \d+ 44 55 66 100$/

describe.runIf(there)('answers', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await RedisServer.start()
    for (const [zone, name, value] of DATA) await server.cli('HSET', zone, name, value)
  })
  afterAll(() => server.end())

  const open = (block = '', zones = ''): Promise<Rig> =>
    rig(`. {\n redis ${zones} {\n address 127.0.0.1:${server.port}\n ${block}\n }\n}`, { stores: nodeStores })

  test.each([
    ['host1.example.net A', ['host1.example.net. 300 IN A 5.5.5.5']],
    ['HOST1.Example.NET A', ['HOST1.Example.NET. 300 IN A 5.5.5.5']],
    ['host3.example.net MX', ['host3.example.net. 300 IN MX 10 host1.example.net.']],
    ['foo.bar.example.net TXT', ['foo.bar.example.net. 300 IN TXT "this is a wildcard"']],
    ['sub.*.example.net TXT', ['sub.*.example.net. 300 IN TXT "this is not a wildcard"']],
    ['_ssh._tcp.host1.example.net SRV', ['_ssh._tcp.host1.example.net. 300 IN SRV 10 100 123 tcp.example.com.']],
    ['_ssh._tcp.host2.example.net SRV', ['_ssh._tcp.host2.example.net. 360 IN SRV 10 100 555 sip.example.com.']],
    ['host2.example.net CAA', ['host2.example.net. 360 IN CAA 0 issue "letsencrypt.org"']],
    ['four.example.net A', ['four.example.net. 360 IN A 1.2.3.4']],
    ['four.example.net AAAA', ['four.example.net. 360 IN AAAA ::1']],
    [
      'alias.example.net A',
      ['alias.example.net. 360 IN CNAME host1.example.net.', 'host1.example.net. 300 IN A 5.5.5.5'],
    ],
    ['mail.example.net MX', ['mail.example.net. 360 IN MX 10 mx1.example.com.']],
    ['plain.example.net A', ['plain.example.net. 360 IN A 192.0.2.1']],
    ['plain.example.net TXT', ['plain.example.net. 360 IN TXT "none"']],
    ['www.bare A', ['www.bare. 300 IN A 192.0.2.7']],
    // RFC 4592 §2.2.1: not below a name that exists, nor for a type that it has not.
    ['foo.host1.example.net TXT', 'NXDOMAIN'],
    ['_telnet._tcp.host1.example.net SRV', 'NXDOMAIN'],
    ['host1.example.net MX', 'NOERROR'],
    ['_tcp.host1.example.net TXT', 'NOERROR'],
    ['bar.*.example.net TXT', 'NXDOMAIN'],
  ])('%s', async (question, expected) => {
    const { answer } = await open()
    const found = await answer(question)
    if (typeof expected !== 'string') return expect(found.answer).toEqual(expected)
    expect([found.rcode, found.answer]).toEqual([expected, []])
    expect(found.authority[0]).toMatch(SOA)
  })

  test('referrals, an SOA record made up, and what cannot be read', async () => {
    const { answer } = await open()
    const referral = await answer('host.subdel.example.net A')
    expect([referral.flags, referral.authority.length]).toEqual(['rd', 2])
    expect((await answer('nowhere.bare A')).authority[0]).toMatch(
      /^bare. 360 IN SOA ns1.bare. hostmaster.bare. \d{10} 86400 7200 3600 3600$/,
    )
    const bad = await answer('bad.example.net A', { do: false })
    expect([bad.rcode, bad.errors[0]?.slice(0, 2)]).toEqual(['SERVFAIL', '24'])
    expect((await answer('www.elsewhere A')).rcode).toBe('REFUSED')
  })

  test('a zone that others have signed has signatures, and no proofs that we could not order', async () => {
    const { answer } = await open()
    expect((await answer('www.byhand A', { do: true })).answer).toEqual([
      'www.byhand. 300 IN A 192.0.2.8',
      'www.byhand. 300 IN RRSIG A 13 2 300 20380101000000 20200101000000 1 byhand. AA==',
    ])
    const absent = await answer('nowhere.byhand A', { do: true })
    expect([absent.rcode, absent.authority.length]).toEqual(['NXDOMAIN', 1])
  })

  test('`ttl` caps, and is for those without one', async () => {
    const { answer } = await open('ttl 60')
    expect((await answer('host1.example.net A')).answer).toEqual(['host1.example.net. 60 IN A 5.5.5.5'])
    expect((await answer('plain.example.net A')).answer).toEqual(['plain.example.net. 60 IN A 192.0.2.1'])
  })

  test('a zone on the line means that zone', async () => {
    const { answer } = await open('', 'example.net')
    expect((await answer('host1.example.net A')).answer).toHaveLength(1)
    expect((await answer('www.bare A')).rcode).toBe('REFUSED')
  })

  test('a server that hangs is one that is away', async () => {
    const { answer } = await open('refresh 1s\n read_timeout 200')
    await answer('host1.example.net A')
    await server.cli('CLIENT', 'PAUSE', '4000', 'ALL')
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const start = Date.now()
    const stale = await answer('host1.example.net A', { do: false })
    expect([stale.answer.length, stale.errors]).toEqual([1, ['3 the store does not answer']])
    expect((await answer('ns1.example.net A', { do: false })).errors).toEqual(['23 the store does not answer'])
    expect(Date.now() - start).toBeLessThan(1500)
    await expect
      .poll(async () => (await answer('ns1.example.net A', { do: false })).answer, { timeout: 10_000 })
      .toEqual(['ns1.example.net. 300 IN A 2.2.2.2'])
  })

  test('what redis-cli changes is seen at once, new zones too', async () => {
    const { answer } = await open()
    for (let n = 1; n <= 20; n++) {
      await server.cli('HSET', 'example.net.', 'changing', `{"a":[{"ttl":300,"ip":"192.0.2.${n}"}]}`)
      await expect
        .poll(async () => (await answer('changing.example.net A')).answer)
        .toEqual([`changing.example.net. 300 IN A 192.0.2.${n}`])
    }
    expect((await answer('www.fresh A')).rcode).toBe('REFUSED')
    await server.cli('HSET', 'fresh.', 'www', '{"a":{"ip":"192.0.2.1"}}')
    await expect.poll(async () => (await answer('www.fresh A')).answer).toHaveLength(1)
    await server.cli('DEL', 'fresh.')
    await expect.poll(async () => (await answer('www.fresh A')).rcode).toBe('REFUSED')
  })
})

test.runIf(there)(
  'in a cluster, what redis-cli changes is seen at once, whichever master has it',
  { timeout: 60_000 },
  async () => {
    const cluster = await RedisCluster.start(3)
    onTestFinished(() => cluster.end())
    const [{ port }] = cluster.nodes
    const zones = ['a', 'b', 'c', 'd', 'e', 'f']
    const set = (zone: string, n: number): Promise<string> =>
      cluster.cli('HSET', `${zone}.`, 'www', `{"a":[{"ttl":300,"ip":"192.0.2.${n}"}]}`)
    for (const zone of zones) await set(zone, 1)
    const { answer } = await rig(`. {\n redis {\n address 127.0.0.1:${port}\n cluster\n }\n}`, { stores: nodeStores })
    const address = async (zone: string): Promise<string[]> => [...(await answer(`www.${zone} A`)).answer]
    for (const zone of zones) expect(await address(zone)).toEqual([`www.${zone}. 300 IN A 192.0.2.1`])
    for (const zone of zones) {
      await set(zone, 2)
      await expect.poll(() => address(zone), { timeout: 5000 }).toEqual([`www.${zone}. 300 IN A 192.0.2.2`])
    }
  },
)

const AWAY = ['SERVFAIL', ['23 the store does not answer']]
const WWW = ['HSET', 'example.', 'www', '{"a":[{"ttl":300,"ip":"192.0.2.1"}]}'] as const

/** Servers to go and come back, the property that names their kind, and what has to be said when they are back. */
const forms: [string, () => Promise<{ servers: RedisServer[]; property: string; again?: () => Promise<unknown> }>][] = [
  [
    'one server',
    async () => {
      const server = await RedisServer.start()
      await server.cli(...WWW)
      return { servers: [server], property: '' }
    },
  ],
  [
    'a cluster',
    async () => {
      const { nodes } = await RedisCluster.start(1)
      await nodes[0].cli(...WWW)
      return { servers: nodes, property: 'cluster' }
    },
  ],
  [
    'sentinels',
    async () => {
      const [sentinel, master] = [await RedisServer.start('--sentinel'), await RedisServer.start()]
      await master.cli(...WWW)
      const again = (): Promise<string> =>
        sentinel.cli('SENTINEL', 'MONITOR', 'zones', '127.0.0.1', String(master.port), '1')
      return { servers: [sentinel, master], property: 'sentinel zones', again }
    },
  ],
]

describe.runIf(there).each(forms)('a start without: %s', (_name, make) => {
  test('does not wait, answers SERVFAIL, and answers when it is there', { timeout: 40_000 }, async () => {
    const { servers, property, again } = await make()
    onTestFinished(async () => void (await Promise.all(servers.map((server) => server.end()))))
    for (const server of servers) await server.stop()
    const begun = performance.now()
    const corefile = `. {\n redis {\n address 127.0.0.1:${servers[0].port}\n ${property}\n }\n}`
    const { answer, instance } = await rig(corefile, { stores: nodeStores })
    expect(performance.now() - begun).toBeLessThan(1500)
    const away = await answer('www.example A', { do: false })
    expect([away.rcode, away.errors]).toEqual(AWAY)
    expect(instance.ready()).toBe(false)
    for (const server of servers) await server.start()
    await again?.()
    await expect
      .poll(async () => (await answer('www.example A')).answer, { timeout: 20_000, interval: 200 })
      .toEqual(['www.example. 300 IN A 192.0.2.1'])
    expect(instance.ready()).toBe(true)
  })
})

test.each(['', 'cluster', 'sentinel zones'])(
  'one that hangs keeps neither the start nor the end: %s',
  async (property) => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const sockets: Socket[] = []
    silent.on('connection', (socket) => sockets.push(socket.on('error', () => {})))
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
      silent.close()
    })
    const { port } = silent.address() as AddressInfo
    const begun = performance.now()
    const corefile = `. {\n redis {\n address 127.0.0.1:${port}\n ${property}\n }\n}`
    const { answer, stop } = await rig(corefile, { stores: nodeStores })
    expect(performance.now() - begun).toBeLessThan(1800)
    const away = await answer('www.example A', { do: false })
    expect([away.rcode, away.errors]).toEqual(AWAY)
    const ending = performance.now()
    await stop()
    expect(performance.now() - ending).toBeLessThan(2500)
  },
)

test.each([
  ['redis {\n address a:1 b:2\n}', 'address: more than one are nodes of a `cluster`, or sentinels'],
  ['redis {\n cluster\n sentinel x\n}', 'there are sentinels or a cluster, not both'],
  ['redis {\n tls a b c d\n}', 'tls: takes a CA'],
  ['redis {\n read_timeout soon\n}', 'read_timeout'],
  ['redis {\n read_timeout 0\n}', 'read_timeout: time must be at least 1'],
  ['redis {\n adress x\n}', 'unknown property (did you mean "address"?), got "adress"'],
])('%s', async (directive, message) => {
  expect(await faults(`. {\n ${directive}\n}`)).toContain(message)
})

test('at the edge it is an error, with what to do', async () => {
  expect(await faults('. {\n redis\n}', { name: 'workers' })).toBe(
    'Corefile:2:2: redis: a Worker cannot reach Redis; `kv` answers from Workers KV there, and from SQLite on Node',
  )
})
