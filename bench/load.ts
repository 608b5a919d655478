import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What one round of load showed. */
export interface Round {
  /** Queries answered per second of wall time. */
  readonly perSecond: number
  /** Queries answered per second of the server process's CPU time. */
  readonly perCpuSecond: number
}

/** How long answers take. Milliseconds. */
export interface Latencies {
  readonly p50: number
  readonly p99: number
}

const TICKS_PER_SECOND = 100

/** CPU time of a process and its threads in seconds (proc(5): utime and stime), and of the processes that it has started. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const own = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  return childrenOf(pid).reduce((sum, child) => sum + cpuSeconds(child), own)
}

/** The processes that a process has started. */
export const childrenOf = (pid: number): number[] =>
  readdirSync(`/proc/${pid}/task`)
    .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' '))
    .filter((child) => child !== '')
    .map(Number)

/** Ends the process where dnsperf is missing. */
export function needDnsperf(): void {
  if (spawnSync('dnsperf', ['-h'], { stdio: 'ignore' }).error === undefined) return
  console.error('this benchmark needs dnsperf: apt-get install dnsperf')
  process.exit(1)
}

/** Sends queries (`www.example.org A`) to 127.0.0.1:port by dnsperf for some seconds. `more`: further arguments for it. */
export function dnsperf(
  pid: number,
  port: number,
  queries: readonly string[],
  seconds: number,
  more: readonly string[] = [],
): Round {
  const before = cpuSeconds(pid)
  const out = run(port, queries, ['-l', String(seconds), '-c', '8', '-q', '200', ...more])
  const cpu = cpuSeconds(pid) - before
  return { perSecond: perSecondOf(out), perCpuSecond: answeredOf(out) / cpu }
}

/** Sends queries as fast as they are answered, all of them so many times. `longest`: the longest that an answer took, in milliseconds. */
export function dnsperfThrough(
  port: number,
  queries: readonly string[],
  times: number,
): { readonly perSecond: number; readonly longest: number } {
  const out = run(port, queries, ['-n', String(times), '-c', '8', '-q', '200'])
  const lost = Number(/Queries lost:\s+(\d+)/.exec(out)?.[1])
  if (lost > 0) console.log(`${lost} queries had no answer`)
  const longest = 1000 * Number(/Average Latency \(s\):.*max ([\d.]+)/.exec(out)?.[1])
  return { perSecond: perSecondOf(out), longest }
}

/** How long answers take at a rate that the server can well keep up with, in milliseconds. */
export function dnsperfLatencies(
  port: number,
  queries: readonly string[],
  perSecond: number,
  seconds: number,
  more: readonly string[] = [],
): Latencies {
  const out = run(port, queries, ['-v', '-l', String(seconds), '-c', '8', '-Q', String(Math.floor(perSecond)), ...more])
  return ranks([...out.matchAll(/^> .* ([\d.]+)$/gm)].map(([, seconds]) => 1000 * Number(seconds)))
}

/** What half and 99 % of the values do not exceed. */
export function ranks(values: readonly number[]): Latencies {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))]
  return { p50: at(0.5), p99: at(0.99) }
}

const perSecondOf = (out: string): number => Number(/Queries per second:\s+([\d.]+)/.exec(out)?.[1])
const answeredOf = (out: string): number => Number(/Queries completed:\s+(\d+)/.exec(out)?.[1])

function run(port: number, queries: readonly string[], more: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'coredge-bench-'))
  try {
    const file = join(folder, 'queries')
    writeFileSync(file, `${queries.join('\n')}\n`)
    const args = ['-s', '127.0.0.1', '-p', String(port), '-d', file, ...more]
    const { stdout, stderr } = spawnSync('dnsperf', args, { encoding: 'utf8', maxBuffer: 2 ** 30 })
    if (!(answeredOf(stdout) > 0)) throw new Error(`dnsperf had no answers:\n${stdout.slice(-2000)}${stderr}`)
    return stdout
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
