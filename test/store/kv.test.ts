import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { LocalNamespace } from '../../src/cli/zone/localkv.ts'
import { WranglerNamespace } from '../../src/cli/zone/remotekv.ts'
import { placing } from '../../src/store/edit.ts'
import { entriesOf } from '../../src/store/entries.ts'
import { KvStore } from '../../src/store/kv.ts'
import { parseOwner } from '../../src/store/owner.ts'
import { APEX, zoneOf } from '../zone/zones.ts'
import { FakeNamespace } from './kvnamespace.ts'
import { answer, contentOf, EXAMPLE, importText, storeSuite, viewOf } from './suite.ts'

afterEach(() => void vi.useRealTimers())

describe('kv', () => {
  storeSuite(async () => {
    const namespace = new FakeNamespace()
    return { store: new KvStore(namespace), again: async () => new KvStore(namespace) }
  })

  const LARGE = `${APEX}$GENERATE 1-3000 n$ 300 A 192.0.2.1\n`

  test('an import that was interrupted goes on where it ended', async () => {
    const namespace = new FakeNamespace()
    const store = new KvStore(namespace)
    await importText(store, `${APEX}old 300 A 192.0.2.1\n`)
    const before = namespace.puts
    namespace.failsAfter = before + 1500
    await expect(importText(store, LARGE)).rejects.toThrow('kv:TEST: no more writes')
    expect(Object.keys(await contentOf(new KvStore(namespace))).sort()).toEqual(['@', 'old'])
    namespace.failsAfter = Number.POSITIVE_INFINITY
    const middle = namespace.puts
    await importText(new KvStore(namespace), LARGE)
    expect(namespace.puts - middle).toBeLessThan(1700)
    expect(Object.keys(await contentOf(new KvStore(namespace)))).toHaveLength(3001)
  })

  test('what is left of old generations goes after an hour, at the next import', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const namespace = new FakeNamespace()
    const store = new KvStore(namespace)
    await importText(store, LARGE)
    namespace.failsAfter = namespace.puts + 100
    await expect(importText(store, LARGE.replace(' 1 7200', ' 2 7200'))).rejects.toThrow()
    namespace.failsAfter = Number.POSITIVE_INFINITY
    await importText(store, `${APEX}new 300 A 192.0.2.1\n`)
    expect(namespace.values.size).toBeGreaterThan(3000)
    vi.setSystemTime(Date.now() + 3_700_000)
    await importText(store, APEX)
    await importText(store, `${APEX}newer 300 A 192.0.2.1\n`)
    // Two names each of the last three generations, at most, with their marks; the list and the pointer.
    expect(namespace.values.size).toBeLessThan(12)
    expect(Object.keys(await contentOf(store)).sort()).toEqual(['@', 'newer'])
  })

  test('a change of one record writes one small value', async () => {
    const namespace = new FakeNamespace()
    const store = new KvStore(namespace)
    await importText(store, LARGE)
    const before = namespace.puts
    await store.edit(EXAMPLE, (zone) => placing(zone, parseOwner('n7'), '{"a":[{"ttl":300,"ip":"192.0.2.9"}]}'))
    expect(namespace.puts - before).toBe(1)
  })

  test('a query costs one round when cold, with the pointer in it', async () => {
    const namespace = new FakeNamespace()
    await importText(new KvStore(namespace), `${APEX}a.b.c 300 A 192.0.2.1\n`)
    const store = new KvStore(namespace)
    await store.zones()
    namespace.gets = 0
    const view = viewOf(store)
    expect(await answer(view, 'a.b.c.example. A')).toMatchObject({ answer: ['a.b.c.example. 300 IN A 192.0.2.1'] })
    expect(namespace.gets).toBe(1)
    // After an import by another it is two, once: the past, and all of the present.
    await new KvStore(namespace).replace(EXAMPLE, entriesOf(zoneOf(`${APEX}x 300 A 192.0.2.2\n`)))
    namespace.gets = 0
    expect(await answer(view, 'x.example. A')).toMatchObject({ answer: ['x.example. 300 IN A 192.0.2.2'] })
    expect(namespace.gets).toBe(2)
    expect(await answer(view, 'a.b.c.example. A')).toMatchObject({ rcode: 'NXDOMAIN' })
  })
})

describe('miniflare', () => {
  let folder: string
  const opened: LocalNamespace[] = []
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'coredge-kv-'))
  })
  afterAll(async () => {
    for (const namespace of opened) await namespace.close()
    rmSync(folder, { recursive: true, force: true })
  })

  describe('in a process of its own', () => {
    let namespace: LocalNamespace | undefined
    storeSuite(async () => {
      namespace ??= await LocalNamespace.open('ZONES', join(folder, 'own'))
      const one = namespace
      if (!opened.includes(one)) opened.push(one)
      for await (const keys of one.list('')) await one.delete(keys)
      return { store: new KvStore(one), again: async () => new KvStore(one) }
    }, 10)
  })

  test('what wrangler writes and what we write is the same', { timeout: 120_000 }, async () => {
    const state = join(folder, 'state')
    const local = await LocalNamespace.open('ZONES', join(state, 'v3/kv'))
    opened.push(local)
    await importText(new KvStore(local), `${APEX}www 300 TXT "[ ] { }"\n`)
    const wrangler = new WranglerNamespace('ZONES', ['--local', '--persist-to', state])
    try {
      const [key] = (await wrangler.list('z:')[Symbol.asyncIterator]().next()).value ?? []
      expect(key).toBe('z:example.')
      const generation = (await wrangler.get([key])).get(key)
      expect(generation).toMatch(/^[\w-]{16}$/)
      const keys = [`${generation}/www`, `${generation}/nowhere`]
      expect([...(await wrangler.get(keys))]).toEqual([[keys[0], '{"txt":[{"ttl":300,"text":"[ ] { }"}]}']])
      await wrangler.put([{ key: keys[1], value: '{"a":{"ip":"192.0.2.1"}}' }])
      expect(Object.keys(await contentOf(new KvStore(local))).sort()).toEqual(['@', 'nowhere', 'www'])
      await wrangler.delete(keys)
      expect(Object.keys(await contentOf(new KvStore(local)))).toEqual(['@'])
    } finally {
      await wrangler.close()
    }
  })
})
