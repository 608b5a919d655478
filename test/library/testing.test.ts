import { afterEach, describe, expect, test } from 'vitest'
import { after, type Block, definePlugin, TYPE } from '../../src/index.ts'
import {
  type Chain,
  type ChainOptions,
  chain,
  type FakeClock,
  fakeClock,
  faults,
  stubUpstream,
} from '../../src/testing.ts'

let open: Chain | undefined
let clock: FakeClock | undefined

afterEach(async () => {
  clock?.restore()
  await open?.stop()
})

async function start(corefile: string, options?: ChainOptions): Promise<Chain> {
  open = await chain(corefile, options)
  return open
}

const ZONE = `
www.example.org. 300 IN A 192.0.2.1
www.example.org. 300 IN A 192.0.2.2
web.example.org. 60 IN CNAME www.example.org.
example.org. 60 IN SOA ns.example.org. hostmaster.example.org. 1 2 3 4 5
`

describe('an upstream in memory', () => {
  test.each<[string, string, readonly string[]]>([
    ['www.example.org A', 'NOERROR', ['www.example.org. 300 IN A 192.0.2.1', 'www.example.org. 300 IN A 192.0.2.2']],
    ['WWW.example.ORG AAAA', 'NOERROR', []],
    ['web.example.org A', 'NOERROR', ['web.example.org. 60 IN CNAME www.example.org.']],
    ['no.example.org A', 'NXDOMAIN', []],
  ])('%s', async (question, rcode, answer) => {
    const upstream = stubUpstream(ZONE)
    const { ask } = await start('. {\nforward . 192.0.2.53\n}', { upstreams: { '192.0.2.53': upstream } })
    expect(await ask(question)).toMatchObject({ rcode, answer })
    expect(upstream.asked).toHaveLength(1)
  })

  test('is asked over TCP and TLS too', async () => {
    const upstream = stubUpstream((query) => query.reply())
    const upstreams = { '192.0.2.53': upstream, '192.0.2.54': upstream }
    const corefile = 'a {\nforward . 192.0.2.53 {\nforce_tcp\n}\n}\nb {\nforward . tls://192.0.2.54\n}'
    const { ask } = await start(corefile, { upstreams })
    await ask('www.a A')
    await ask('www.b A')
    expect(upstream.asked).toEqual(['tcp www.a. A', 'tls www.b. A'])
  })

  test('others cannot be reached', async () => {
    const { ask } = await start('. {\nforward . 192.0.2.1\n}', { upstreams: { '192.0.2.53': stubUpstream(ZONE) } })
    expect((await ask('www.example.org A')).rcode).toBe('SERVFAIL')
  })
})

describe('a fake clock', () => {
  test('makes answers in a cache older', async () => {
    clock = fakeClock()
    const upstream = stubUpstream('www.example.org. 30 IN A 192.0.2.1')
    const { ask } = await start('. {\ncache\nforward . 192.0.2.53\n}', { upstreams: { '192.0.2.53': upstream } })
    const ttls: unknown[] = []
    for (const pause of [0, 10_000, 19_000, 1_000]) {
      await clock.advance(pause)
      ttls.push((await ask('www.example.org A')).answer)
    }
    expect(ttls.flat()).toEqual([30, 20, 1, 30].map((ttl) => `www.example.org. ${ttl} IN A 192.0.2.1`))
    expect(upstream.asked).toHaveLength(2)
  })

  test('runs what is due, in order', async () => {
    clock = fakeClock(1000)
    const seen: string[] = []
    setTimeout(() => seen.push(`late ${Date.now()} ${new Date().toISOString()}`), 30)
    const interval = setInterval(() => seen.push(`tick ${Date.now()}`), 10)
    clearTimeout(setTimeout(() => seen.push('never'), 5))
    const began = performance.now()
    await clock.advance(35)
    clearInterval(interval)
    await clock.advance(100)
    expect(seen).toEqual(['tick 1010', 'tick 1020', 'late 1030 1970-01-01T00:00:01.030Z', 'tick 1030'])
    expect(performance.now() - began).toBe(135)
    expect(() => fakeClock()).toThrow('there is a fake clock already')
  })
})

describe('a plugin of one’s own', () => {
  const first = definePlugin({
    name: 'first',
    directive: { args: [] },
    setup(_uses, block: Block) {
      const counter = block.metrics.counter('coredns_first_total', 'Answers made shorter.')
      return {
        name: 'first',
        serve: (query, next) =>
          after(next(query), (reply) => {
            counter.increment()
            return reply.with({ answer: reply.answer.filter(({ type }) => type === TYPE.A) })
          }),
      }
    },
  })

  test('stands in front of the others', async () => {
    const files = { 'db.example.org': `${ZONE}\n@ 60 IN NS ns\nns 60 IN A 192.0.2.3` }
    const dns = await start('example.org {\nfirst\nlog\nfile db.example.org\n}', { modules: [first], files })
    expect((await dns.ask('web.example.org A')).answer).toEqual([
      'www.example.org. 300 IN A 192.0.2.1',
      'www.example.org. 300 IN A 192.0.2.2',
    ])
    expect(dns.measured('coredns_first_total')).toEqual(['coredns_first_total 1'])
    expect(dns.log[0]).toMatch(/^\[INFO\] 192\.0\.2\.7:4711 - 29 "A IN web\.example\.org\. udp /)
  })

  test('has its mistakes told with their places', async () => {
    expect(await faults('. {\nfirst again\n}', { modules: [first] })).toBe(
      'Corefile:2:7: first: takes no arguments, got "again"',
    )
  })

  test('stands where a list of one’s own puts it', async () => {
    const { ask } = await start('. {\nfirst\nstub\n}', { plugins: [first], stub: (query) => query.drop() })
    await expect(ask('www.example.org A')).rejects.toThrow('no reply to www.example.org A')
    await expect(ask('www.example.org NONE')).rejects.toThrow('there is no type "NONE"')
  })
})
