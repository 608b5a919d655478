import { dnsperf, dnsperfLatencies, median, needDnsperf } from './load.ts'
import { report } from './report.ts'
import { coredge } from './servers.ts'

/**
 * Twice the load that the server can serve: what a second of its CPU time answers then, beside what it answers at its peak, and
 * how long those answers take.
 */
const ROUNDS = 5
const SECONDS = 2
const QUERIES = ['www.example.org A']
/** Sends on whatever comes back, and gives up on a query after a second. */
const REGARDLESS = ['-q', '60000', '-t', '1']
/** So much work for a query that the program which makes the load has time to spare. */
const ANSWERS = Array.from({ length: 48 }, (_, i) => `answer "{{ .Name }} 60 IN A 192.0.2.${i}"`).join('\n ')

needDnsperf()
const server = await coredge(
  'shed, twice the load',
  `.:{port} {\n bind 127.0.0.1\n shed\n template IN A {\n ${ANSWERS}\n }\n}\n`,
)
try {
  const rounds = []
  dnsperf(server.pid, server.port, QUERIES, 1)
  for (let round = 0; round < ROUNDS; round++) {
    const peak = dnsperf(server.pid, server.port, QUERIES, SECONDS)
    const twice = 2 * peak.perSecond
    const over = dnsperf(server.pid, server.port, QUERIES, SECONDS, ['-Q', String(Math.round(twice)), ...REGARDLESS])
    rounds.push({ peak, over, latencies: dnsperfLatencies(server.port, QUERIES, twice, SECONDS, REGARDLESS) })
  }
  report({
    path: `udp: ${server.name}`,
    beside: 'its peak',
    ratio: median(rounds.map(({ peak, over }) => over.perCpuSecond / peak.perCpuSecond)),
    goal: 0.8,
    sense: 'least',
    perSecond: median(rounds.map(({ over }) => over.perSecond)),
    perCpuSecond: median(rounds.map(({ over }) => over.perCpuSecond)),
    p50: median(rounds.map(({ latencies }) => latencies.p50)),
    p99: median(rounds.map(({ latencies }) => latencies.p99)),
    more: `peak ${Math.round(median(rounds.map(({ peak }) => peak.perSecond)))} q/s`,
  })
} finally {
  server.stop()
}
