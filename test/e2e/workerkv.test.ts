import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, expect, it } from 'vitest'
import { LocalNamespace } from '../../src/cli/zone/localkv.ts'
import { readMessage, writeQuery } from '../../src/dns/message.ts'
import { parseName } from '../../src/dns/name.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { typeCode } from '../../src/dns/rdata/registry.ts'
import type { RRset } from '../../src/dns/rrset.ts'
import { placing } from '../../src/store/edit.ts'
import { entriesOf } from '../../src/store/entries.ts'
import { KvStore } from '../../src/store/kv.ts'
import { parseOwner } from '../../src/store/owner.ts'
import { SIGNINGS, signed } from '../store/signing.ts'
import { APEX, ask, zoneOf } from '../zone/zones.ts'
import { folderWith, startWorkerIn } from './miniflare.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const ZONE = `${APEX}
www 300 A 192.0.2.1
a.b.c 300 TXT deep
*.w 300 TXT wildcard
alias 300 CNAME www
sub 300 NS ns.sub
ns.sub 300 A 192.0.2.5
`
const EXAMPLE = parseName('example.')

interface JsonAnswer {
  readonly Status: number
  readonly Answer?: readonly { readonly name: string; readonly data: string }[]
  readonly Authority?: readonly { readonly type: number }[]
  readonly Comment?: unknown
}

/** The built Worker with a KV namespace, and that namespace as `coredge zone -local` sees it. */
async function site(corefile: string) {
  const folder = folderWith({ Corefile: corefile })
  ends.push(() => rmSync(folder, { recursive: true, force: true }))
  const kv = join(folder, 'kv')
  mkdirSync(kv)
  const namespace = await LocalNamespace.open('ZONES', kv)
  ends.push(() => namespace.close())
  const store = new KvStore(namespace)
  await store.replace(EXAMPLE, entriesOf(zoneOf(ZONE)))
  const worker = await startWorkerIn(folder, { kv })
  ends.push(() => worker.close())
  const ask = async (name: string, type: string): Promise<JsonAnswer> =>
    (await fetch(`${worker.url}/resolve?name=${name}&type=${type}`)).json() as Promise<JsonAnswer>
  return { store, ask, worker }
}

const dataOf = ({ Answer = [] }: JsonAnswer): string[] => Answer.map(({ data }) => data)

it('answers from Workers KV, and sees edits and imports', { timeout: 120_000 }, async () => {
  const { store, ask, worker } = await site('. {\n    kv {\n        refresh 1s\n    }\n}\n')
  expect(dataOf(await ask('www.example', 'A'))).toEqual(['192.0.2.1'])
  expect(dataOf(await ask('x.y.w.example', 'TXT')).join()).toContain('wildcard')
  expect(dataOf(await ask('alias.example', 'A'))).toEqual(['www.example.', '192.0.2.1'])
  expect(await ask('b.c.example', 'A')).toMatchObject({ Status: 0, Authority: [{ type: 6 }] })
  expect(await ask('nowhere.example', 'A')).toMatchObject({ Status: 3, Authority: [{ type: 6 }] })
  expect((await ask('x.sub.example', 'A')).Authority).toMatchObject([{ type: 2 }])
  expect((await ask('www.elsewhere', 'A')).Status).toBe(5)
  await store.edit(EXAMPLE, (zone) => placing(zone, parseOwner('www'), '{"a":[{"ttl":300,"ip":"192.0.2.99"}]}'))
  await store.edit(EXAMPLE, (zone) => placing(zone, parseOwner('nowhere'), '{"a":[{"ttl":300,"ip":"192.0.2.98"}]}'))
  await expect.poll(async () => dataOf(await ask('www.example', 'A')), { timeout: 40_000 }).toEqual(['192.0.2.99'])
  await expect.poll(async () => dataOf(await ask('nowhere.example', 'A')), { timeout: 40_000 }).toEqual(['192.0.2.98'])
  await store.replace(EXAMPLE, entriesOf(zoneOf(`${APEX}only 300 A 192.0.2.50\n`)))
  await expect.poll(async () => (await ask('www.example', 'A')).Status, { timeout: 40_000 }).toBe(3)
  expect(dataOf(await ask('only.example', 'A'))).toEqual(['192.0.2.50'])
  expect(worker.logged.filter((line) => !line.startsWith('[INFO]'))).toEqual([])
})

it.each(SIGNINGS)('answers with DO are those of the zone, signed with %s', { timeout: 120_000 }, async (signing) => {
  const { store, worker } = await site('. {\n    kv\n}\n')
  const text = `${ZONE}$GENERATE 1-60 n$ 300 A 192.0.2.$\nsecure 300 NS ns.sub\nsecure 300 DS 1 13 2 ${'12'.repeat(32)}\n`
  const image = zoneOf(signed(text, signing))
  await store.replace(EXAMPLE, entriesOf(image))
  const texts = (sets: readonly RRset[]): string[] => sets.flatMap(recordTexts).sort()
  const names = [
    '',
    'www',
    'n7',
    'nowhere',
    'x.y.nowhere',
    'c',
    'x.c',
    'w',
    'x.w',
    'alias',
    'sub',
    'x.sub',
    'secure',
    'x.secure',
  ]
  for (const name of names)
    for (const type of ['A', 'DS', 'TXT']) {
      const question = `${name === '' ? '' : `${name}.`}example. ${type}`
      const edns = { version: 0, udpSize: 4096, dnssecOk: true, options: [] }
      const body = writeQuery({ id: 0, name: parseName(question.split(' ')[0]), type: typeCode(type)!, edns })
      const headers = { 'content-type': 'application/dns-message' }
      const response = await fetch(`${worker.url}/dns-query`, { method: 'POST', body: body.slice(), headers })
      const reply = readMessage(new Uint8Array(await response.arrayBuffer()))
      const expected = ask(image, `${question} +do`)
      expect(texts(reply.answer), question).toEqual([...expected.answer].sort())
      expect(texts(reply.authority), question).toEqual([...expected.authority].sort())
    }
})

it('many at once, of names cold and warm, while it is edited: all are answered', { timeout: 120_000 }, async () => {
  const { store, ask } = await site('example {\n    kv {\n        refresh 1s\n    }\n}\n')
  await store.replace(EXAMPLE, entriesOf(zoneOf(`${ZONE}$GENERATE 0-199 n$ 300 A 192.0.2.$\n`)))
  await wait(1100)
  const asked = Array.from({ length: 600 }, (_, i) => i % 200)
  const edits = (async () => {
    for (let n = 0; n < 20; n++)
      await store.edit(EXAMPLE, (zone) => placing(zone, parseOwner('busy'), `{"a":[{"ip":"192.0.2.${n}"}]}`))
  })()
  const left = asked.values()
  const work = async (): Promise<void> => {
    for (const n of left) expect(dataOf(await ask(`n${n}.example`, 'A'))).toEqual([`192.0.2.${n}`])
  }
  await Promise.all(Array.from({ length: 20 }, work))
  await edits
})

it('clients that go away take no answer from others', { timeout: 120_000 }, async () => {
  const { store, ask, worker } = await site('example {\n    kv {\n        refresh 1s\n    }\n}\n')
  await store.replace(EXAMPLE, entriesOf(zoneOf(`${ZONE}$GENERATE 0-99 n$ 300 A 192.0.2.$\n`)))
  await wait(1100)
  for (let n = 0; n < 100; n += 10) {
    const gone = Array.from({ length: 10 }, (_, i) => {
      const control = new AbortController()
      const asking = fetch(`${worker.url}/resolve?name=n${n + i}.example&type=A`, { signal: control.signal })
      setTimeout(() => control.abort(), 1 + (i % 3))
      return asking.then(() => {}).catch(() => {})
    })
    const staying = Array.from({ length: 10 }, (_, i) => ask(`n${n + i}.example`, 'A'))
    for (const [i, answer] of (await Promise.all(staying)).entries())
      expect(dataOf(answer)).toEqual([`192.0.2.${n + i}`])
    await Promise.all(gone)
  }
})

it('a build without the binding stops, and says what is missing', { timeout: 60_000 }, async () => {
  const folder = folderWith({ Corefile: '. {\n    kv {\n        binding OTHER\n    }\n}\n' })
  ends.push(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(
    join(folder, 'wrangler.toml'),
    'name = "x"\n\n[[kv_namespaces]]\n# binding = "OTHER"\nbinding = "ZONES"\n',
  )
  const entry = new URL('../../src/node.ts', import.meta.url).pathname
  const built = promisify(execFile)(process.execPath, [entry, 'build', '-out', join(folder, 'out')], { cwd: folder })
  await expect(built).rejects.toMatchObject({
    stderr: expect.stringContaining(
      'Corefile:3:9: kv: wrangler.toml has no KV namespace with the binding OTHER: it needs [[kv_namespaces]] with binding = "OTHER"',
    ),
  })
})
