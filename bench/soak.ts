import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Collection, readCollections } from './collections.ts'
import { cpuSeconds, dnsperfLatencies, dnsperfThrough, type Latencies, needDnsperf, ranks } from './load.ts'
import { report } from './report.ts'
import { coredge } from './servers.ts'
import { residentOf } from './start.ts'
import { random, writeZone, ZONE } from './zonetext.ts'

/**
 * Millions of queries through `cache`, `rewrite` and a `file` of so many names that the cache has few of them: what becomes of the
 * memory of the process, and how long it stands still to collect garbage.
 */
const NAMES = 100_000
const LINES = 100_000
const PARTS = 10
const [LEAST_MILLIONS, MOST_MILLIONS] = [1, 1000]
const LATENCY_SECONDS = 3
const MB = 2 ** 20
/** What is good: megabytes, milliseconds. */
const [GOOD_RESIDENT, GOOD_PAUSE] = [256, 10]

interface Part {
  /** Million queries answered by its end. */
  readonly millions: number
  /** Megabytes, at its end. */
  readonly resident: number
  readonly perSecond: number
  /** The longest that an answer took. Milliseconds. */
  readonly longest: number
}

interface Outcome {
  readonly start: number
  readonly parts: readonly Part[]
  readonly cpu: number
  readonly latencies: Latencies
}

export async function soak(millions: number): Promise<void> {
  if (!(millions >= LEAST_MILLIONS && millions <= MOST_MILLIONS))
    throw new Error(`soak takes ${LEAST_MILLIONS} to ${MOST_MILLIONS} million queries, got ${millions}`)
  needDnsperf()
  const folder = mkdtempSync(join(tmpdir(), 'coredge-bench-'))
  const [log, zone] = [join(folder, 'log'), join(folder, 'zone')]
  const next = random(7)
  const names = writeZone(zone, NAMES)
  const queries = Array.from({ length: LINES }, () => `${names[Math.floor(next() * NAMES)]}.soak.example A`)
  const rewrite = `rewrite continue name suffix .soak.example .${ZONE} answer auto`
  const corefile = `.:{port} {\n bind 127.0.0.1\n cache\n ${rewrite}\n file ${zone} ${ZONE}\n}\n`
  const server = await coredge('soak', corefile, log, ['--trace-gc'])
  try {
    const collected = readCollections(readFileSync(log, 'utf8')).length
    const [start, cpu, begun] = [megabytes(server.pid), cpuSeconds(server.pid), performance.now()]
    console.log(`0 million: ${start.toFixed(0)} MB`)
    const parts: Part[] = []
    for (let i = 1; i <= PARTS; i++) {
      const through = dnsperfThrough(server.port, queries, Math.round(millions))
      parts.push({ millions: (i * LINES * Math.round(millions)) / 1e6, resident: megabytes(server.pid), ...through })
      console.log(partText(parts[i - 1]))
    }
    const seconds = (performance.now() - begun) / 1000
    const used = cpuSeconds(server.pid) - cpu
    const pauses = readCollections(readFileSync(log, 'utf8')).slice(collected)
    const latencies = dnsperfLatencies(server.port, queries, parts.at(-1)!.perSecond / 2, LATENCY_SECONDS)
    console.log()
    reportMemory({ start, parts, cpu: used, latencies })
    reportPauses(pauses, seconds)
  } finally {
    server.stop()
    rmSync(folder, { recursive: true })
  }
}

const megabytes = (pid: number): number => residentOf(pid) / MB

const partText = ({ millions, resident, perSecond, longest }: Part): string =>
  `${millions.toFixed(1)} million: ${resident.toFixed(0)} MB, ${perSecond.toFixed(0)} q/s, longest answer ${longest.toFixed(1)} ms`

function reportMemory({ start, parts, cpu, latencies }: Outcome): void {
  const { millions, resident } = parts.at(-1)!
  const most = Math.max(...parts.map((part) => part.resident))
  const slope = slopeOf(parts.slice(PARTS / 2))
  const longest = Math.max(...parts.map((part) => part.longest))
  report({
    path: `soak: memory, ${millions} million queries`,
    beside: `${GOOD_RESIDENT} MB`,
    ratio: resident / GOOD_RESIDENT,
    goal: 1,
    sense: 'most',
    perSecond: millions / parts.reduce((sum, part) => sum + millions / PARTS / part.perSecond, 0),
    perCpuSecond: (millions * 1e6) / cpu,
    ...latencies,
    more:
      `${start.toFixed(0)} MB at the start, at most ${most.toFixed(0)} MB; ` +
      `${slope.toFixed(2)} MB per million in the last half; longest answer ${longest.toFixed(0)} ms`,
  })
}

/** How much the memory grows with each million of queries: the line through the parts with the least squares. */
function slopeOf(parts: readonly Part[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [x, y] = [mean(parts.map(({ millions }) => millions)), mean(parts.map(({ resident }) => resident))]
  const across = mean(parts.map(({ millions, resident }) => (millions - x) * (resident - y)))
  return across / mean(parts.map(({ millions }) => (millions - x) ** 2))
}

function reportPauses(collections: readonly Collection[], seconds: number): void {
  const of = (kind: Collection['kind']): number[] =>
    collections.filter((one) => one.kind === kind).map(({ pause }) => pause)
  const text = (kind: Collection['kind']): string =>
    `${of(kind).length} ${kind}, longest ${Math.max(0, ...of(kind)).toFixed(1)} ms`
  const total = collections.reduce((sum, { pause }) => sum + pause, 0)
  report({
    // The longest is in the words only: on a busy machine it is the system's doing.
    path: 'soak: 99 of 100 pauses for garbage',
    beside: `${GOOD_PAUSE} ms`,
    ratio: ranks(collections.map(({ pause }) => pause)).p99 / GOOD_PAUSE,
    goal: 1,
    sense: 'most',
    more: `${text('young')}; ${text('old')}; ${((total / seconds / 1000) * 100).toFixed(1)} % of the time`,
  })
}
