import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readMessage, recordTexts } from '../../src/index.ts'
import { queryOf } from '../../src/library/answer.ts'
import { faults } from '../../src/testing.ts'
import { installed, type LocalWorker, runIn, workerd } from './packed.ts'

/** The examples as a user has them: copied beside the installed package, and run there. */

const EXAMPLES = join(import.meta.dirname, '../../examples')
const folder = installed(['wrangler', 'miniflare', 'esbuild', '@types', 'undici-types', '@cloudflare', 'workerd'])
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Copies an example, without what a user would not have. */
function copied(example: string): string {
  const copy = join(folder, example)
  cpSync(join(EXAMPLES, example), copy, { recursive: true, filter: (path) => !/node_modules|\.wrangler/.test(path) })
  return copy
}

const plugins = readdirSync(join(EXAMPLES, 'plugins')).map((name) => `plugins/${name}`)
const withTests = [...plugins, 'dnscached'].filter((example) => {
  const file = join(EXAMPLES, example, 'package.json')
  return existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).scripts?.test
})

test.each(withTests)('the tests of %s', { timeout: 120_000 }, async (example) => {
  const { code, out, err } = await runIn(copied(example), 'npm', 'test')
  expect(code, out + err).toBe(0)
  expect(out).toMatch(/pass [1-9]/)
})

describe.each(plugins)('%s', (example) => {
  const page = readFileSync(join(EXAMPLES, example, 'README.md'), 'utf8')
  const corefiles = [...page.matchAll(/^```corefile\n(.*?)^```$/gms)].map((match) => match[1])

  test('has a page with its syntax and an example', () => {
    const name = example.split('/')[1]
    expect(page).toMatch(new RegExp(`^# (coredge-)?${name}\n\n\\*${name}\\* `))
    expect(page).toContain('\n## Syntax\n')
    expect(page).toContain('\n## Where it runs\n')
    expect(corefiles.length).toBeGreaterThan(0)
  })

  test.each(corefiles)('loads\n%s', async (corefile) => {
    const { exports } = JSON.parse(readFileSync(join(EXAMPLES, example, 'package.json'), 'utf8'))
    const files: string[] = typeof exports === 'string' ? [exports] : Object.values(exports)
    const imported = await Promise.all(files.map((file) => import(join(EXAMPLES, example, file))))
    const modules = imported.map(({ plugin }) => plugin)
    expect(await faults(corefile, { modules, otherwise: () => '' })).toBe('')
  })
})

/** Bundles a Worker as wrangler deploys it, and runs that. */
async function started(copy: string, assets?: string): Promise<LocalWorker> {
  const wrangler = join(folder, 'node_modules/wrangler/bin/wrangler.js')
  const built = await runIn(copy, process.execPath, wrangler, 'deploy', '--dry-run', '--outdir', 'out')
  expect(built.code, built.out + built.err).toBe(0)
  return workerd(join(copy, 'out/worker.js'), assets)
}

test('the Worker answers beside its own routes', { timeout: 120_000 }, async () => {
  const { url, stop } = await started(copied('worker-library'))
  try {
    const get = (path: string): Promise<Response> => fetch(new URL(path, url))
    expect(await (await get('/')).text()).toBe('DNS is at /dns/dns-query\n')
    const json = await (await get('/dns/resolve?name=www.example.org&type=A')).json()
    expect(json).toMatchObject({
      Status: 0,
      Answer: [{ type: 1, TTL: 300, data: '192.0.2.1' }],
    })
    const response = await fetch(new URL('/dns/dns-query', url), {
      method: 'POST',
      headers: { 'content-type': 'application/dns-message' },
      body: queryOf('example.org MX', {}) as BodyInit,
    })
    const { answer, additional } = readMessage(new Uint8Array(await response.arrayBuffer()))
    expect(answer.flatMap(recordTexts)).toEqual(['example.org. 300 IN MX 10 mail.example.org.'])
    expect(additional.flatMap(recordTexts)).toEqual(['mail.example.org. 300 IN A 192.0.2.25'])
    expect((await get('/elsewhere')).status).toBe(404)
  } finally {
    await stop()
  }
})

const ASSET_WORKER = `
import { env } from 'cloudflare:workers'
import { createDohApp, errorsPlugin, filePlugin, logPlugin } from 'coredge'

export default createDohApp({ assets: env.ASSETS, plugins: [errorsPlugin, logPlugin, filePlugin] })
`
const ASSET_CONFIG = `
name = "assets"
main = "worker.js"
compatibility_date = "2026-07-30"
send_metrics = false
minify = true
assets = { directory = "dist/assets", binding = "ASSETS", run_worker_first = true }
`

test('a Worker of one’s own serves what `coredge build` made', { timeout: 120_000 }, async () => {
  const copy = join(folder, 'assets')
  const files = {
    'worker.js': ASSET_WORKER,
    'wrangler.toml': ASSET_CONFIG,
    Corefile: 'example.org {\n    file {$ZONE:zone}\n    errors\n}\n',
    zone: '@ 60 IN SOA ns h 1 2 3 4 5\n@ 60 IN NS ns\nns 60 IN A 192.0.2.1\n',
  }
  mkdirSync(copy)
  for (const [file, text] of Object.entries(files)) writeFileSync(join(copy, file), text)
  const built = await runIn(copy, process.execPath, join(folder, 'node_modules/coredge/lib/node.js'), 'build')
  expect(built.code, built.err).toBe(0)
  const { url, stop } = await started(copy, join(copy, 'dist/assets'))
  try {
    const json = await (await fetch(new URL('/resolve?name=ns.example.org', url))).json()
    expect(json).toMatchObject({ Status: 0, AD: false, Answer: [{ TTL: 60, data: '192.0.2.1' }] })
  } finally {
    await stop()
  }
})

test('the bundle of such a Worker has the plugins that it imports and no others', async () => {
  const worker = readFileSync(join(folder, 'assets/out/worker.js'), 'utf8')
  expect(worker).toContain('coredns_panics_total')
  for (const other of ['coredns_cache_', 'coredns_forward_', 'coredns_hosts_', 'whoami'])
    expect(worker).not.toContain(other)
})
