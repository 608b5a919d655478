import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dnsperf, needDnsperf } from './load.ts'
import { freePort, startServer } from './servers.ts'

/** Where the time of a UDP query goes: a profile of the process under load, self time by function, in microseconds a query. */
const SECONDS = 6
const LEAST = 0.02
const TUTORIAL = `${import.meta.dirname}/../zones/db.example.org`

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  /** Microseconds between a sample and the one before it. */
  readonly timeDeltas: readonly number[]
}

needDnsperf()
const folder = mkdtempSync(join(tmpdir(), 'coredge-bench-'))
try {
  const port = await freePort()
  const corefile = join(folder, 'Corefile')
  writeFileSync(corefile, `example.org:${port} {\n bind 127.0.0.1\n file ${TUTORIAL}\n}\n`)
  const node = [process.execPath, '--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=200']
  const server = await startServer(
    'coredge',
    [...node, `${import.meta.dirname}/../src/node.ts`, '-conf', corefile],
    port,
    (line) => line.includes(`127.0.0.1:${port}`),
  )
  // One of its beginning: the program starts itself anew with other settings.
  for (const file of profiles()) rmSync(file)
  const { perSecond } = dnsperf(server.pid, port, ['www.example.org A'], SECONDS)
  server.stop()
  show(await profile(), perSecond * SECONDS)
} finally {
  rmSync(folder, { recursive: true })
}

function profiles(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.cpuprofile'))
    .map((name) => join(folder, name))
}

/** What the process writes when it ends. */
async function profile(): Promise<CpuProfile> {
  for (;;) {
    const [file] = profiles()
    const text = file ? readFileSync(file, 'utf8') : ''
    if (text.endsWith('}')) return JSON.parse(text) as CpuProfile
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function show({ nodes, samples, timeDeltas }: CpuProfile, queries: number): void {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const times = new Map<string, number>()
  for (const [i, id] of samples.entries()) {
    const { functionName, url, lineNumber } = frames.get(id)!
    if (functionName === '(idle)') continue
    const place = url.replace(/^.*\/(src|bench)\//, '$1/')
    const what = place ? `${functionName || '(anonymous)'} ${place}:${lineNumber + 1}` : functionName
    times.set(what, (times.get(what) ?? 0) + timeDeltas[i])
  }
  const sorted = [...times].map(([what, time]) => [what, time / queries] as const).sort((a, b) => b[1] - a[1])
  console.log('µs per query   function')
  for (const [what, time] of sorted) if (time >= LEAST) console.log(`${time.toFixed(2).padStart(12)}   ${what}`)
  const rest = sorted.filter(([, time]) => time < LEAST).reduce((sum, [, time]) => sum + time, 0)
  console.log(`${rest.toFixed(2).padStart(12)}   all else`)
}
