import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseName } from '../../src/dns/name.ts'
import { clearing, placing } from '../../src/store/edit.ts'
import { entriesOf } from '../../src/store/entries.ts'
import { KvStore } from '../../src/store/kv.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { parseOwner } from '../../src/store/owner.ts'
import { type Owner, type Snapshot, StoreError } from '../../src/store/store.ts'
import { FakeNamespace } from '../store/kvnamespace.ts'
import { SIGNINGS, signed } from '../store/signing.ts'
import { APEX, zoneOf } from '../zone/zones.ts'
import { faults, type Rig, rig } from './rig.ts'

const EXAMPLE = parseName('example.')

/** A store in memory that counts what it is asked for, can be away, and tells nobody of changes unless it is to. */
class TrackedStore extends MemoryStore {
  reads: number[] = []
  lists = 0
  isAway = false
  tells = false

  override async read(apex: Uint8Array, owners: readonly Owner[]): Promise<Snapshot | undefined> {
    if (this.isAway) throw new StoreError('memory: away')
    this.reads.push(owners.length)
    return super.read(apex, owners)
  }

  override async zones(): Promise<readonly Uint8Array[]> {
    if (this.isAway) throw new StoreError('memory: away')
    this.lists++
    return super.zones()
  }

  override watch(changed: (apex?: Uint8Array) => void): () => void {
    return super.watch((apex) => this.tells && changed(apex))
  }

  put(zone: string, origin = 'example.'): Promise<void> {
    return this.replace(parseName(origin), entriesOf(zoneOf(zone, { origin })))
  }

  set(owner: string, ip: string): Promise<void> {
    const value = JSON.stringify({ a: [{ ttl: 300, ip }] })
    return this.edit(EXAMPLE, (zone) => placing(zone, parseOwner(owner), value))
  }

  unset(owner: string): Promise<void> {
    return this.edit(EXAMPLE, (zone) => clearing(zone, parseOwner(owner)))
  }
}

let store: TrackedStore
beforeEach(() => {
  store = new TrackedStore()
  vi.useFakeTimers({ toFake: ['Date'], now: 1_700_000_000_000 })
})
afterEach(() => void vi.useRealTimers())

const open = (corefile = '. {\n kv\n}'): Promise<Rig> => rig(corefile, { stores: { sqlite: async () => store } })
const later = (seconds: number): void => void vi.setSystemTime(Date.now() + seconds * 1000)
/** Lets what goes on in the background come to its end. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))

const ZONE = `${APEX}
www 300 A 192.0.2.1
a.b.c 300 A 192.0.2.2
*.w 300 TXT wildcard
alias 300 CNAME www
mail 300 MX 10 m1
mail 300 MX 20 m2
m1 300 A 192.0.2.3
m2 300 A 192.0.2.4
sub 300 NS ns1.sub
sub 300 NS ns2.sub
ns1.sub 300 A 192.0.2.5
ns2.sub 300 A 192.0.2.6
`
const SOA = 'example. 300 IN SOA ns.example. hostmaster.example. 1 7200 3600 1209600 300'

describe('answers', () => {
  const CASES: [string, string, string[]][] = [
    ['www.example A', 'NOERROR', ['www.example. 300 IN A 192.0.2.1']],
    ['WWW.Example A', 'NOERROR', ['WWW.Example. 300 IN A 192.0.2.1']],
    ['www.example TXT', 'NOERROR', [SOA]],
    ['b.c.example A', 'NOERROR', [SOA]],
    ['nowhere.b.c.example A', 'NXDOMAIN', [SOA]],
    ['x.y.w.example TXT', 'NOERROR', ['x.y.w.example. 300 IN TXT "wildcard"']],
    ['alias.example A', 'NOERROR', ['alias.example. 300 IN CNAME www.example.', 'www.example. 300 IN A 192.0.2.1']],
    [
      'deep.sub.example A',
      'NOERROR',
      ['sub.example. 300 IN NS ns1.sub.example.', 'sub.example. 300 IN NS ns2.sub.example.'],
    ],
    ['www.elsewhere A', 'REFUSED', []],
    ['example AXFR', 'REFUSED', []],
  ]
  test.each(CASES)('%s', async (question, rcode, records) => {
    await store.put(ZONE)
    const { answer } = await open()
    const found = await answer(question)
    expect(found.rcode).toBe(rcode)
    expect(found.answer.length > 0 ? found.answer : found.authority).toEqual(records)
  })

  test('the longest zone counts, and DS records are its parent’s', async () => {
    await store.put(`${APEX}sub 300 NS ns.sub\nsub 300 DS 1 8 2 ${'12'.repeat(32)}\n`)
    await store.put(`${APEX}www 300 A 192.0.2.9\n`, 'sub.example.')
    const { answer } = await open()
    expect((await answer('www.sub.example A')).answer).toEqual(['www.sub.example. 300 IN A 192.0.2.9'])
    expect((await answer('sub.example DS')).answer[0]).toMatch(/^sub.example. 300 IN DS/)
  })

  test('an alias into a zone below is answered from there', async () => {
    await store.put(`${APEX}alias 300 CNAME www.sub\nwww.sub 300 A 192.0.2.66\n`)
    await store.put(`${APEX}www 300 A 192.0.2.9\n`, 'sub.example.')
    const { answer } = await open()
    expect((await answer('alias.example A')).answer).toEqual([
      'alias.example. 300 IN CNAME www.sub.example.',
      'www.sub.example. 300 IN A 192.0.2.9',
    ])
  })

  test('only what lies in its zones is asked for; the rest is for the next', async () => {
    await store.put(ZONE)
    const { answer } = await open('. {\n kv example.org\n whoami\n}')
    expect((await answer('www.example A')).answer).toEqual([])
    expect((await answer('www.example A')).rcode).toBe('NOERROR')
    expect(store.reads).toEqual([])
  })

  test('fallthrough passes on what is not there', async () => {
    await store.put(ZONE)
    const { answer } = await open('example {\n kv {\n  fallthrough\n }\n whoami\n}')
    expect(await answer('nowhere.example TXT')).toMatchObject({ rcode: 'NOERROR', authority: [] })
    expect(await answer('www.example TXT')).toMatchObject({ rcode: 'NOERROR', authority: [SOA] })
  })

  test('a value that cannot be read is SERVFAIL with EDE 24, other names are not touched', async () => {
    await store.put(ZONE)
    await store.edit(EXAMPLE, async () => [{ owner: parseOwner('www'), value: 'not JSON' }])
    const { answer, runtime } = await open()
    const found = await answer('www.example A', { do: false })
    expect(found.rcode).toBe('SERVFAIL')
    expect(found.errors[0]).toMatch(/^24 /)
    expect((await answer('alias.example CNAME')).answer).toHaveLength(1)
    expect(runtime.logged.join('\n')).toContain('zone example.: www: is not JSON: not JSON')
  })
})

describe('rounds', () => {
  const COLD: [string, number][] = [
    ['www.example A', 1],
    ['a.b.c.example A', 1],
    ['nowhere.x.y.z.example A', 1],
    ['x.y.w.example TXT', 1],
    ['deep.er.sub.example A', 2],
    // What the records lead to comes in one more, however much it is.
    ['alias.example A', 2],
    ['mail.example MX', 2],
  ]
  test.each(COLD)('%s: %i when cold, none when warm', async (question, rounds) => {
    await store.put(ZONE)
    const { answer } = await open()
    const cold = await answer(question)
    expect(store.reads).toHaveLength(rounds)
    const warm = await answer(question)
    expect(store.reads).toHaveLength(rounds)
    expect(warm.answer).toEqual(cold.answer)
    expect(warm.authority).toEqual(cold.authority)
    expect(warm.additional).toEqual(cold.additional)
  })

  describe.each(SIGNINGS)('of a zone signed with %s, with DO', (signing) => {
    test.each([
      ['www.example A', 1],
      ['x.y.w.example TXT', 1 + 1],
      // By hashes it is a page that has the proof, else the name itself.
      ['www.example TXT', signing === 'nsec' ? 1 : 2],
      ['b.c.example A', 2],
      ['nowhere.example A', 2],
      ['nowhere.x.y.z.example A', 2],
      ['deep.sub.example A', signing === 'nsec' ? 2 : 3],
    ])('%s: %i when cold, none when warm', async (question, rounds) => {
      // Many names, so that the proofs of an answer stand on many pages.
      await store.put(signed(`${ZONE}$GENERATE 1-400 other$ 300 A 192.0.2.1\n`, signing))
      const { answer } = await open()
      const cold = await answer(question, { do: true })
      expect([...cold.answer, ...cold.authority].join()).toContain('RRSIG')
      expect(store.reads).toHaveLength(rounds)
      const warm = await answer(question, { do: true })
      expect([warm.answer, warm.authority]).toEqual([cold.answer, cold.authority])
      expect(store.reads).toHaveLength(rounds)
    })

    test.each([
      ['www.example A', 1],
      ['www.example TXT', 1],
      ['nowhere.example A', 1],
      ['b.c.example A', 1],
      ['x.y.w.example TXT', 1],
      ['nowhere.x.y.z.example A', 2],
    ])('%s: %i when only the zone is known', async (question, rounds) => {
      await store.put(signed(`${ZONE}$GENERATE 1-400 other$ 300 A 192.0.2.1\n`, signing))
      const { answer } = await open()
      await answer('example SOA', { do: true })
      store.reads = []
      await answer(question, { do: true })
      expect(store.reads.length).toBe(rounds)
    })

    test('what is too old is read again at once, pages too', async () => {
      await store.put(signed(`${ZONE}$GENERATE 1-400 other$ 300 A 192.0.2.1\n`, signing))
      const { answer } = await open()
      const first = await answer('a.b.nowhere.example A', { do: true })
      later(60)
      store.reads = []
      expect((await answer('a.b.nowhere.example A', { do: true })).authority).toEqual(first.authority)
      expect(store.reads.length).toBe(2)
    })

    test('what one proof takes does for others near by', async () => {
      await store.put(signed(ZONE, signing))
      const { answer } = await open()
      await answer('nowhere.example A', { do: true })
      const before = store.reads.length
      for (let i = 0; i < 20; i++) await answer(`nowhere${i}.example A`, { do: true })
      expect(store.reads.length - before).toBe(20)
    })
  })

  test('many who ask for the same share a read', async () => {
    await store.put(ZONE)
    const { answer } = await open()
    await Promise.all(Array.from({ length: 50 }, () => answer('www.example A')))
    expect(store.reads).toHaveLength(1)
  })
})

describe('rounds to Workers KV', () => {
  const namespace = new FakeNamespace()
  /** What a Worker that starts has, and how many rounds its start and each of its questions took. */
  async function start(): Promise<{ rounds: number[]; answer: Rig['answer'] }> {
    namespace.gets = 0
    const { answer } = await rig('. {\n kv\n}', { stores: { sqlite: async () => new KvStore(namespace) } })
    const rounds = [namespace.gets]
    return {
      rounds,
      async answer(...question) {
        namespace.gets = 0
        const found = await answer(...question)
        rounds.push(namespace.gets)
        return found
      },
    }
  }
  const replace = (text: string, origin = 'example.'): Promise<void> =>
    new KvStore(namespace).replace(parseName(origin), entriesOf(zoneOf(text, { origin })))

  test('one for the list of zones, one for each name, one more for where it leads', async () => {
    await replace(ZONE)
    await replace(`${APEX}www 300 A 192.0.2.9\n`, 'other.')
    const { rounds, answer } = await start()
    await answer('www.example A')
    await answer('a.b.c.example A')
    await answer('nowhere.example A')
    await answer('mail.example MX')
    await answer('mail.example MX')
    expect((await answer('www.other A')).answer).toEqual(['www.other. 300 IN A 192.0.2.9'])
    expect(rounds).toEqual([1, 1, 1, 1, 2, 0, 1])
  })

  test('after an import one more, once, whether the Worker knew the zone or has just started', async () => {
    await replace(ZONE)
    const { rounds, answer } = await start()
    await answer('www.example A')
    await replace(`${ZONE}new 300 A 192.0.2.9\n`)
    expect((await answer('new.example A')).answer).toEqual(['new.example. 300 IN A 192.0.2.9'])
    await answer('m1.example A')
    expect(rounds).toEqual([1, 1, 2, 1])
  })
})

describe('age', () => {
  const address = async ({ answer }: Rig): Promise<string | undefined> =>
    (await answer('www.example A', { do: false })).answer[0]?.split(' ').at(-1)

  test('what was read is used for 30 seconds, and read again in the background before that', async () => {
    await store.put(ZONE)
    const served = await open()
    expect(await address(served)).toBe('192.0.2.1')
    await store.set('www', '192.0.2.99')
    later(20)
    expect(await address(served)).toBe('192.0.2.1')
    expect(store.reads).toHaveLength(1)
    later(5)
    expect(await address(served)).toBe('192.0.2.1')
    await settle()
    expect(await address(served)).toBe('192.0.2.99')
    await store.set('www', '192.0.2.98')
    later(31)
    expect(await address(served)).toBe('192.0.2.98')
  })

  test('so is what is not there', async () => {
    await store.put(ZONE)
    const { answer } = await open('example {\n kv {\n  refresh 5s\n }\n}')
    expect((await answer('new.example A')).rcode).toBe('NXDOMAIN')
    await store.set('x.new', '192.0.2.7')
    expect((await answer('new.example A')).rcode).toBe('NXDOMAIN')
    later(6)
    expect((await answer('new.example A')).rcode).toBe('NOERROR')
    expect((await answer('x.new.example A')).answer).toHaveLength(1)
    await store.unset('x.new')
    later(6)
    expect((await answer('x.new.example A')).rcode).toBe('NXDOMAIN')
    expect((await answer('new.example A')).rcode).toBe('NXDOMAIN')
  })

  test('what the store tells of is read at once', async () => {
    store.tells = true
    await store.put(ZONE)
    const served = await open()
    expect(await address(served)).toBe('192.0.2.1')
    await store.set('www', '192.0.2.99')
    expect(await address(served)).toBe('192.0.2.99')
    // A cut above hides it, and a zone may come and go.
    await store.put(`${ZONE}below.www 300 A 192.0.2.50\n`)
    expect((await served.answer('below.www.example A')).answer).toHaveLength(1)
    await store.edit(EXAMPLE, async () => [{ owner: parseOwner('www'), value: '{"ns":{"host":"ns.elsewhere."}}' }])
    expect((await served.answer('below.www.example A')).authority).toEqual(['www.example. 360 IN NS ns.elsewhere.'])
    await store.put(`${APEX}www 300 A 192.0.2.60\n`, 'new.')
    expect((await served.answer('www.new A')).answer).toHaveLength(1)
    await store.remove(parseName('new.'))
    expect((await served.answer('www.new A')).rcode).toBe('REFUSED')
  })

  test('an import is seen as a whole', async () => {
    const zoneAt = (n: number): string => `${APEX}alias 300 CNAME a${n}\na${n} 300 A 192.0.2.${n}\n`
    await store.put(zoneAt(1))
    const { answer } = await open()
    expect((await answer('alias.example A')).answer).toHaveLength(2)
    await store.put(zoneAt(2))
    // A cold name shows the new version; with it the old is gone.
    expect((await answer('a1.example A')).answer).toHaveLength(1)
    expect((await answer('a2.example A')).answer).toHaveLength(1)
    expect((await answer('a1.example A')).rcode).toBe('NXDOMAIN')
    expect((await answer('alias.example A')).answer.at(-1)).toBe('a2.example. 300 IN A 192.0.2.2')
  })
})

describe('a store that is away', () => {
  test('leaves what was read, with EDE 3, for as long as it takes', async () => {
    await store.put(ZONE)
    const { answer, runtime } = await open()
    await answer('www.example A', { do: false })
    await answer('nowhere.example A', { do: false })
    store.isAway = true
    later(3600)
    for (const question of ['www.example A', 'nowhere.example A']) {
      const stale = await answer(question, { do: false })
      expect(stale.errors).toEqual(['3 the store does not answer'])
      expect([stale.rcode, ...stale.answer]).toMatchObject(
        question.startsWith('www') ? ['NOERROR', 'www.example. 300 IN A 192.0.2.1'] : ['NXDOMAIN'],
      )
    }
    const cold = await answer('m1.example A', { do: false })
    expect([cold.rcode, cold.errors]).toEqual(['SERVFAIL', ['23 the store does not answer']])
    store.isAway = false
    later(2)
    expect((await answer('m1.example A', { do: false })).answer).toHaveLength(1)
    await answer('www.example A')
    await settle()
    const fresh = await answer('www.example A', { do: false })
    expect([fresh.answer.length, fresh.errors]).toEqual([1, []])
    expect(runtime.logged.filter((line) => line.includes('memory'))).toEqual([
      '[ERROR] plugin/kv: memory: away',
      '[INFO] plugin/kv: memory: is back',
    ])
  })

  test('is no reason not to start', async () => {
    await store.put(ZONE)
    store.isAway = true
    const { answer } = await open()
    const found = await answer('www.example A', { do: false })
    expect([found.rcode, found.errors]).toEqual(['SERVFAIL', ['23 the store does not answer']])
    store.isAway = false
    later(2)
    expect((await answer('www.example A')).answer).toHaveLength(1)
  })
})

describe('a reload', () => {
  test('keeps what was read, so that it is served while the store is away', async () => {
    await store.put(ZONE)
    const first = await open()
    await first.answer('www.example A')
    store.isAway = true
    const next = await rig('. {\n errors\n kv\n}', { runtime: first.runtime })
    await first.stop()
    later(60)
    const found = await next.answer('www.example A', { do: false })
    expect([found.answer, found.errors]).toEqual([['www.example. 300 IN A 192.0.2.1'], ['3 the store does not answer']])
    expect(next.instance.ready()).toBe(true)
  })

  test('with another directive begins anew, and the old store is closed when nobody uses it', async () => {
    await store.put(ZONE)
    const closed = vi.spyOn(store, 'close')
    const first = await open()
    await first.answer('www.example A')
    const same = await rig('. {\n kv\n}', { runtime: first.runtime })
    await first.stop()
    expect(closed).not.toHaveBeenCalled()
    expect(store.reads).toHaveLength(1)
    const other = await rig('. {\n kv {\n  ttl 5\n }\n}', { runtime: first.runtime })
    await same.stop()
    expect(closed).toHaveBeenCalledTimes(1)
    await other.answer('www.example A')
    expect(store.reads).toHaveLength(2)
  })
})

test('memory is bounded', async () => {
  const { NameCache, CachedName } = await import('../../src/store/namecache.ts')
  const cache = new NameCache(1_000_000)
  const zone = {}
  for (let i = 0; i < 100_000; i++) {
    const name = new CachedName(zone, parseOwner(`random${i}`), '1', undefined, [], 0)
    name.read = i
    cache.put(name)
  }
  expect(cache.size).toBeLessThanOrEqual(1_000_000)
  expect(cache.find(zone, parseOwner('random99999'), 0, 12)).toBeDefined()
  expect(cache.find(zone, parseOwner('random1'), 0, 8)).toBeUndefined()
})

describe('the directive', () => {
  test.each([
    ['kv {\n refresh 1ms\n}', /refresh: duration must be at least 1s/],
    ['kv {\n nonsense\n}', /unknown property, got "nonsense"/],
    ['kv {\n ttl -1\n}', /ttl/],
  ])('%s', async (directive, message) => {
    expect(await faults(`. {\n ${directive}\n}`)).toMatch(message)
  })
})

test('a value larger than all memory for names is told, and harms nobody else', async () => {
  await store.put(ZONE)
  const text = 'x'.repeat(200)
  const records = Array.from({ length: 25_000 }, () => ({ text }))
  await store.edit(EXAMPLE, async () => [{ owner: parseOwner('huge'), value: JSON.stringify({ txt: records }) }])
  const { answer } = await open()
  const found = await answer('huge.example TXT', { do: false })
  expect([found.rcode, found.errors[0]?.slice(0, 2)]).toEqual(['SERVFAIL', '24'])
  expect((await answer('www.example A')).answer).toHaveLength(1)
})
