import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What one round of load showed. */
export interface Round {
  /** Queries answered per second of wall time. */
  readonly perSecond: number
  /** Queries answered per second of the server process's CPU time. */
  readonly perCpuSecond: number
}

const TICKS_PER_SECOND = 100

/** CPU time of a process and its threads in seconds (proc(5): utime and stime). */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

export const hasDnsperf = (): boolean => spawnSync('dnsperf', ['-h'], { stdio: 'ignore' }).error === undefined

/** Sends queries (`www.example.org A`) to 127.0.0.1:port by dnsperf for some seconds. */
export function dnsperf(pid: number, port: number, queries: readonly string[], seconds: number): Round {
  const folder = mkdtempSync(join(tmpdir(), 'coredge-bench-'))
  try {
    const file = join(folder, 'queries')
    writeFileSync(file, `${queries.join('\n')}\n`)
    const before = cpuSeconds(pid)
    const args = ['-s', '127.0.0.1', '-p', String(port), '-d', file, '-l', String(seconds), '-c', '8', '-q', '200']
    const run = spawnSync('dnsperf', args, { encoding: 'utf8' })
    const cpu = cpuSeconds(pid) - before
    const answered = Number(/Queries completed:\s+(\d+)/.exec(run.stdout)?.[1])
    const perSecond = Number(/Queries per second:\s+([\d.]+)/.exec(run.stdout)?.[1])
    if (!(answered > 0)) throw new Error(`dnsperf had no answers:\n${run.stdout}${run.stderr}`)
    return { perSecond, perCpuSecond: answered / cpu }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
