import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { dnsperf, hasDnsperf, median, type Round } from './load.ts'
import { coredge, otherResolvers, startAuthority, startResolver } from './resolvers.ts'
import { type BenchServer, emptyResponder } from './servers.ts'

/**
 * A resolver's answers, from its cache and from its upstream, beside other resolvers and an empty responder: queries per
 * second of the server's own CPU time. Rounds in turn, so that a machine that changes its speed changes all.
 */
const ROUNDS = 5
const SECONDS = 2
const ZONE = 'bench.example'

/** What is asked in one round. */
interface Row {
  readonly name: string
  /** The figure to reach, as a part of the empty responder's. */
  readonly target: number
  queries(round: number): readonly string[]
  /** The queries are asked once before they count. */
  readonly warm: boolean
}

/** More than the fastest answers in a round. */
const MISSES = 200_000

const rows: readonly Row[] = [
  {
    name: 'misses',
    target: 0.18,
    queries: (round) => Array.from({ length: MISSES }, (_, i) => `m${round}-${i}.${ZONE} A`),
    warm: false,
  },
]

if (!hasDnsperf()) {
  console.error('node bench/resolver.ts needs dnsperf: apt-get install dnsperf')
  process.exit(1)
}

const folder = mkdtempSync(join(tmpdir(), 'coredge-bench-'))
const zone = join(folder, 'zone')
writeFileSync(
  zone,
  `$ORIGIN ${ZONE}.\n$TTL 3600\n@ SOA ns hostmaster 1 7200 3600 1209600 300\n@ NS ns\nns A 192.0.2.1\n* A 192.0.2.2\n`,
)
const started: BenchServer[] = []
try {
  const question = `ready.${ZONE}.`
  const authority = await startAuthority(folder, ZONE, zone, question)
  started.push(authority)
  const ceiling = await emptyResponder()
  started.push(ceiling)
  const resolvers: BenchServer[] = []
  for (const resolver of [coredge, ...otherResolvers()]) {
    resolvers.push(await startResolver(resolver, folder, authority.port, question))
    started.push(resolvers.at(-1)!)
  }
  console.log(`upstream: ${authority.name}; load ${loadavg()[0].toFixed(1)}\n`)
  console.log('row       server             q/s      q/CPU-s   of the empty responder   to reach')
  for (const row of rows) measure(row, [ceiling, ...resolvers])
} finally {
  for (const server of started) server.stop()
  rmSync(folder, { recursive: true, force: true })
}

function measure(row: Row, servers: readonly BenchServer[]): void {
  const rounds = new Map<BenchServer, Round[]>(servers.map((server) => [server, []]))
  // The first round of all is for compilers and page faults.
  for (let round = 0; round <= ROUNDS; round++) {
    const queries = row.queries(round)
    for (const server of servers) {
      if (row.warm) dnsperf(server.pid, server.port, queries, 1)
      const result = dnsperf(server.pid, server.port, queries, SECONDS)
      if (round > 0) rounds.get(server)!.push(result)
    }
  }
  const [ceiling] = servers
  for (const server of servers) {
    const own = rounds.get(server)!
    const ratio = median(own.map((round, i) => round.perCpuSecond / rounds.get(ceiling)![i].perCpuSecond))
    const perSecond = Math.round(median(own.map((round) => round.perSecond)))
    const perCpu = Math.round(median(own.map((round) => round.perCpuSecond)))
    const target = server.name === coredge.name ? row.target.toFixed(2) : ''
    const cells = [
      row.name.padEnd(9),
      server.name.padEnd(15),
      String(perSecond).padStart(6),
      String(perCpu).padStart(12),
    ]
    console.log(`${cells.join(' ')} ${ratio.toFixed(2).padStart(24)} ${target.padStart(10)}`)
  }
}
