import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { nameText, parseName } from '../../src/dns/name.ts'
import { parseOwner } from '../../src/store/owner.ts'
import { openRedis, type RedisStore } from '../../src/store/redis.ts'
import type { RedisOptions } from '../../src/store/store.ts'
import { hasTool } from '../e2e/tools.ts'
import { APEX } from '../zone/zones.ts'
import { RedisCluster } from './rediscluster.ts'
import { RedisServer } from './redisserver.ts'
import { answer, contentOf, EXAMPLE, importText, storeSuite, viewOf } from './suite.ts'

const there = hasTool('redis-server') && hasTool('redis-cli')

describe.runIf(there)('redis', () => {
  let server: RedisServer
  beforeAll(async () => {
    server = await RedisServer.start()
  })
  afterAll(() => server.end())

  async function open(options: Partial<RedisOptions> = {}): Promise<RedisStore> {
    const addresses = [{ host: '127.0.0.1', port: server.port }]
    const store = await openRedis({
      addresses,
      prefix: '',
      suffix: '',
      connectTimeout: 2000,
      readTimeout: 2000,
      ...options,
    })
    onTestFinished(() => store.close())
    return store
  }

  storeSuite(async () => {
    await server.cli('FLUSHALL')
    const store = await open()
    let other: RedisStore | undefined
    return {
      store,
      again: async () => {
        other ??= await open()
        return other
      },
    }
  }, 60)

  test('empty non-terminals of data that says nothing of them', async () => {
    await server.cli('FLUSHALL')
    await server.cli(
      'HSET',
      'example.',
      '@',
      '{}',
      'a.b\\.c.d',
      '{"a":{"ip":"192.0.2.1"}}',
      '*',
      '{"a":{"ip":"192.0.2.9"}}',
    )
    const store = await open()
    const read = async (...names: string[]): Promise<unknown> =>
      (await store.read(EXAMPLE, names.map(parseOwner)))?.values
    expect(await read('d', 'b\\.c.d', 'c.d', 'a', 'x.d')).toEqual(['{}', '{}', undefined, undefined, undefined])
    await server.cli('HSET', 'example.', 'x.y', '{}')
    await expect.poll(() => read('y')).toEqual(['{}'])
    await server.cli('HDEL', 'example.', 'x.y')
    await expect.poll(() => read('y')).toEqual([undefined])
    // The wildcard does not reach below a name that is there.
    const view = viewOf(store)
    expect(await answer(view, 'q.d.example. A')).toMatchObject({ rcode: 'NXDOMAIN' })
    expect(await answer(view, 'q.e.example. A')).toMatchObject({ answer: ['q.e.example. 360 IN A 192.0.2.9'] })
  })

  test('prefix and suffix, and what else is in the database', async () => {
    await server.cli('FLUSHALL')
    await server.cli('HSET', '_dns:[x]*example.:z', '@', '{}')
    await server.cli('HSET', 'example.', '@', '{}')
    await server.cli('HSET', '_dns:[x]*not a zone..:z', '@', '{}')
    await server.cli('SET', '_dns:[x]*string.:z', 'x')
    await server.cli('HSET', '_dns:y*other.:z', '@', '{}')
    const store = await open({ prefix: '_dns:[x]*', suffix: ':z' })
    expect((await store.zones()).map(nameText)).toEqual(['example.'])
    await importText(store, APEX, 'new.')
    expect(await server.cli('EXISTS', '_dns:[x]*new.:z')).toBe('1')
    expect((await server.cli('KEYS', '*coredge*')).trim()).toBe('')
    await expect(store.read(parseName('string.'), [parseOwner('x')])).rejects.toThrow(
      /redis:\/\/127.0.0.1:\d+: WRONGTYPE/,
    )
  })

  test('tells of changes, of this zone and of new ones', async () => {
    await server.cli('FLUSHALL')
    const store = await open({ prefix: 'p:' })
    const changed: string[] = []
    const end = store.watch((apex) => void changed.push(apex ? nameText(apex) : 'any'))
    await server.cli('HSET', 'p:example.', 'www', '{}')
    await expect.poll(() => changed).toEqual(['example.'])
    await server.cli('HSET', 'q:example.', 'www', '{}')
    await server.cli('SET', 'p:something', 'x')
    await server.cli('DEL', 'p:example.')
    await expect.poll(() => changed).toEqual(['example.', 'example.'])
    end()
  })

  test('edits of many at once all come to be', async () => {
    await server.cli('FLUSHALL')
    const stores = await Promise.all([open(), open(), open()])
    await importText(stores[0], APEX)
    await Promise.all(
      stores.flatMap((store, s) =>
        Array.from({ length: 20 }, (_, i) =>
          store.edit(EXAMPLE, async (zone) => {
            const owner = parseOwner('www')
            const [value] = await zone.get([owner])
            const a = value ? JSON.parse(value).a : []
            return [{ owner, value: JSON.stringify({ a: [...a, { ip: `192.0.${s}.${i}` }] }) }]
          }),
        ),
      ),
    )
    expect(((await contentOf(stores[0])).www as { a: unknown[] }).a).toHaveLength(60)
  })

  test('nothing is left of an import that fails', async () => {
    await server.cli('FLUSHALL')
    const store = await open()
    const entries = function* () {
      for (let i = 0; i < 2000; i++) yield { owner: parseOwner(`n${i}`), value: '{"a":{"ip":"192.0.2.1"}}' }
      throw new Error('no more')
    }
    await expect(store.replace(EXAMPLE, entries())).rejects.toThrow('no more')
    await expect.poll(() => server.cli('DBSIZE')).toBe('0')
  })

  test('one who may not be told of changes reads all the same', async () => {
    await server.cli('FLUSHALL')
    await server.cli('HSET', 'example.', '@', '{}')
    await server.cli('ACL', 'SETUSER', 'reader', 'on', '>secret', '~*', '+@read', '+ping')
    const store = await open({ username: 'reader', password: 'secret' })
    expect((await store.read(EXAMPLE, [parseOwner('@')]))?.values).toEqual(['{}'])
    expect((await store.zones()).map(nameText)).toEqual(['example.'])
  })

  test('a wrong password is told, and nothing hangs', async () => {
    const store = await open({ username: 'nobody', password: 'x', connectTimeout: 300 })
    await expect(store.zones()).rejects.toThrow(/WRONGPASS/)
  })

  test('a server that is not there is no error before it is asked', async () => {
    const store = await open({ addresses: [{ host: '127.0.0.1', port: 1 }], connectTimeout: 200 })
    await expect(store.zones()).rejects.toThrow(/^redis:\/\/127.0.0.1:1: connection refused$/)
  })

  test('another database', async () => {
    await server.cli('FLUSHALL')
    await server.cli('-n', '3', 'HSET', 'example.', '@', '{}')
    expect((await (await open({ db: 3 })).zones()).map(nameText)).toEqual(['example.'])
    expect(await (await open()).zones()).toEqual([])
  })

  /** Imports and edits a zone, and reads it back. */
  async function mustWork(options: Partial<RedisOptions>): Promise<void> {
    const store = await open(options)
    await importText(store, `${APEX}a.b 300 A 192.0.2.1\n`)
    await importText(store, `${APEX}a.b 300 A 192.0.2.2\n`)
    await store.edit(EXAMPLE, async (zone) => {
      await zone.get([parseOwner('www')])
      return [{ owner: parseOwner('www'), value: '{"a":{"ip":"192.0.2.3"}}' }]
    })
    expect((await store.zones()).map(nameText)).toEqual(['example.'])
    expect(Object.keys(await contentOf(store)).sort()).toEqual(['@', 'a.b', 'b', 'www'])
    expect((await store.read(EXAMPLE, ['b', 'c'].map(parseOwner)))?.values).toEqual(['{}', undefined])
    await store.remove(EXAMPLE)
    expect(await store.zones()).toEqual([])
  }

  test('a cluster', { timeout: 30_000 }, async () => {
    const cluster = await RedisCluster.start(3)
    onTestFinished(() => cluster.end())
    const addresses = [{ host: '127.0.0.1', port: cluster.nodes[0].port }]
    await mustWork({ addresses, mode: 'cluster' })
    await mustWork({ addresses, mode: 'cluster', prefix: '{dns}:' })
  })

  /** The zones that a store tells of as changed, since the last call. */
  function listen(store: RedisStore): () => string[] {
    const changed: string[] = []
    onTestFinished(store.watch((apex) => void changed.push(apex ? nameText(apex) : 'any')))
    return () => changed.splice(0)
  }

  test('a cluster tells of changes: each of its masters, those that come later too', { timeout: 60_000 }, async () => {
    const cluster = await RedisCluster.start(3)
    onTestFinished(() => cluster.end())
    const store = await open({ addresses: [{ host: '127.0.0.1', port: cluster.nodes[1].port }], mode: 'cluster' })
    await expect.poll(() => store.isTold, { timeout: 5000 }).toBe(true)
    const told = listen(store)
    // Zones enough that every master has some.
    for (let i = 0; i < 12; i++) {
      await cluster.cli('HSET', `zone${i}.`, 'www', '{}')
      await expect.poll(told).toEqual([`zone${i}.`])
    }
    for (const node of cluster.nodes) expect(await node.cli('DBSIZE')).not.toBe('0')
    const fourth = await cluster.add()
    await cluster.give('moved.', fourth)
    expect(await store.read(parseName('moved.'), [parseOwner('www')])).toBeUndefined()
    await expect.poll(told, { timeout: 10_000 }).toContain('any')
    await expect.poll(() => store.isTold).toBe(true)
    await cluster.cli('HSET', 'moved.', 'www', '{}')
    await expect.poll(told).toEqual(['moved.'])
    expect(await fourth.cli('DBSIZE')).toBe('1')
    // One that is away tells nothing, and when it is back that anything may have changed.
    await fourth.stop()
    await expect.poll(() => store.isTold).toBe(false)
    await fourth.start()
    await expect.poll(told, { timeout: 15_000 }).toContain('any')
    await expect.poll(() => store.isTold, { timeout: 15_000 }).toBe(true)
    const change = (): Promise<string> => fourth.cli('HSET', 'moved.', 'www', '{"a":{"ip":"192.0.2.1"}}')
    await expect.poll(change, { timeout: 15_000 }).toBe('0')
    await expect.poll(told).toContain('moved.')
  })

  test('the master that sentinels name tells of changes, and after a failover the next one', {
    timeout: 60_000,
  }, async () => {
    const master = await RedisServer.start()
    onTestFinished(() => master.end())
    const replica = await RedisServer.start(
      '--replicaof',
      '127.0.0.1',
      String(master.port),
      '--repl-diskless-sync-delay',
      '0',
    )
    onTestFinished(() => replica.end())
    const sentinel = await RedisServer.start('--sentinel')
    onTestFinished(() => sentinel.end())
    await expect.poll(() => replica.cli('INFO', 'replication'), { timeout: 20_000 }).toContain('master_link_status:up')
    await sentinel.cli('SENTINEL', 'MONITOR', 'zones', '127.0.0.1', String(master.port), '1')
    const addresses = [{ host: '127.0.0.1', port: sentinel.port }]
    const store = await open({ addresses, mode: { sentinel: 'zones' } })
    await expect.poll(() => store.isTold, { timeout: 5000 }).toBe(true)
    const told = listen(store)
    await master.cli('HSET', 'example.', 'www', '{}')
    await expect.poll(told).toEqual(['example.'])
    await expect
      .poll(() => sentinel.cli('SENTINEL', 'FAILOVER', 'zones'), { timeout: 20_000, interval: 200 })
      .toBe('OK')
    await expect.poll(told, { timeout: 20_000 }).toContain('any')
    await expect.poll(() => replica.cli('ROLE'), { timeout: 20_000 }).toContain('master')
    await expect.poll(() => store.isTold, { timeout: 20_000 }).toBe(true)
    told()
    await replica.cli('HSET', 'other.', 'www', '{}')
    await expect.poll(told, { timeout: 5000 }).toContain('other.')
    expect((await store.zones()).map(nameText).sort()).toEqual(['example.', 'other.'])
  })

  test('a cluster whose user may not be told: one line says so, and it reads all the same', {
    timeout: 30_000,
  }, async () => {
    const cluster = await RedisCluster.start(3)
    onTestFinished(() => cluster.end())
    for (const node of cluster.nodes)
      await node.cli('ACL', 'SETUSER', 'reader', 'on', '>secret', '~*', '+@read', '+ping', '+cluster')
    await cluster.cli('HSET', 'example.', '@', '{}')
    const warnings: string[] = []
    const addresses = [{ host: '127.0.0.1', port: cluster.nodes[0].port }]
    const user = { username: 'reader', password: 'secret', warn: (line: string) => void warnings.push(line) }
    const store = await open({ addresses, mode: 'cluster', ...user })
    await expect.poll(() => warnings.length).toBe(1)
    expect((await store.read(EXAMPLE, [parseOwner('@')]))?.values).toEqual(['{}'])
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(warnings).toEqual([expect.stringMatching(/^redis:.* does not tell of changes: .*NOPERM/)])
    expect(store.isTold).toBe(false)
  })

  test('sentinels', { timeout: 30_000 }, async () => {
    const master = await RedisServer.start()
    onTestFinished(() => master.end())
    const sentinel = await RedisServer.start('--sentinel')
    onTestFinished(() => sentinel.end())
    await sentinel.cli('SENTINEL', 'MONITOR', 'zones', '127.0.0.1', String(master.port), '1')
    await mustWork({ addresses: [{ host: '127.0.0.1', port: sentinel.port }], mode: { sentinel: 'zones' } })
  })

  test('TLS', { timeout: 30_000 }, async () => {
    const fixture = (name: string): string => new URL(`../transport/fixtures/${name}.pem`, import.meta.url).pathname
    const files = [
      '--tls-cert-file',
      fixture('server.cert'),
      '--tls-key-file',
      fixture('server.key'),
      '--tls-ca-cert-file',
      fixture('ca.cert'),
    ]
    const secure = await RedisServer.start('--port', '0', '--tls-port', 'PORT', '--tls-auth-clients', 'no', ...files)
    onTestFinished(() => secure.end())
    const addresses = [{ host: 'localhost', port: secure.port }]
    await mustWork({ addresses, tls: { ca: readFileSync(fixture('server.cert'), 'utf8') } })
    const strange = await open({ addresses, tls: {}, connectTimeout: 500 })
    await expect(strange.zones()).rejects.toThrow(/certificate/)
  })
})
