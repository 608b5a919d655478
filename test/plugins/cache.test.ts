import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RCODE } from '../../src/dns/constants.ts'
import { extendedError } from '../../src/dns/edns.ts'
import { nameText, parseName } from '../../src/dns/name.ts'
import { parseRecords } from '../../src/dns/presentation.ts'
import { typeName } from '../../src/dns/rdata/registry.ts'
import { expositionText } from '../../src/metrics/exposition.ts'
import { Registry } from '../../src/metrics/registry.ts'
import type { Query } from '../../src/query.ts'
import { Reply, type ReplyParts } from '../../src/reply.ts'
import { UpstreamError } from '../../src/upstream/error.ts'
import { base32hex, nsec3Hash } from '../../src/zone/nsec3.ts'
import { FakeRuntime } from '../runtime.ts'
import { faults, type Rig, rig } from './rig.ts'

/** What the chain behind the cache says: records by section, or an error. */
interface Says extends Omit<ReplyParts, 'answer' | 'authority' | 'additional'> {
  readonly answer?: readonly string[]
  readonly authority?: readonly string[]
  readonly additional?: readonly string[]
  readonly error?: Error
  readonly delay?: number
}

interface Cached extends Rig {
  measured(prefix: string): string[]
  /** Queries that got past the cache: `www.example.org. A`. */
  readonly log: string[]
  readonly queries: Query[]
  /** From now on. */
  says(says: Says | ((query: Query) => Says)): void
}

const SOA = 'example.org. 900 IN SOA ns.example.org. h.example.org. 1 2 3 4 300'
const sets = (texts: readonly string[] = []) => parseRecords(texts.join('\n'))
const A = (ttl: number, last = 1): string => `www.example.org. ${ttl} IN A 192.0.2.${last}`

async function cached(lines: string, first: Says | ((query: Query) => Says) = { answer: [A(300)] }): Promise<Cached> {
  const log: string[] = []
  const queries: Query[] = []
  let script = first
  const stub = (query: Query): Reply | Promise<Reply> => {
    log.push(`${nameText(query.name)} ${typeName(query.type)}`)
    queries.push(query)
    const { answer, authority, additional, error, delay, ...parts } =
      typeof script === 'function' ? script(query) : script
    const reply = new Reply({
      ...parts,
      answer: sets(answer),
      authority: sets(authority),
      additional: sets(additional),
    })
    const settle = (): Reply | Promise<Reply> => (error ? Promise.reject(error) : reply)
    if (delay === undefined) return settle()
    return new Promise((resolve) => setTimeout(resolve, delay)).then(settle)
  }
  const metrics = new Registry()
  const runtime = Object.assign(new FakeRuntime(), { metrics })
  const server = await rig(`. {\n${lines}\nstub\n}`, { stub, runtime })
  return {
    ...server,
    measured: (prefix) =>
      expositionText(metrics.gather())
        .split('\n')
        .filter((line) => line.startsWith(prefix)),
    log,
    queries,
    says(next) {
      script = next
    },
  }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})
/** Lets time pass, and what waits for it run. */
const pass = (seconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(seconds * 1000)

describe('a reply', () => {
  it('is kept and grows older', async () => {
    const server = await cached('cache', { answer: [A(300)], ra: true })
    expect(await server.answer('www.example.org')).toMatchObject({ answer: [A(300)], flags: 'rd ra' })
    await pass(100.5)
    expect(await server.answer('WWW.example.org')).toMatchObject({
      // The name is sent once, in the question, and pointed to.
      answer: [A(200).replace('www', 'WWW')],
      flags: 'aa rd ra',
    })
    await pass(199.4)
    expect((await server.answer('www.example.org')).answer).toEqual([A(1)])
    await pass(0.2)
    expect((await server.answer('www.example.org')).answer).toEqual([A(300)])
    expect(server.log).toEqual(['www.example.org. A', 'www.example.org. A'])
  })

  it('has one TTL, the lowest, within bounds', async () => {
    const server = await cached('cache 100', {
      answer: ['www.example.org. 50 IN CNAME a.example.org.', 'a.example.org. 7 IN A 192.0.2.1'],
      authority: ['example.org. 3600 IN NS ns.example.org.'],
      additional: ['ns.example.org. 3600 IN A 192.0.2.9'],
    })
    const { answer, authority, additional } = await server.answer('www.example.org')
    expect([answer[0], answer[1], authority[0], additional[0]].map((text) => text.split(' ')[1])).toEqual([
      '7',
      '7',
      '7',
      '7',
    ])
    server.says({ answer: [A(7200)] })
    expect((await server.answer('www.example.org MX')).answer).toEqual([A(7200)])
    server.says({ answer: ['b.example.org. 7200 IN A 192.0.2.1'] })
    expect((await server.answer('b.example.org')).answer).toEqual(['b.example.org. 100 IN A 192.0.2.1'])
    server.says({ answer: ['c.example.org. 1 IN A 192.0.2.1'] })
    expect((await server.answer('c.example.org')).answer).toEqual(['c.example.org. 5 IN A 192.0.2.1'])
  })

  it('is kept apart by type, class, DO and CD, not by RD, AD or EDNS', async () => {
    const server = await cached('cache')
    const asks: [string, object][] = [
      ['www.example.org', {}],
      ['www.example.org', { do: true }],
      ['www.example.org', { cd: true }],
      ['www.example.org', { do: true, cd: true }],
      ['www.example.org', { rd: false }],
      ['www.example.org', { ad: true }],
      ['www.example.org', { bufsize: 4096 }],
    ]
    for (const [question, how] of [...asks, ...asks]) await server.answer(question, how)
    expect(server.log).toHaveLength(4)
  })

  it('loses options that belong to one hop', async () => {
    const server = await cached('cache', {
      rcode: RCODE.NXDOMAIN,
      authority: [SOA],
      options: [extendedError(15, 'blocked'), { code: 10, data: new Uint8Array(8) }],
    })
    await server.answer('www.example.org', { bufsize: 1232 })
    const { message, errors } = await server.answer('www.example.org', { bufsize: 1232 })
    expect(errors).toEqual(['15 blocked'])
    expect(message.edns?.options).toHaveLength(1)
  })

  it('with AD shows it to those who understand it', async () => {
    const server = await cached('cache', { answer: [A(300)], ad: true })
    await server.answer('www.example.org')
    expect((await server.answer('www.example.org')).flags).toBe('aa rd')
    expect((await server.answer('www.example.org', { ad: true })).flags).toBe('aa rd ad')
  })
})

const MX = 'www.example.org. 60 IN MX 1 mx.example.org.'
const CNAME = 'www.example.org. 60 IN CNAME a.example.org.'
const EXPIRED =
  'www.example.org. 60 IN RRSIG A 13 3 60 20160521031301 20160421031301 1 example.org. lAaEzB5teQLLKyDenatmyhca7blLRg9D'

describe('what is kept', () => {
  const cases: [what: string, says: Says, kept: number | undefined, how?: object][] = [
    ['an answer', { answer: [A(60)] }, 60],
    ['an answer with TTL 0', { answer: [A(0)] }, 5],
    ['an answer cut short', { answer: [A(60)], tc: true }, undefined],
    ['an alias with its end', { answer: [CNAME, 'a.example.org. 30 IN A 192.0.2.1'] }, 30],
    ['an alias that ends in another type', { answer: [CNAME, 'a.example.org. 30 IN AAAA ::1'] }, undefined],
    ['an alias without its end', { answer: [CNAME] }, undefined],
    ['an alias without its end, denied', { answer: [CNAME], authority: [SOA] }, 60],
    ['an alias to nowhere', { rcode: 3, answer: [CNAME], authority: [SOA] }, 60],
    ['an alias to nowhere, without SOA', { rcode: 3, answer: [CNAME] }, undefined],
    [
      'two aliases',
      { answer: [CNAME, 'www.example.org. 60 IN CNAME b.example.org.', 'a.example.org. 30 IN A 192.0.2.1'] },
      undefined,
    ],
    ['a loop', { answer: [CNAME, 'a.example.org. 60 IN CNAME www.example.org.', A(60)] }, undefined],
    ['another type', { answer: [MX] }, undefined],
    ['NXDOMAIN', { rcode: 3, authority: [SOA] }, 300],
    ['NXDOMAIN without SOA', { rcode: 3 }, undefined],
    ['NODATA', { authority: [SOA] }, 300],
    ['nothing at all', {}, 5],
    ['a referral', { authority: ['example.org. 600 IN NS ns.example.org.'] }, 5],
    [
      'a referral for a query without RD',
      { authority: ['example.org. 600 IN NS ns.example.org.'] },
      undefined,
      { rd: false },
    ],
    ['SERVFAIL', { rcode: 2 }, 5],
    ['NOTIMP', { rcode: 4 }, 5],
    ['REFUSED', { rcode: 5 }, undefined],
    ['an expired signature for who looks at it', { answer: [A(60), EXPIRED] }, undefined, { do: true }],
    ['an expired signature for who does not', { answer: [A(60), EXPIRED] }, 60],
  ]
  it.each(cases)('%s', async (_, says, kept, how) => {
    const server = await cached('cache', says)
    await server.answer('www.example.org', how)
    await server.answer('www.example.org', how)
    expect(server.log).toHaveLength(kept === undefined ? 2 : 1)
    if (kept === undefined) return
    await pass(kept - 0.1)
    await server.answer('www.example.org', how)
    expect(server.log).toHaveLength(1)
    await pass(0.2)
    await server.answer('www.example.org', how)
    expect(server.log).toHaveLength(2)
  })

  it('RFC 2308: a denial lives as long as the lower of the SOA’s TTL and MINIMUM, and says so', async () => {
    const server = await cached('cache', { rcode: 3, authority: [SOA] })
    expect((await server.answer('www.example.org')).authority).toEqual([SOA.replace('900', '300')])
    await pass(20)
    expect((await server.answer('www.example.org')).authority).toEqual([SOA.replace('900', '280')])
  })

  it('only where zones and disable say so', async () => {
    const server = await cached(
      'cache example.org example.net {\n disable success a.example.org\n disable denial b.example.org b.example.net\n}',
      ({ name }) =>
        nameText(name).startsWith('no')
          ? { rcode: 3, authority: [SOA] }
          : { answer: [`${nameText(name)} 60 IN A 192.0.2.1`] },
    )
    const names = [
      'example.com',
      'www.example.org',
      'a.example.org',
      'no.a.example.org',
      'b.example.org',
      'no.b.example.org',
      'x.b.example.net',
      'no.b.example.net',
    ]
    for (const name of [...names, ...names]) await server.answer(name)
    expect(server.log.slice(names.length)).toEqual([
      'example.com. A',
      'a.example.org. A',
      'no.b.example.org. A',
      'no.b.example.net. A',
    ])
  })

  it('disable without zones holds everywhere', async () => {
    const server = await cached('cache {\n disable success\n}')
    await server.answer('www.example.org')
    await server.answer('www.example.org')
    expect(server.log).toHaveLength(2)
  })

  it('failures for as long as servfail says', async () => {
    const server = await cached('cache {\n servfail 20s\n}', { rcode: 2, options: [extendedError(9, 'bogus')] })
    await server.answer('www.example.org')
    await pass(19)
    expect((await server.answer('www.example.org', { bufsize: 1232 })).errors).toEqual(['9 bogus', '13'])
    await pass(2)
    await server.answer('www.example.org')
    expect(server.log).toHaveLength(2)
  })

  it('a failure does not stand before an answer that is still good', async () => {
    const server = await cached('cache {\n prefetch 1 1m 90%\n}')
    await server.answer('www.example.org')
    server.says({ rcode: 2 })
    await pass(200)
    await server.answer('www.example.org')
    await pass(1)
    expect((await server.answer('www.example.org')).answer).toEqual([A(99)])
  })

  it('RFC 9520: that nobody could be reached, for a second', async () => {
    const server = await cached('cache', { error: new UpstreamError('timed out', 22).at('192.0.2.1:53') })
    const first = await server.answer('www.example.org', { bufsize: 1232 })
    const second = await server.answer('www.example.org', { bufsize: 1232 })
    expect([first.rcode, second.rcode]).toEqual(['SERVFAIL', 'SERVFAIL'])
    expect(second.errors).toEqual(['22 timed out', '13'])
    expect(server.log).toHaveLength(1)
    await pass(1.1)
    server.says({ answer: [A(60)] })
    expect((await server.answer('www.example.org')).answer).toEqual([A(60)])
  })
})

describe('keepttl', () => {
  it('shows the first TTL to the end', async () => {
    const server = await cached('cache {\n keepttl\n}')
    await server.answer('www.example.org')
    await pass(250)
    expect((await server.answer('www.example.org')).answer).toEqual([A(300)])
    await pass(51)
    await server.answer('www.example.org')
    expect(server.log).toHaveLength(2)
  })
})

describe('prefetch', () => {
  it('asks again, once, before a popular entry ends', async () => {
    const server = await cached('cache {\n prefetch 3 1m 20%\n}', { answer: [A(100)], delay: 10 })
    const first = server.answer('www.example.org')
    await pass(0.1)
    await first
    server.says({ answer: [A(100, 2)], delay: 1000 })
    for (const wait of [30, 30, 21]) {
      await pass(wait)
      await server.answer('www.example.org')
    }
    expect(server.log).toHaveLength(2)
    await Promise.all([server.answer('www.example.org'), server.answer('www.example.org')])
    expect(server.log).toHaveLength(2)
    await pass(1.1)
    expect((await server.answer('www.example.org')).answer).toEqual([A(100, 2)])
    expect(server.queries[1].edns?.udpSize).toBe(65_535)
    // Still popular.
    await pass(50)
    await server.answer('www.example.org')
    await pass(35)
    await server.answer('www.example.org')
    expect(server.log).toHaveLength(3)
  })

  it('leaves the unpopular alone', async () => {
    const server = await cached('cache {\n prefetch 3 10s\n}', { answer: [A(100)] })
    await server.answer('www.example.org')
    for (const wait of [60, 33, 1]) {
      await pass(wait)
      await server.answer('www.example.org')
    }
    expect(server.log).toHaveLength(1)
    await pass(1)
    await server.answer('www.example.org')
    expect(server.log).toHaveLength(2)
  })
})

describe('serve_stale', () => {
  const failing: Says = { rcode: 2 }

  it('serves at once what has expired, says so, and asks behind', async () => {
    const server = await cached('cache {\n serve_stale\n}')
    await server.answer('www.example.org')
    await pass(301)
    server.says({ answer: [A(300, 2)], delay: 50 })
    const stale = await server.answer('www.example.org', { bufsize: 1232 })
    expect(stale).toMatchObject({ answer: [A(0)], errors: ['3'] })
    await server.answer('www.example.org')
    expect(server.log).toHaveLength(2)
    await pass(0.1)
    expect((await server.answer('www.example.org')).answer).toEqual([A(300, 2)])
  })

  it.each([
    ['serve_stale 1h immediate 30s', A(30)],
    ['serve_stale 1h verify 0 45s', A(45)],
    ['serve_stale 1h immediate 17s\nkeepttl', A(17)],
    ['serve_stale 1h immediate\nkeepttl', A(0)],
  ])('%j', async (properties, expected) => {
    const server = await cached(`cache {\n${properties}\n}`)
    await server.answer('www.example.org')
    await pass(301)
    server.says(failing)
    expect((await server.answer('www.example.org')).answer).toEqual([expected])
  })

  it('serves denials, too', async () => {
    const server = await cached('cache {\n serve_stale 1h immediate 25s\n}', { rcode: 3, authority: [SOA] })
    await server.answer('www.example.org')
    await pass(301)
    server.says(failing)
    expect(await server.answer('www.example.org', { bufsize: 1232 })).toMatchObject({
      rcode: 'NXDOMAIN',
      authority: [SOA.replace('900', '25')],
      errors: ['19'],
    })
  })

  it('ends with the duration', async () => {
    const server = await cached('cache {\n serve_stale 60s\n}')
    await server.answer('www.example.org')
    server.says(failing)
    await pass(359)
    expect((await server.answer('www.example.org')).rcode).toBe('NOERROR')
    await pass(2)
    expect((await server.answer('www.example.org')).rcode).toBe('SERVFAIL')
  })

  it('verify asks first', async () => {
    const server = await cached('cache {\n serve_stale 1h verify\n}')
    await server.answer('www.example.org')
    await pass(301)
    for (const says of [
      failing,
      { rcode: 5 },
      { error: new UpstreamError('timed out', 22) },
      { error: new Error('oh') },
      { answer: [A(1)], tc: true },
    ]) {
      server.says(says)
      expect((await server.answer('www.example.org')).answer).toEqual([A(0)])
    }
    server.says({ answer: [A(300, 2)] })
    expect((await server.answer('www.example.org')).answer).toEqual([A(300, 2)])
  })

  it('verify waits so long, and takes the answer when it comes', async () => {
    const server = await cached('cache {\n serve_stale 1h verify 100ms\n}')
    await server.answer('www.example.org')
    await pass(301)
    server.says({ answer: [A(300, 2)], delay: 500 })
    const slow = server.answer('www.example.org')
    await pass(0.11)
    expect((await slow).answer).toEqual([A(0)])
    await pass(0.5)
    expect((await server.answer('www.example.org')).answer).toEqual([A(300, 2)])
    await pass(301)
    server.says({ answer: [A(300, 3)], delay: 50 })
    const quick = server.answer('www.example.org')
    await pass(0.1)
    expect((await quick).answer).toEqual([A(300, 3)])
  })

  it.each(['immediate 30s 30s', 'verify 0 30s 30s'])('after a failure the next try waits: %s', async (mode) => {
    const server = await cached(`cache {\n serve_stale 1h ${mode}\n}`)
    await server.answer('www.example.org')
    await pass(301)
    server.says(failing)
    for (let i = 0; i < 5; i++) {
      expect((await server.answer('www.example.org')).answer).toEqual([A(30)])
      await pass(1)
    }
    expect(server.log).toHaveLength(2)
    await pass(30)
    await server.answer('www.example.org')
    expect(server.log).toHaveLength(3)
  })

  it('prefer_positive keeps the answer when it is denied later', async () => {
    const lines = (policy: string): string => `cache {\n serve_stale 1h verify\n${policy}\n}`
    for (const [policy, expected] of [
      ['serve_stale_policy prefer_positive', 'NOERROR'],
      ['', 'NXDOMAIN'],
    ]) {
      const server = await cached(lines(policy))
      await server.answer('www.example.org')
      await pass(301)
      server.says({ rcode: 3, authority: [SOA] })
      expect((await server.answer('www.example.org')).rcode).toBe(expected)
    }
  })

  it('prefer_positive keeps the answer when nothing useful comes later', async () => {
    const server = await cached('cache {\n serve_stale 1h\n serve_stale_policy prefer_positive\n}')
    await server.answer('www.example.org')
    await pass(301)
    server.says({ authority: ['example.org. 60 IN NS ns.example.org.'] })
    for (let i = 0; i < 3; i++) {
      expect((await server.answer('www.example.org')).answer).toEqual([A(0)])
      await pass(1)
    }
  })
})

describe('client subnets (RFC 7871)', () => {
  const subnet = (source: number, ...address: number[]) => ({
    code: 8,
    data: Uint8Array.of(0, 1, source, 0, ...address),
  })
  /** Answers for `scope` bits with the network's octets in the address. */
  const telling =
    (scope: number | undefined) =>
    ({ edns }: Query): Says => {
      const option = edns?.options.find(({ code }) => code === 8)
      if (!option || scope === undefined) return { answer: [A(300)] }
      const data = option.data.slice()
      data[3] = scope
      return {
        answer: [`www.example.org. 300 IN A ${[...data.subarray(4), 0, 0, 0, 0].slice(0, 4).join('.')}`],
        options: [{ code: 8, data }],
      }
    }
  const from = (server: Rig, ...option: [number, ...number[]]) =>
    server.answer('www.example.org', { options: [subnet(...option)] })

  it('keeps answers for the networks that they hold for', async () => {
    const server = await cached('cache', telling(16))
    const first = await from(server, 24, 10, 1, 1)
    const same = await from(server, 24, 10, 1, 2)
    expect(same.answer).toEqual(first.answer)
    expect(same.message.edns?.options).toEqual([{ code: 8, data: Uint8Array.of(0, 1, 24, 16, 10, 1, 2) }])
    expect((await from(server, 24, 10, 2, 1)).answer).toEqual(['www.example.org. 300 IN A 10.2.1.0'])
    expect(server.log).toHaveLength(2)
    await server.answer('www.example.org')
    expect(server.log).toHaveLength(3)
  })

  it('an answer for all serves all that ask with a subnet', async () => {
    const server = await cached('cache', telling(0))
    await from(server, 24, 10, 1, 1)
    await from(server, 24, 192, 0, 2)
    await from(server, 0)
    expect(server.log).toHaveLength(1)
  })

  it('an answer for less than was told holds for what was told', async () => {
    const server = await cached('cache', telling(24))
    await from(server, 16, 10, 1)
    await from(server, 16, 10, 1)
    await from(server, 16, 10, 2)
    expect(server.log).toHaveLength(2)
  })

  it('octets that are letters are not taken for others', async () => {
    const server = await cached('cache', telling(24))
    expect((await from(server, 24, 65, 66, 67)).answer).toEqual(['www.example.org. 300 IN A 65.66.67.0'])
    expect((await from(server, 24, 97, 98, 99)).answer).toEqual(['www.example.org. 300 IN A 97.98.99.0'])
    expect(server.log).toHaveLength(2)
  })

  it('mean nothing while no answer tells of them', async () => {
    const server = await cached('cache', telling(undefined))
    await server.answer('www.example.org')
    await from(server, 24, 10, 1, 1)
    await from(server, 24, 192, 0, 2)
    expect(server.log).toHaveLength(1)
  })

  it('that are broken are no subnets', async () => {
    const server = await cached('cache', telling(24))
    await from(server, 24, 10, 1, 1)
    const broken = [
      Uint8Array.of(0, 1, 24),
      Uint8Array.of(0, 9, 24, 0, 1, 2, 3),
      Uint8Array.of(0, 1, 33, 0, 1, 2, 3, 4, 5),
    ]
    for (const data of broken)
      expect((await server.answer('www.example.org', { options: [{ code: 8, data }] })).rcode).toBe('NOERROR')
  })
})

describe('aggressive_nsec (RFC 8198)', () => {
  const sign = (owner: string, type: string, labels = 2, signer = 'example.org.'): string =>
    `${owner} 300 IN RRSIG ${type} 13 ${labels} 300 20370101000000 20260101000000 1 ${signer} AAAA`
  const nsec = (owner: string, next: string, types: string): string[] => [
    `${owner} 300 IN NSEC ${next} ${types}`,
    sign(owner, 'NSEC', owner.split('.').length - 1 - (owner.startsWith('*') ? 1 : 0)),
  ]
  const PROOF = [SOA, sign('example.org.', 'SOA')]
  const wildcard = nsec('example.org.', 'a.example.org.', 'SOA NS RRSIG NSEC')
  const denied = (...authority: string[]): Says => ({
    rcode: 3,
    ad: true,
    ra: true,
    authority: [...PROOF, ...authority],
  })
  const range = nsec('b.example.org.', 'k.example.org.', 'A RRSIG NSEC')

  async function askAfter(first: Says, questions: readonly string[], how: object = {}): Promise<(string | number)[][]> {
    const server = await cached('cache {\n aggressive_nsec\n}', first)
    await server.answer('c.example.org', how)
    server.says({ answer: [A(60)] })
    const found: (string | number)[][] = []
    for (const question of questions) {
      const before = server.log.length
      const { rcode, errors } = await server.answer(question, { bufsize: 1232, ...how })
      found.push([rcode, ...errors, server.log.length - before])
    }
    return found
  }
  const MADE = ['NXDOMAIN', '29', 0]
  const ASKED = ['NOERROR', 1]

  it('denies what lies between, and asks for the rest', async () => {
    const found = await askAfter(denied(...range, ...wildcard), [
      'd.example.org',
      'x.y.d.example.org TXT',
      'D.EXAMPLE.ORG',
      'b.example.org MX',
      'b.example.org A',
      'k.example.org',
      'kk.example.org',
      'aa.example.org',
      'd.example.org ANY',
      'd.example.net',
    ])
    expect(found).toEqual([MADE, MADE, MADE, ['NOERROR', '29', 0], ASKED, ASKED, ASKED, ASKED, ASKED, ASKED])
  })

  it('shows proofs to those who ask for them, and takes TTLs from them', async () => {
    const server = await cached('cache {\n aggressive_nsec\n}', denied(...range, ...wildcard))
    await server.answer('c.example.org', { do: true })
    await pass(100)
    const signed = await server.answer('d.example.org', { do: true })
    expect(signed.authority.map((text) => text.split(' ').slice(0, 4).join(' '))).toEqual([
      'example.org. 200 IN SOA',
      'example.org. 200 IN RRSIG',
      'b.example.org. 200 IN NSEC',
      'b.example.org. 200 IN RRSIG',
      'example.org. 200 IN NSEC',
      'example.org. 200 IN RRSIG',
    ])
    expect(signed.flags).toBe('aa rd ra ad')
    const plain = await server.answer('d.example.org')
    expect(plain.authority).toEqual([SOA.replace('900', '200')])
    expect(plain.flags).toBe('aa rd ra')
    await pass(201)
    await server.answer('d.example.org')
    expect(server.log).toHaveLength(2)
  })

  it('asks for proofs on its own, and leaves them out for those who did not', async () => {
    const server = await cached('cache {\n aggressive_nsec\n}', denied(...range, ...wildcard))
    expect((await server.answer('c.example.org')).authority).toEqual([SOA.replace('900', '300')])
    expect(server.queries[0].dnssecOk).toBe(true)
    expect((await server.answer('c.example.org NSEC')).rcode).toBe('NXDOMAIN')
    expect((await server.answer('c.example.org', { cd: true })).rcode).toBe('NXDOMAIN')
    expect(server.queries[1]).toMatchObject({ dnssecOk: false, checkingDisabled: true })
  })

  const cut = nsec('b.example.org.', 'k.example.org.', 'NS RRSIG NSEC')
  const cases: [what: string, says: Says, question: string, expected: (string | number)[], how?: object][] = [
    ['nothing without AD', { ...denied(...range, ...wildcard), ad: false }, 'd.example.org', ASKED],
    ['nothing without the proof that there is no wildcard', denied(...range), 'd.example.org', ASKED],
    ['nothing below a delegation', denied(...cut, ...wildcard), 'x.b.example.org', ASKED],
    ['no types at a delegation but DS', denied(...cut, ...wildcard), 'b.example.org MX', ASKED],
    ['DS at a delegation without', denied(...cut, ...wildcard), 'b.example.org DS', ['NOERROR', '29', 0]],
    ['no DS at the apex', denied(...range, ...wildcard), 'example.org DS', ASKED],
    [
      'nothing below a DNAME',
      denied(...nsec('b.example.org.', 'k.example.org.', 'DNAME'), ...wildcard),
      'x.b.example.org',
      ASKED,
    ],
    [
      'no other type beside CNAME',
      denied(...nsec('b.example.org.', 'k.example.org.', 'CNAME'), ...wildcard),
      'b.example.org MX',
      ASKED,
    ],
    ['nothing for CD', denied(...range, ...wildcard), 'd.example.org', ASKED, { cd: true }],
    [
      'nothing by another signer',
      denied(range[0], sign('b.example.org.', 'NSEC', 3, 'org.'), ...wildcard),
      'd.example.org',
      ASKED,
    ],
    [
      'nothing by an expanded wildcard',
      denied(range[0], sign('b.example.org.', 'NSEC', 2), ...wildcard),
      'd.example.org',
      ASKED,
    ],
    [
      'no type at an empty non-terminal',
      denied(...nsec('b.example.org.', 'x.d.example.org.', 'A')),
      'd.example.org',
      ['NOERROR', '29', 0],
    ],
    [
      'a type that the wildcard lacks',
      denied(...range, ...nsec('*.example.org.', 'a.example.org.', 'TXT')),
      'd.example.org',
      ['NOERROR', '29', 0],
    ],
    [
      'not what the wildcard has',
      denied(...range, ...nsec('*.example.org.', 'a.example.org.', 'TXT')),
      'd.example.org TXT',
      ASKED,
    ],
    [
      'what comes after the last name',
      denied(...nsec('b.example.org.', 'example.org.', 'A'), ...wildcard),
      'zz.example.org',
      MADE,
    ],
    [
      'nothing from proofs made for one name',
      denied(...nsec('c.example.org.', '\\000.c.example.org.', 'RRSIG NSEC'), ...wildcard),
      'c.example.org MX',
      ASKED,
    ],
  ]
  it.each(cases)('denies %s', async (_, says, question, expected, how) => {
    expect(await askAfter(says, [question], how)).toEqual([expected])
  })

  it('a proof lives no longer than the SOA’s MINIMUM (RFC 9077)', async () => {
    const soon = [SOA.replace('4 300', '4 40'), sign('example.org.', 'SOA')]
    const found = await askAfter({ ...denied(), authority: [...soon, ...range, ...wildcard] }, ['d.example.org'])
    expect(found).toEqual([MADE])
    await pass(41)
    const server = await cached('cache {\n aggressive_nsec\n}', {
      ...denied(),
      authority: [...soon, ...range, ...wildcard],
    })
    await server.answer('c.example.org')
    expect((await server.answer('d.example.org')).authority[0]).toMatch(/^example\.org\. 40 IN SOA/)
    await pass(41)
    await server.answer('e.example.org')
    expect(server.log).toHaveLength(2)
  })

  /** The only NSEC3 record of a zone with nothing but its apex: all other hashes are in its range. */
  const nsec3 = (
    flags: number,
    iterations: number,
    types = 'NS SOA RRSIG DNSKEY NSEC3PARAM',
    next?: string,
  ): string[] => {
    const parameters = { iterations, salt: Uint8Array.of(171) }
    const hash = new TextDecoder().decode(base32hex(nsec3Hash(parseName('example.org'), parameters)))
    const owner = `${hash}.example.org.`
    return [`${owner} 300 IN NSEC3 1 ${flags} ${iterations} AB ${next ?? hash} ${types}`, sign(owner, 'NSEC3', 3)]
  }
  const near = nsec3(0, 0)[0]
    .split('.')[0]
    .replace(/.$/, (last) => (last === 'v' ? 'u' : 'v'))
  const hashed: [what: string, records: string[], question: string, expected: (string | number)[]][] = [
    ['a name', nsec3(0, 0), 'd.example.org', MADE],
    ['a name far below', nsec3(0, 10), 'a.b.c.d.example.org', MADE],
    ['a type at the apex', nsec3(0, 0), 'example.org TXT', ['NOERROR', '29', 0]],
    ['not what the apex has', nsec3(0, 0), 'example.org DNSKEY', ASKED],
    ['no DS at the apex', nsec3(0, 0), 'example.org DS', ASKED],
    ['nothing in an opt-out span', nsec3(1, 0), 'd.example.org', ASKED],
    ['a type in front of an opt-out span', nsec3(1, 0), 'example.org TXT', ['NOERROR', '29', 0]],
    ['nothing with unknown flags', nsec3(2, 0), 'd.example.org', ASKED],
    ['nothing with many iterations', nsec3(0, 11), 'd.example.org', ASKED],
    ['nothing below a DNAME', nsec3(0, 0, 'NS SOA DNAME'), 'd.example.org', ASKED],
    ['nothing from a range made for one name', nsec3(0, 0, 'NS SOA', near), 'd.example.org', ASKED],
    ['nothing of very many labels', nsec3(0, 0), `${'a.'.repeat(11)}example.org`, ASKED],
  ]
  it.each(hashed)('with NSEC3: denies %s', async (_, records, question, expected) => {
    expect(await askAfter(denied(...records), [question])).toEqual([expected])
  })

  it('what exists below a wildcard makes it exist', async () => {
    const apex = nsec('example.org.', 'a.*.example.org.', 'SOA NS')
    const last = nsec('a.*.example.org.', 'example.org.', 'A')
    expect(await askAfter(denied(...apex, ...last), ['d.example.org'])).toEqual([['NOERROR', '29', 0]])
  })

  it('is off by default', async () => {
    const server = await cached('cache', denied(...range, ...wildcard))
    await server.answer('c.example.org', { do: true })
    await server.answer('d.example.org', { do: true })
    expect(server.log).toHaveLength(2)
  })
})

describe('metrics', () => {
  it('count by server, with CoreDNS’s names', async () => {
    const server = await cached('cache {\n serve_stale 1h\n}')
    for (let i = 0; i < 3; i++) await server.answer('www.example.org')
    server.says({ rcode: 3, authority: [SOA] })
    for (let i = 0; i < 2; i++) await server.answer('no.example.org')
    await pass(301)
    await server.answer('www.example.org')
    const labels = 'server="dns://127.0.0.1:1053",'
    const mine = server.measured('coredns_cache_').filter((line) => line.includes('127.0.0.1'))
    expect(
      mine.map((line) =>
        line
          .replace('coredns_cache_', '')
          .replace(labels, '')
          .replace(/,?view="",zones="."/, ''),
      ),
    ).toEqual([
      'entries{type="denial"} 2',
      'entries{type="success"} 1',
      'evictions_total{type="denial"} 0',
      'evictions_total{type="success"} 0',
      'hits_total{type="denial"} 1',
      'hits_total{type="success"} 3',
      'misses_total{} 2',
      'prefetch_total{} 1',
      'requests_total{} 6',
      'restored_total{} 0',
      'served_stale_total{} 1',
      'synthesized_total{} 0',
    ])
    await server.stop()
    expect(server.measured('coredns_cache_entries')).toEqual([])
    expect(server.measured('coredns_cache_requests')).toHaveLength(1)
  })
})

describe('setup', () => {
  const good = [
    'cache',
    'cache 10',
    'cache aaa example.nl',
    'cache 25 example.nl {\n success 10\n denial 10 15 5\n}',
    'cache {\n prefetch 10 1m 20%\n servfail 0\n disable denial\n disable success example.org example.net\n keepttl\n}',
    'cache {\n serve_stale 0 VERIFY\n}',
    'cache {\n serve_stale 1h immediate 4294967295s\n}',
    'cache {\n serve_stale 1h verify 0 0 5m\n serve_stale_policy PREFER_POSITIVE\n}',
  ]
  it.each(good)('takes %s', async (lines) => {
    expect(await faults(`. {\n${lines}\n}`)).toBe('')
  })

  const bad: [lines: string, message: RegExp][] = [
    ['cache 0 example.nl', /2:7: cache: ttl must be at least 1/],
    ['cache\ncache', /3:1: cache: may stand only once/],
    ['cache {\n success\n}', /3:2: cache: success: .*capacity/],
    ['cache {\n denial aaa\n}', /3:9: cache: denial: capacity must be a whole number/],
    ['cache {\n success 10 0\n}', /3:13: cache: success: ttl must be at least 1/],
    ['cache {\n prefetch 1 1m 5%\n}', /3:16: cache: prefetch: percentage must be 10%–90%/],
    ['cache {\n prefetch 0 blurp\n}', /3:13: cache: prefetch/],
    ['cache {\n serve_stale 20\n}', /3:14: cache: serve_stale: must be a duration/],
    ['cache {\n serve_stale -20m\n}', /3:14: cache: serve_stale: must not be negative/],
    ['cache {\n serve_stale 1m nono\n}', /3:17: cache: serve_stale: must be immediate or verify/],
    ['cache {\n serve_stale 1h immediate 100ms\n}', /3:27: cache: serve_stale: TTL must be whole seconds/],
    ['cache {\n serve_stale 1h immediate 30s 5m1s\n}', /3:31: cache: serve_stale: failure recheck must be at most 5m/],
    ['cache {\n serve_stale 1h verify 1s 1s 1s x\n}', /3:33: cache: serve_stale: too many/],
    ['cache {\n serve_stale_policy prefer_positive\n}', /3:2: cache: serve_stale_policy: has no meaning without/],
    ['cache {\n serve_stale\n serve_stale_policy other\n}', /4:21: cache: serve_stale_policy: must be prefer_positive/],
    ['cache {\n servfail 6m\n}', /3:11: cache: servfail: duration must be at most 5m/],
    ['cache {\n disable other\n}', /3:10: cache: disable: .*success or denial/],
    ['cache {\n keepttl arg\n}', /3:10: cache: keepttl/],
  ]
  it.each(bad)('refuses %s', async (lines, message) => {
    expect(await faults(`. {\n${lines}\n}`)).toMatch(message)
  })
})
