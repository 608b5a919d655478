import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { parseName } from '../../src/dns/name.ts'
import { RRset } from '../../src/dns/rrset.ts'
import { editSets } from '../../src/store/editsets.ts'
import { entriesOf } from '../../src/store/entries.ts'
import { openRedis } from '../../src/store/redis.ts'
import { SqliteStore } from '../../src/store/sqlite.ts'
import type { ZoneStore } from '../../src/store/store.ts'
import { RedisServer } from '../store/redisserver.ts'
import { zoneOf } from '../zone/zones.ts'
import { Load, until } from './steadyload.ts'
import { hasTool } from './tools.ts'
import { freePort, startCoredge } from './transports.ts'

const APEX = parseName('example.org.')
const NAME = parseName('www.example.org.')
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Version n of the zone: whatever is answered, all its numbers are n. */
function zone(n: number): ReturnType<typeof zoneOf> {
  const text = `
@ 300 SOA ns hostmaster ${n + 1} 7200 3600 1209600 300
@ 300 NS ns.elsewhere.
alias 300 CNAME v${n}.target
v${n}.target 300 A 192.0.2.${n}
v${n}.target 300 A 198.51.100.${n}
www 300 A 192.0.2.0
www 300 A 198.51.100.0
`
  return zoneOf(text, { origin: 'example.org.' })
}

function setTo(store: ZoneStore, n: number): Promise<void> {
  const set = RRset.of(NAME, 1, 300, [Uint8Array.of(192, 0, 2, n), Uint8Array.of(198, 51, 100, n)])
  return editSets(store, { apex: APEX, name: NAME, change: () => [set], raisesSerial: false })
}

/** The number in an answer, all of whose numbers must be the same; NaN where it is wrong, or half of one. */
function numberIn(answer: string): number {
  const [, cname = ''] = / CNAME v(\d+)\.target/.exec(answer) ?? []
  const [first, second, more] = [...answer.matchAll(/ A (?:192\.0\.2|198\.51\.100)\.(\d+)/g)].map((match) => match[1])
  return first === second && more === undefined && (cname === '' || cname === first) ? Number(first) : Number.NaN
}

async function serve(directive: string, folder: string): Promise<{ port: number; output(): string }> {
  const port = await freePort()
  writeFileSync(join(folder, 'Corefile'), `.:${port} {\n    bind 127.0.0.1\n    ${directive}\n}\n`)
  const server = await startCoredge(['-conf', 'Corefile'], port, { cwd: folder })
  ends.push(() => server.stop())
  return { port, output: server.output }
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'coredge-stores-'))
  ends.push(() => rmSync(path, { recursive: true }))
  return path
}

interface Site {
  readonly store: ZoneStore
  readonly port: number
  readonly redis?: RedisServer
  output(): string
}

async function sqliteSite(): Promise<Site> {
  const path = folder()
  const store = new SqliteStore(join(path, 'zones.db'))
  ends.push(() => store.close())
  await store.replace(APEX, entriesOf(zone(0)))
  return { store, ...(await serve('kv', path)) }
}

async function redisSite(): Promise<Site> {
  const redis = await RedisServer.start()
  ends.push(() => redis.end())
  const addresses = [{ host: '127.0.0.1', port: redis.port }]
  const store = await openRedis({ addresses, prefix: '', suffix: '', connectTimeout: 2000, readTimeout: 2000 })
  ends.push(() => store.close())
  await store.replace(APEX, entriesOf(zone(0)))
  const site = await serve(`redis {\n        address 127.0.0.1:${redis.port}\n        refresh 1s\n    }`, folder())
  return { store, redis, ...site }
}

const there = hasTool('redis-server') && hasTool('redis-cli')
const sites: [string, () => Promise<Site>][] = [
  ['kv', sqliteSite],
  ...(there ? [['redis', redisSite] as [string, typeof redisSite]] : []),
]

describe.each(sites)('%s', (_, open) => {
  it('1,000 edits under load: no answer is wrong, half or lost', { timeout: 60_000 }, async () => {
    const { store, port } = await open()
    const load = await Load.start(port, ['www.example.org A', 'alias.example.org A'])
    await until(() => load.answers.length > 100)
    for (let n = 1; n <= 1000; n++) {
      await setTo(store, n % 250)
      if (n % 100 === 0) await store.replace(APEX, entriesOf(zone(n / 100)))
      if (n % 5 === 0) await wait(5)
    }
    // What came last is what is answered at the end.
    await until(() => load.answers.slice(-40).every((answer) => numberIn(answer) === (/CNAME/.test(answer) ? 10 : 0)))
    await load.end()
    expect(load.lost).toBe(0)
    expect(load.answers.filter((answer) => Number.isNaN(numberIn(answer)))).toEqual([])
    // And the changes were seen while they came.
    expect(new Set(load.answers.map(numberIn)).size).toBeGreaterThan(5)
  })
})

it.runIf(there)(
  'redis stopped and started again under load: nothing is lost, and changes go on',
  { timeout: 60_000 },
  async () => {
    const { store, port, redis, output } = await redisSite()
    const load = await Load.start(port, ['www.example.org A', 'alias.example.org A'])
    await until(() => load.answers.length > 100)
    await redis!.stop()
    // Longer than what was read may be old.
    await wait(2500)
    const during = load.answers.length
    await until(() => load.answers.length > during + 200)
    await redis!.start()
    await until(() => /is back/.test(output()))
    await expect
      .poll(() =>
        setTo(store, 77).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true)
    await until(() => load.answers.slice(-40).some((answer) => numberIn(answer) === 77))
    await load.end()
    expect(load.lost).toBe(0)
    expect(load.answers.filter((answer) => Number.isNaN(numberIn(answer)))).toEqual([])
  },
)
