import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildAssets } from '../src/cli/build.ts'
import { BUNDLE, bundleWorker } from '../src/cli/bundle.ts'
import { CorefileReader } from '../src/cli/corefile.ts'
import { type LocalWorker, startWorker } from '../src/cli/localworker.ts'
import { writeQuery } from '../src/dns/message.ts'
import { parseName } from '../src/dns/name.ts'
import { median } from './load.ts'
import { report } from './report.ts'
import { ECHO, startWorkerd } from './workerd.ts'
import { writeZone, ZONE } from './zonetext.ts'

/** The Worker under miniflare, with zones of several sizes: how soon it answers, and in how much memory. */
const SIZES = [5, 50_000, 500_000]
const ROUNDS = 9
const QUERIES = 2000
const AT_ONCE = 50
const SILENT = { info: () => {}, warn: console.warn, error: console.error }

interface Site {
  readonly names: readonly string[]
  readonly assets: string
}

/** A Worker that is started again and again. */
interface Starter {
  readonly names: readonly string[]
  /** It may not listen yet. */
  start(): Promise<{ readonly port: number; stop(): Promise<unknown> }>
}

const folder = mkdtempSync(join(tmpdir(), 'coredge-bench-'))
const bundle = join(folder, 'bundle')
try {
  await bundleWorker(bundle, { patterns: false, directives: new Set(['file']) })
  const sites: Site[] = []
  for (const size of SIZES) sites.push(await build(size))
  console.log(`load ${loadavg()[0].toFixed(1)} on ${availableParallelism()} cores\n`)
  const first = await firstAnswers(sites)
  const memory: number[] = []
  for (const site of sites) memory.push(await memoryAfter(site))
  for (const [i, { names, assets }] of sites.entries())
    report({
      path: `edge: first answer, ${2 * names.length} records`,
      beside: `${2 * SIZES[0]} records`,
      ratio: first[i] / first[0],
      ...(names.length === 50_000 ? { goal: 1.3 } : {}),
      sense: 'most',
      more:
        `${first[i].toFixed(0)} ms; ${readdirSync(assets).length} assets; ` +
        `workerd ${memory[i].toFixed(0)} MB after ${QUERIES} queries`,
    })
  await fromNothing(sites)
} finally {
  rmSync(folder, { recursive: true })
}

/** From the start of the program that makes the isolate to the first answer; beside a Worker that sends back what it gets. */
async function fromNothing(sites: readonly Site[]): Promise<void> {
  const bare = join(folder, 'bare')
  mkdirSync(bare)
  writeFileSync(join(bare, BUNDLE), ECHO)
  const ways: Readonly<Record<string, (code: string, assets: string) => Starter['start']>> = {
    workerd: (code, assets) => () => underWorkerd(join(code, BUNDLE), assets),
    miniflare: (code, assets) => () => startWorker(code, assets, SILENT),
  }
  for (const [way, starting] of Object.entries(ways)) {
    const starters: Starter[] = [
      { names: sites[0].names, start: starting(bare, sites[0].assets) },
      ...sites.map(({ names, assets }) => ({ names, start: starting(bundle, assets) })),
    ]
    const [base, ...others] = await timesOf(starters)
    for (const [i, ms] of others.entries())
      report({
        path: `edge: ${way}, start and first answer, ${2 * sites[i].names.length} records`,
        beside: 'bare Worker',
        ratio: ms / base,
        ...(sites[i].names.length === 50_000 ? { goal: 1.5 } : {}),
        sense: 'most',
        more: `${ms.toFixed(0)} ms, ${base.toFixed(0)} ms`,
      })
  }
}

async function timesOf(starters: readonly Starter[]): Promise<number[]> {
  const taken = starters.map((): number[] => [])
  for (let round = 0; round < ROUNDS; round++)
    for (const k of starters.keys()) {
      const i = (k + round) % starters.length
      taken[i].push(await timeFirst(starters[i], round))
    }
  return taken.map(median)
}

async function underWorkerd(module: string, assets: string) {
  const { child, port } = await startWorkerd(folder, module, assets)
  const stop = (): Promise<unknown> => {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    return ended
  }
  return { port, stop }
}

async function timeFirst({ names, start }: Starter, round: number): Promise<number> {
  const body = writeQuery({ id: 0, name: parseName(`${names[round % names.length]}.${ZONE}`), type: 1 })
  const begun = performance.now()
  const { port, stop } = await start()
  try {
    while ((await post(port, body)) < body.length) await new Promise((resolve) => setTimeout(resolve, 1))
    return performance.now() - begun
  } finally {
    await stop()
  }
}

/** Posts a query; gives the octets of the answer, or 0 where nobody listens yet. */
function post(port: number, body: Uint8Array): Promise<number> {
  const headers = { 'content-type': 'application/dns-message', 'content-length': body.length }
  return new Promise((resolve, reject) => {
    const posted = request({ host: '127.0.0.1', port, path: '/dns-query', method: 'POST', headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`))
      let octets = 0
      response.on('data', ({ length }: Uint8Array) => {
        octets += length
      })
      response.on('end', () => resolve(octets))
    })
    posted.on('error', () => resolve(0))
    posted.end(body)
  })
}

async function build(size: number): Promise<Site> {
  const zone = join(folder, `${size}.zone`)
  const corefile = join(folder, `${size}.Corefile`)
  const assets = join(folder, `${size}.assets`)
  const names = writeZone(zone, size)
  writeFileSync(corefile, `${ZONE} {\n    file ${zone}\n}\n`)
  const { problems } = await buildAssets(new CorefileReader(corefile, undefined), assets)
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return { names, assets }
}

/** Milliseconds to the first answer of a Worker that nobody has asked before: the median by site. */
async function firstAnswers(sites: readonly Site[]): Promise<number[]> {
  const taken = sites.map((): number[] => [])
  for (let round = 0; round < ROUNDS; round++)
    for (const k of sites.keys()) {
      // In turns, so that no size always comes first.
      const i = (k + round) % sites.length
      const worker = await startWorker(bundle, sites[i].assets, SILENT)
      const start = performance.now()
      await ask(worker, sites[i].names[round % sites[i].names.length])
      taken[i].push(performance.now() - start)
      await worker.stop()
    }
  return taken.map(median)
}

/** What workerd takes after queries for names all over the zone, a fifth of which are not there. Megabytes. */
async function memoryAfter({ names, assets }: Site): Promise<number> {
  const worker = await startWorker(bundle, assets, SILENT)
  try {
    for (let done = 0; done < QUERIES; done += AT_ONCE)
      await Promise.all(
        Array.from({ length: AT_ONCE }, (_, i) =>
          i % 5 === 0 ? ask(worker, `absent${done + i}`, 3) : ask(worker, names[((done + i) * 104_729) % names.length]),
        ),
      )
    return residentOf(workerdOf(process.pid))
  } finally {
    await worker.stop()
  }
}

async function ask({ host, port }: LocalWorker, name: string, status = 0): Promise<void> {
  const response = await fetch(`http://${host}:${port}/resolve?name=${name}.${ZONE}`)
  const { Status } = (await response.json()) as { Status: number }
  if (Status !== status) throw new Error(`${name}: status ${Status} instead of ${status}`)
}

/** The workerd that this process has started. */
function workerdOf(parent: number): number {
  const list = execFileSync('ps', ['-eo', 'pid=,ppid=,comm='], { encoding: 'utf8' }).split('\n')
  const found = list
    .map((line) => line.trim().split(/\s+/))
    .find(([, ppid, name]) => Number(ppid) === parent && name === 'workerd')
  if (!found) throw new Error('workerd is not to be found')
  return Number(found[0])
}

function residentOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) / 1024
}
