import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dnsperf, hasDnsperf, median, type Round } from './load.ts'
import { observation } from './observation.ts'
import { type BenchServer, coredge } from './servers.ts'

/**
 * What the plugins that watch over a server cost: the same Corefile without and with them, in queries per second of CPU time.
 * Rounds in turn, so that a machine that changes its speed changes all.
 */
const ROUNDS = 7
const SECONDS = 2
const zones = `${import.meta.dirname}/../zones`
const QUERIES = ['www.example.org A', 'example.org MX', 'nothing.example.org AAAA']

const corefile = (directives: string): string => `
example.org:{port} {
    bind 127.0.0.1
    ${directives}
    file ${zones}/db.example.org
}
`

if (!hasDnsperf()) {
  console.error('node bench/plugins.ts needs dnsperf: apt-get install dnsperf')
  process.exit(1)
}

console.log(`counting a query for prometheus: ${Math.round(observation())} ns\n`)

const folder = mkdtempSync(join(tmpdir(), 'coredge-bench-'))
const prometheus = 'prometheus 127.0.0.1:0'
const variants = {
  without: '',
  errors: 'errors',
  prometheus,
  log: 'log',
  'log, errors, prometheus': `log\n    errors\n    ${prometheus}`,
}

const servers: BenchServer[] = []
for (const [name, directives] of Object.entries(variants))
  servers.push(await coredge(name, corefile(directives), join(folder, `${servers.length}.log`)))
try {
  const rounds = new Map<BenchServer, Round[]>(servers.map((server) => [server, []]))
  for (const server of servers) dnsperf(server.pid, server.port, QUERIES, 1)
  for (let round = 0; round < ROUNDS; round++)
    for (const server of servers) rounds.get(server)!.push(dnsperf(server.pid, server.port, QUERIES, SECONDS))
  const [plain] = servers
  console.log('with                      q/s      q/CPU-s   of what it is without   ns/query')
  for (const server of servers) {
    const own = rounds.get(server)!
    const ratio = median(own.map((round, i) => round.perCpuSecond / rounds.get(plain)![i].perCpuSecond))
    const more = median(own.map((round, i) => 1e9 / round.perCpuSecond - 1e9 / rounds.get(plain)![i].perCpuSecond))
    const perSecond = Math.round(median(own.map((round) => round.perSecond)))
    const perCpu = Math.round(median(own.map((round) => round.perCpuSecond)))
    const cells = [server.name.padEnd(23), String(perSecond).padStart(7), String(perCpu).padStart(11)]
    console.log(`${cells.join(' ')} ${ratio.toFixed(2).padStart(15)} ${String(Math.round(more)).padStart(16)}`)
  }
} finally {
  for (const server of servers) server.stop()
  rmSync(folder, { recursive: true })
}
