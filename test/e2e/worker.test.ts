import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { BUNDLE, bundleWorker } from '../../src/cli/bundle.ts'
import { folderWith, type RunningWorker, startWorkerIn, startWorkerWith } from './miniflare.ts'
import { run } from './tools.ts'

/** What only a Worker does; the facts it shares with Node are in facts.test.ts. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const ZONE = `@ 60 IN SOA ns.example.net. hostmaster.example.net. 7 60 60 60 60
@ 60 IN NS ns.example.net.
www 60 IN A 192.0.2.1
`
const COREFILE = `https://example.org {
    tls cert.pem key.pem
    bind 127.0.0.1
    file db.example.org
    log
}
plain.example {
    whoami
}
https://listed.example {
    hosts names
}
`

describe('a Worker', () => {
  let folder: string
  let worker: RunningWorker
  beforeAll(async () => {
    folder = folderWith({
      Corefile: COREFILE,
      'db.example.org': ZONE,
      names: `192.0.2.2 one.listed.example\n${'# much\n'.repeat(1000)}`,
    })
    worker = await startWorkerIn(folder)
  })
  afterAll(async () => {
    await worker?.close()
    rmSync(folder, { recursive: true })
  })

  const ask = async (name: string, headers = {}): Promise<{ Status: number; Answer?: { data: string }[] }> =>
    (await fetch(`${worker.url}/resolve?name=${name}`, { headers })).json()

  it('starts once, however many first requests come', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask('www.example.org')))
    for (const answer of answers)
      expect(answer.Answer?.[0].data, JSON.stringify(answer) + worker.logged.join()).toBe('192.0.2.1')
  })

  it('reads files that the build took along', async () => {
    expect((await ask('one.listed.example')).Answer?.[0].data).toBe('192.0.2.2')
  })

  it('serves https:// blocks where there are some, and no others', async () => {
    expect((await ask('plain.example')).Status).toBe(5)
  })

  it('knows the client by CF-Connecting-IP', async () => {
    await ask('www.example.org', { 'cf-connecting-ip': '2001:db8::7' })
    await vi.waitFor(() =>
      expect(worker.logged.join('\n')).toMatch(/\[INFO\] \[2001:db8::7\]:0 - \d+ "A IN www\.example\.org\./),
    )
  })

  it('tells which directives have no effect', () => {
    const warnings = worker.logged.filter((line) => line.startsWith('[WARNING]')).join('\n')
    expect(warnings).toMatch(/Corefile:2:5: tls: has no effect here/)
    expect(warnings).toMatch(/Corefile:3:5: bind: has no effect here/)
  })

  it('has the plugins of its Corefile and no others', () => {
    const code = readFileSync(join(folder, 'worker', BUNDLE), 'utf8')
    expect(code).toContain('coredns_hosts_')
    for (const other of ['coredns_cache_', 'coredns_forward_', 'coredns_template_']) expect(code).not.toContain(other)
  })

  it('gives its assets to nobody', async () => {
    for (const name of readdirSync(join(folder, 'assets')))
      for (const path of [`/${name}`, `/assets/${name}`, `/x/../${name}`])
        expect((await fetch(worker.url + path)).status).toBe(404)
  })
})

describe('a Worker that cannot start', () => {
  const bundle = mkdtempSync(join(tmpdir(), 'coredge-bundle-'))
  beforeAll(() => bundleWorker(bundle, { directives: new Set(['whoami']) }))
  afterAll(() => rmSync(bundle, { recursive: true }))

  const cases: [string, (folder: string) => void, RegExp][] = [
    ['without a build', () => {}, /^asset manifest\.json is missing \(status 404\): was `coredge build` run\?\n$/],
    [
      'with a Corefile that is not the one of the build',
      (folder) => {
        const corefile = { file: 'Corefile', text: '. {\n    cache\n}\n', env: {}, imports: {}, globs: {} }
        writeFileSync(
          join(folder, 'manifest.json'),
          JSON.stringify({ corefile, files: {}, zones: {}, folders: {}, small: {} }),
        )
      },
      /^Corefile:2:5: cache: the Corefile did not have it when the Worker was built; run `coredge build` again, got "cache"\n$/,
    ],
  ]
  it.each(cases)('%s says so with status 503', async (_why, prepare, reason) => {
    const assets = mkdtempSync(join(tmpdir(), 'coredge-assets-'))
    writeFileSync(join(assets, 'something'), '')
    prepare(assets)
    const worker = await startWorkerWith({ assets, bundle })
    try {
      const response = await fetch(`${worker.url}/resolve?name=example.org`)
      expect(response.status).toBe(503)
      expect(response.headers.get('retry-after')).toBe('1')
      expect(await response.text()).toMatch(reason)
    } finally {
      await worker.close()
      rmSync(assets, { recursive: true })
    }
  })
})

describe('wrangler.toml', () => {
  const text = readFileSync(join(import.meta.dirname, '../../wrangler.toml'), 'utf8')

  it('is of a date that the pinned workerd knows', () => {
    const date = /^compatibility_date = "([\d-]+)"$/m.exec(text)![1]
    expect(date <= '2026-08-06').toBe(true)
  })

  it('builds what would be deployed, and its size is known', async () => {
    const said = await run('sh', ['-c', 'npm run deploy -- --dry-run --outdir "$(mktemp -d)" 2>&1'], 60_000)
    expect(said).toMatch(/built dist\/assets from Corefile/)
    expect(said).toMatch(/Total Upload: [\d.]+ KiB \/ gzip: [\d.]+ KiB/)
    expect(said).toMatch(/env\.ASSETS\s+Assets/)
    expect(Number(/gzip: ([\d.]+) KiB/.exec(said)![1])).toBeLessThan(1024)
  })
})
