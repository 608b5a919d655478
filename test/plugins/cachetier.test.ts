import { expect, it, onTestFinished, vi } from 'vitest'
import { OPTION } from '../../src/dns/edns.ts'
import { parseRecords } from '../../src/dns/presentation.ts'
import { Reply, type ReplyParts } from '../../src/reply.ts'
import type { SharedCache } from '../../src/runtime/runtime.ts'
import { FakeRuntime } from '../runtime.ts'
import { type Rig, rig } from './rig.ts'

/** The edge cache with a place of its own to keep things in; test/e2e has the platform's. */

const SOA = 'example.org. 600 IN SOA ns.example.org. hostmaster.example.org. 1 7200 3600 1209600 60'
const DO = { do: true }
const CD = { cd: true }
const subnet = (scope: number) => ({ code: OPTION.ECS, data: Uint8Array.of(0, 1, 24, scope, 192, 0, 2) })

class Shelf implements SharedCache {
  readonly kept = new Map<string, { octets: Uint8Array; seconds: number }>()
  /** In place of looking. */
  trouble: (() => Promise<Uint8Array | undefined>) | undefined

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.trouble ? this.trouble() : this.kept.get(key)?.octets
  }

  async put(key: string, octets: Uint8Array, seconds: number): Promise<void> {
    if (this.trouble) throw new Error('full')
    this.kept.set(key, { octets, seconds })
  }
}

/** Isolates that come after each other and share a shelf. */
function isolates(lines: string, says: ReplyParts = {}): { shelf: Shelf; asked: string[]; next(): Promise<Rig> } {
  const shelf = new Shelf()
  const asked: string[] = []
  const stub = (query: { name: Uint8Array; dnssecOk: boolean }): Reply => {
    asked.push(query.dnssecOk ? 'DO' : 'plain')
    return new Reply({ ra: true, answer: parseRecords('www.example.org. 300 IN A 192.0.2.1'), ...says })
  }
  const next = (): Promise<Rig> => {
    const runtime = Object.assign(new FakeRuntime({ name: 'workers' }), { sharedCache: shelf })
    return rig(`. {\n${lines}\nstub\n}`, { stub, runtime })
  }
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  return { shelf, asked, next }
}

const TIERED = 'cache {\n edge_cache\n}'

it('an answer comes back as it was, older, and once per isolate', async () => {
  const { shelf, asked, next } = isolates(TIERED, { ad: true })
  await (await next()).answer('www.example.org')
  expect([...shelf.kept.keys()]).toEqual(['0/0/1/1/03777777076578616D706C65036F726700'])
  expect([...shelf.kept.values()][0].seconds).toBe(300)
  await vi.advanceTimersByTimeAsync(100_000)
  const second = await next()
  const { answer, flags } = await second.answer('WWW.example.org', { ad: true })
  expect([answer, flags]).toEqual([['WWW.example.org. 200 IN A 192.0.2.1'], 'aa rd ra ad'])
  shelf.kept.clear()
  await vi.advanceTimersByTimeAsync(100_000)
  expect((await second.answer('www.example.org')).answer).toEqual(['www.example.org. 100 IN A 192.0.2.1'])
  expect(asked).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(100_000)
  await second.answer('www.example.org')
  expect(asked).toHaveLength(2)
})

it('DO and CD are kept apart', async () => {
  const { asked, next } = isolates(TIERED)
  const ways = [{}, DO, CD, { ...DO, ...CD }]
  for (let isolate = 0; isolate < 2; isolate++) {
    const server = await next()
    for (const how of ways) await server.answer('www.example.org', how)
  }
  expect(asked).toHaveLength(ways.length)
})

it('a denial lives as long as its SOA says', async () => {
  const { asked, next } = isolates(TIERED, { rcode: 3, answer: [], authority: parseRecords(SOA) })
  await (await next()).answer('www.example.org')
  await vi.advanceTimersByTimeAsync(50_000)
  const { rcode, authority } = await (await next()).answer('www.example.org')
  expect([rcode, authority]).toEqual(['NXDOMAIN', [SOA.replace('600', '10')]])
  await vi.advanceTimersByTimeAsync(11_000)
  await (await next()).answer('www.example.org')
  expect(asked).toHaveLength(2)
})

const never: [what: string, lines: string, says: ReplyParts][] = [
  ['failures', TIERED, { rcode: 2, answer: [] }],
  ['what was refused', TIERED, { rcode: 5, answer: [] }],
  ['denials without an SOA', TIERED, { rcode: 3, answer: [] }],
  ['empty answers', TIERED, { answer: [] }],
  ['referrals', TIERED, { answer: [], authority: parseRecords('example.org. 300 IN NS ns.example.org.') }],
  ['aliases whose end is missing', TIERED, { answer: parseRecords('www.example.org. 300 IN CNAME x.example.org.') }],
  ['what was cut short', TIERED, { tc: true }],
  ['what soon ends', 'cache {\n edge_cache 301\n}', {}],
  ['zones left out', 'cache {\n edge_cache\n disable success example.org\n}', {}],
  ['anything unless told to', 'cache', {}],
  ['answers for one network', TIERED, { options: [subnet(24)] }],
]
it.each(never)('does not keep %s', async (_, lines, says) => {
  const { shelf, next } = isolates(lines, says)
  await (await next()).answer('www.example.org', { options: [subnet(0)] })
  expect(shelf.kept.size).toBe(0)
})

it('is not asked for the answer to one network', async () => {
  const { asked, next } = isolates(TIERED)
  await (await next()).answer('www.example.org')
  await (await next()).answer('www.example.org', { options: [subnet(0)] })
  expect(asked).toHaveLength(2)
})

it('each block has its own place', async () => {
  const shelf = new Shelf()
  const runtime = Object.assign(new FakeRuntime({ name: 'workers' }), { sharedCache: shelf })
  const block = (zone: string, address: string): string =>
    `https://${zone} {\n${TIERED}\ntemplate IN A . {\nanswer "www.example.org. 300 IN A ${address}"\n}\n}\n`
  const server = await rig(block('.', '192.0.2.1') + block('example.org', '192.0.2.2'), { runtime })
  await server.answer('www.example.org')
  expect([...shelf.kept.keys()].map((key) => key.split('/')[0])).toEqual(['1'])
})

it('serve_stale: what has ended comes back as stale', async () => {
  const { asked, next } = isolates('cache {\n edge_cache\n serve_stale 1h immediate 30s\n}')
  await (await next()).answer('www.example.org')
  await vi.advanceTimersByTimeAsync(301_000)
  const { answer, errors } = await (await next()).answer('www.example.org', { bufsize: 1232 })
  expect([answer, errors]).toEqual([['www.example.org. 30 IN A 192.0.2.1'], ['3']])
  expect(asked).toHaveLength(2)
})

const troubles: [what: string, get: (octets: Uint8Array) => Promise<Uint8Array | undefined>][] = [
  ['fails', () => Promise.reject(new Error('no'))],
  ['never answers', () => new Promise(() => {})],
  ['returns nothing', () => Promise.resolve(new Uint8Array())],
  ['returns damage', (octets) => Promise.resolve(octets.subarray(0, -1))],
  ['returns another form', (octets) => Promise.resolve(octets.map((octet, i) => (i === 0 ? 99 : octet)))],
  ['returns another question', (octets) => Promise.resolve(octets.map((octet, i) => (i === 27 ? 120 : octet)))],
]
it.each(troubles)('a shelf that %s costs nothing but time', async (_, get) => {
  const { shelf, asked, next } = isolates(TIERED)
  await (await next()).answer('www.example.org')
  const [{ octets }] = shelf.kept.values()
  shelf.trouble = () => get(octets)
  const answering = (await next()).answer('www.example.org')
  await vi.advanceTimersByTimeAsync(200)
  expect((await answering).answer).toEqual(['www.example.org. 300 IN A 192.0.2.1'])
  expect(asked).toHaveLength(2)
})

it('has no effect on Node, and says so', async () => {
  const { instance } = await rig(`. {\n${TIERED}\nwhoami\n}`)
  expect(instance.warnings).toEqual(['Corefile:3:2: cache: edge_cache has no effect here: it is for Workers'])
})
