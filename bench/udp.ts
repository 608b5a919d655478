import { dnsperf, hasDnsperf, median, type Round } from './load.ts'
import { type BenchServer, coredge, emptyResponder } from './servers.ts'

/** Compares UDP paths with an empty responder: rounds in turn, so that a machine that changes its speed changes all. */
const ROUNDS = 5
const SECONDS = 2
const zones = `${import.meta.dirname}/../zones`

const tutorial = `
example.org:{port} {
    bind 127.0.0.1
    file ${zones}/db.example.org
}
`
const whoami = `
.:{port} {
    bind 127.0.0.1
    whoami
}
`

if (!hasDnsperf()) {
  console.error('node bench/udp.ts needs dnsperf: apt-get install dnsperf')
  process.exit(1)
}

const servers: BenchServer[] = []
try {
  servers.push(await emptyResponder())
  servers.push(await coredge('file, tutorial zone', tutorial))
  servers.push(await coredge('whoami', whoami))
  const rounds = new Map<BenchServer, Round[]>(servers.map((server) => [server, []]))
  for (const server of servers) dnsperf(server.pid, server.port, ['www.example.org A'], 1)
  for (let round = 0; round < ROUNDS; round++)
    for (const server of servers)
      rounds.get(server)!.push(dnsperf(server.pid, server.port, ['www.example.org A'], SECONDS))
  const [ceiling] = servers
  console.log('path                     q/s      q/CPU-s   of the empty responder   cost')
  for (const server of servers) {
    const own = rounds.get(server)!
    const ratio = median(own.map((round, i) => round.perCpuSecond / rounds.get(ceiling)![i].perCpuSecond))
    const perSecond = Math.round(median(own.map((round) => round.perSecond)))
    const perCpu = Math.round(median(own.map((round) => round.perCpuSecond)))
    const cells = [server.name.padEnd(22), String(perSecond).padStart(8), String(perCpu).padStart(11)]
    console.log(`${cells.join(' ')} ${ratio.toFixed(2).padStart(14)} ${`${(1 / ratio).toFixed(2)} ×`.padStart(16)}`)
  }
} finally {
  for (const server of servers) server.stop()
}
