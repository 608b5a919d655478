import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeQuery } from '../src/dns/message.ts'
import { parseName } from '../src/dns/name.ts'
import type { Contestant } from './contest.ts'
import { cpuSeconds, type Latencies, type Round, ranks } from './load.ts'
import type { BenchServer } from './servers.ts'

/** Milliseconds; no run of ours takes so long. */
const PATIENCE = 30_000

/** Ends the process where h2load is missing. */
export function needH2load(): void {
  if (spawnSync('h2load', ['--version'], { stdio: 'ignore' }).error === undefined) return
  console.error('this benchmark needs h2load: apt-get install nghttp2-client')
  process.exit(1)
}

/** What has h2load post a query for the tutorial's www, which a file in `folder` holds. */
export function posts(folder: string): readonly string[] {
  const body = join(folder, 'query')
  writeFileSync(body, writeQuery({ id: 0, name: parseName('www.example.org.'), type: 1 }))
  return ['-d', body, '-H', 'content-type: application/dns-message']
}

/** A server under load by h2load, at its DNS over HTTPS. `more`: further arguments for it. */
export function byH2load(
  { name, pid, port, stop }: BenchServer,
  scheme: 'http' | 'https',
  more: readonly string[],
): Contestant {
  return { name, load: (seconds) => h2load(pid, `${scheme}://127.0.0.1:${port}/dns-query`, seconds, more), stop }
}

/** Requests an address with as much load as it takes, for some seconds. `more`: further arguments for h2load. */
export function h2load(pid: number, url: string, seconds: number, more: readonly string[]): Round {
  const before = cpuSeconds(pid)
  const out = run([...more, '-D', String(seconds), url])
  const cpu = cpuSeconds(pid) - before
  const succeeded = succeededOf(out)
  return { perSecond: succeeded / seconds, perCpuSecond: succeeded / cpu }
}

/** How long responses take at a rate that the server can well keep up with. */
export function h2loadLatencies(
  url: string,
  perSecond: number,
  seconds: number,
  clients: number,
  more: readonly string[],
): Latencies {
  const folder = mkdtempSync(join(tmpdir(), 'coredge-bench-'))
  try {
    const log = join(folder, 'log')
    const perClient = Math.max(1, Math.floor(perSecond / clients))
    const count = perClient * clients * seconds
    run([...more, '-c', String(clients), `--rps=${perClient}`, '-n', String(count), `--log-file=${log}`, url])
    const lines = readFileSync(log, 'utf8').trim().split('\n')
    return ranks(lines.map((line) => Number(line.split('\t')[2]) / 1000))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function succeededOf(out: string): number {
  const [, succeeded] = /(\d+) succeeded/.exec(out) ?? []
  const isGood = Number(succeeded) > 0 && / 0 failed/.test(out) && /2xx, 0 3xx, 0 4xx, 0 5xx/.test(out)
  if (!isGood) throw new Error(`h2load had other answers than 2xx:\n${out}`)
  return Number(succeeded)
}

/** Now and then h2load does not see that its time is up; then it is asked once more. */
function run(args: readonly string[], isRepeated = false): string {
  const { stdout, stderr, error } = spawnSync('h2load', args, { encoding: 'utf8', timeout: PATIENCE })
  if (error && !isRepeated) return run(args, true)
  succeededOf(`${stdout}${stderr}`)
  return stdout
}
