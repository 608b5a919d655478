import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Miniflare } from 'miniflare'
import { buildAssets } from '../src/cli/build.ts'
import { bundleWorker } from '../src/cli/bundle.ts'
import { CorefileReader } from '../src/cli/corefile.ts'
import { startWorker } from '../src/cli/localworker.ts'
import { type Contestant, contest, type Pair } from './contest.ts'
import { h2load, h2loadLatencies, needH2load, posts } from './h2load.ts'
import { childrenOf } from './load.ts'
import { ECHO, startWorkerd } from './workerd.ts'

/** DNS over HTTPS at the edge: the Worker beside one that sends the body back, under miniflare and under workerd alone. */
const TUTORIAL = `${import.meta.dirname}/../zones/db.example.org`
const DATE = '2026-07-30'
const CLIENTS = 20
const SILENT = { info: () => {}, warn: console.warn, error: console.error }

needH2load()
const folder = mkdtempSync(join(tmpdir(), 'coredge-bench-'))
const LOAD = ['--h1', ...posts(folder)]
const contestants: Contestant[] = []
try {
  const bundle = join(folder, 'bundle')
  const assets = join(folder, 'assets')
  await bundleWorker(bundle, { patterns: false, directives: new Set(['file']) })
  const corefile = join(folder, 'Corefile')
  writeFileSync(corefile, `example.org {\n    file ${TUTORIAL}\n}\n`)
  const { problems } = await buildAssets(new CorefileReader(corefile, undefined), assets)
  if (problems.length > 0) throw new Error(problems.join('\n'))
  contestants.push(await underMiniflare('echo, miniflare', bareMiniflare))
  contestants.push(await underMiniflare('file, tutorial zone, miniflare', () => startWorker(bundle, assets, SILENT)))
  contestants.push(await underWorkerd('echo, workerd', bareModule(), undefined))
  contestants.push(await underWorkerd('file, tutorial zone, workerd', join(bundle, 'worker.js'), assets))
  const pairs: Pair[] = ['miniflare', 'workerd'].map((where) => ({
    name: `file, tutorial zone, ${where}`,
    beside: `echo, ${where}`,
    goal: 0.85,
  }))
  await contest(contestants, { kind: 'DoH at the edge', pairs })
} finally {
  for (const contestant of contestants) contestant.stop()
  rmSync(folder, { recursive: true })
}

function underLoad(name: string, pid: number, port: number, stop: () => void): Contestant {
  const url = `http://127.0.0.1:${port}/dns-query`
  return {
    name,
    load: (seconds) => h2load(pid, url, seconds, [...LOAD, '-c', String(CLIENTS)]),
    latencies: (perSecond, seconds) => h2loadLatencies(url, perSecond, seconds, CLIENTS, LOAD),
    stop,
  }
}

async function underMiniflare(
  name: string,
  start: () => Promise<{ port: number; stop(): Promise<void> }>,
): Promise<Contestant> {
  const before = childrenOf(process.pid)
  const { port, stop } = await start()
  const pid = childrenOf(process.pid).find((child) => !before.includes(child))!
  return underLoad(name, pid, port, () => void stop())
}

async function bareMiniflare() {
  const miniflare = new Miniflare({ modules: true, script: ECHO, compatibilityDate: DATE, cf: false, port: 0 })
  const { port } = await miniflare.ready
  return { port: Number(port), stop: () => miniflare.dispose() }
}

function bareModule(): string {
  const file = join(folder, 'echo.js')
  writeFileSync(file, ECHO)
  return file
}

async function underWorkerd(name: string, module: string, assets: string | undefined): Promise<Contestant> {
  const { child, port } = await startWorkerd(folder, module, assets)
  const url = `http://127.0.0.1:${port}/dns-query`
  for (let tries = 0; tries < 100 && child.exitCode === null; tries++) {
    if ((await fetch(url, { method: 'POST', body: '' }).catch(() => undefined)) !== undefined) break
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  if (child.exitCode !== null) throw new Error(`workerd ended with ${child.exitCode}`)
  return underLoad(name, child.pid!, port, () => child.kill('SIGTERM'))
}
