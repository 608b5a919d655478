import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, vi } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { RedisServer } from '../store/redisserver.ts'
import { Asker, CHAINS, type Chain, signZone } from '../zone/signed.ts'
import { namesIn, RICH } from '../zone/signedzones.ts'
import { recordsOf, zoneOf } from '../zone/zones.ts'
import { hasTool, itWith } from './tools.ts'
import { freePort, startCoredge } from './transports.ts'

/** Zones that BIND's tools have signed, imported into stores: answers over UDP are those of `file`. */

const TYPES = ['A', 'TXT', 'NS', 'DS', 'CNAME', 'NSEC', 'NSEC3', 'SOA', 'ANY', 'RRSIG', 'DNSKEY']
const there = hasTool('redis-server') && hasTool('redis-cli')

const ends: (() => unknown)[] = []
let folder: string
let asker: Asker
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-signedstores-'))
  asker = new Asker()
  await asker.open()
})
afterAll(async () => {
  for (const end of ends.reverse()) await end()
  asker.close()
  rmSync(folder, { recursive: true })
})

async function serve(name: string, directive: string): Promise<number> {
  const port = await freePort()
  const corefile = join(folder, `${name}.Corefile`)
  writeFileSync(corefile, `.:${port} {\n    bind 127.0.0.1\n    ${directive}\n}\n`)
  const server = await startCoredge(['-conf', corefile], port)
  ends.push(() => server.stop())
  return port
}

/** Does `coredge zone …`, without a word. */
async function zone(...words: string[]): Promise<void> {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  expect(await main(['zone', ...words])).toBe(0)
  log.mockRestore()
}

describe.each(Object.keys(CHAINS) as Chain[])('%s', (chain) => {
  itWith('dnssec-signzone')('what stores answer is what the file does', { timeout: 120_000 }, async () => {
    const origin = `${chain}.test.`
    const file = signZone(join(folder, chain), origin, RICH, chain)
    const db = join(folder, `${chain}.db`)
    const ports: Record<string, number> = { file: await serve(`${chain}.file`, `file ${file} ${origin}`) }
    const stores = [`sqlite:${db}`]
    if (there) {
      const redis = await RedisServer.start()
      ends.push(() => redis.end())
      stores.push(`redis://127.0.0.1:${redis.port}`)
      ports.redis = await serve(`${chain}.redis`, `redis {\n address 127.0.0.1:${redis.port}\n }`)
    }
    const exported = join(folder, `${chain}.exported`)
    for (const store of stores) {
      await zone('import', file, origin, '-store', store)
      await zone('check', origin, '-store', store)
      await zone('export', origin, exported, '-store', store)
      await zone('diff', exported, origin, '-store', store)
      const records = (path: string): string[] => recordsOf(zoneOf(readFileSync(path, 'utf8'), { origin }))
      const lower = (lines: string[]): string[] => lines.map((line) => line.toLowerCase()).sort()
      expect(lower(records(exported))).toEqual(lower(records(file)))
    }
    ports.kv = await serve(`${chain}.kv`, `kv {\n path ${db}\n }`)
    for (const name of namesIn(RICH))
      for (const type of TYPES) {
        const question = `${name === '' ? '' : `${name}.`}${origin} ${type}`
        const [expected, ...others] = await Promise.all(Object.values(ports).map((port) => asker.ask(port, question)))
        for (const found of others) expect(found, question).toEqual(expected)
      }
  })
})
