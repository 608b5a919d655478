import { readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { peerVersions } from './peers.ts'
import { readTable, reported, worse, writeTable } from './report.ts'

/**
 * `npm run bench [-- NAME…]`: runs benchmarks one after the other; all of them where none is named. `--save`: keeps the table
 * in RESULTS.md. `--check`: fails where a ratio is more than 15 % worse than the one there. `soak:30` says how many million
 * queries it sends.
 */
const BENCHMARKS: Readonly<Record<string, (argument?: string) => Promise<unknown>>> = {
  udp: () => import('./udp.ts'),
  threads: () => import('./threads.ts'),
  shed: () => import('./shed.ts'),
  tcp: () => import('./tcp.ts'),
  https: () => import('./https.ts'),
  plugins: () => import('./plugins.ts'),
  chains: () => import('./chains.ts'),
  zones: () => import('./zones.ts'),
  stores: () => import('./stores.ts'),
  edge: () => import('./edge.ts'),
  edgecache: () => import('./edgecache.ts'),
  dohedge: () => import('./dohedge.ts'),
  resolver: () => import('./resolver.ts'),
  soak: async (millions = '3') => (await import('./soak.ts')).soak(Number(millions)),
  profile: () => import('./profile.ts'),
}
const RESULTS = `${import.meta.dirname}/RESULTS.md`
/** Between these the table stands; what else is in the file is written by hand. */
const [BEGIN, END] = ['<!-- results -->', '<!-- /results -->']

const words = process.argv.slice(2)
const named = words.filter((word) => !word.startsWith('--'))
const nameOf = (word: string): string => word.split(':')[0]
const unknown = words.find((word) =>
  word.startsWith('--') ? !['--save', '--check'].includes(word) : !Object.hasOwn(BENCHMARKS, nameOf(word)),
)
if (unknown !== undefined) {
  console.error(
    `there is no benchmark or flag "${unknown}"; there are ${Object.keys(BENCHMARKS).join(', ')}, --save and --check`,
  )
  process.exit(1)
}
for (const name of named.length > 0 ? named : Object.keys(BENCHMARKS)) {
  console.log(`\n${name}\n`)
  await BENCHMARKS[nameOf(name)](name.split(':')[1])
}
if (words.includes('--check')) check()
if (words.includes('--save')) save()

function check(): void {
  const problems = worse(reported(), readTable(record().table))
  for (const problem of problems) console.error(`worse: ${problem}`)
  if (problems.length === 0) console.log(`\nnothing is more than 15 % worse than in ${RESULTS}`)
  process.exitCode = problems.length === 0 ? 0 : 1
}

function save(): void {
  const { before, table, after } = record()
  const old = readTable(table).filter((row) => !reported().some((now) => now.path === row.path))
  const kept = table.split('\n').filter((line) => old.some((row) => line.split('|')[1]?.trim() === row.path))
  const rows = [writeTable(reported()), ...kept].join('\n')
  writeFileSync(RESULTS, `${before}${BEGIN}\n\n${machine()}\n\n${rows}\n\n${END}${after}`)
}

/** RESULTS.md: the table, and what stands around it. */
function record(): { readonly before: string; readonly table: string; readonly after: string } {
  const text = readFileSync(RESULTS, 'utf8')
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)]
  return {
    before: text.slice(0, begin),
    table: text.slice(begin + BEGIN.length, end),
    after: text.slice(end + END.length),
  }
}

/** What it was measured on, and with. */
function machine(): string {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  const processor = `${cpus().length} cores of ${cpus()[0].model}, ${memory}, load ${loadavg()[0].toFixed(1)}`
  const versions = [`node ${process.versions.node}`, ...peerVersions()].join(', ')
  return `${new Date().toISOString().slice(0, 10)}; ${processor}; ${versions}.`
}
