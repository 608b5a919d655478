import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Contestant, contest, type Pair } from './contest.ts'
import { cpuSeconds, needDnsperf, type Round } from './load.ts'
import { type BenchServer, byDnsperf, coredge, pemFiles, streamResponder } from './servers.ts'

/** Paths over TCP and TLS beside responders of the same kind that are empty. */
const TUTORIAL = `${import.meta.dirname}/../zones/db.example.org`
const QUERIES = ['www.example.org A']
const PATHS = [
  { name: 'TCP, pipelined', kind: 'tcp', scheme: 'dns', args: ['-m', 'tcp'], goal: 0.8 },
  { name: 'TCP, a query a connection', kind: 'tcp', scheme: 'dns' },
  { name: 'TLS, pipelined', kind: 'tls', scheme: 'tls', args: ['-m', 'dot'], goal: 0.8 },
] as const

needDnsperf()
const folder = mkdtempSync(join(tmpdir(), 'coredge-bench-'))
const contestants: Contestant[] = []
const pairs: Pair[] = []
try {
  const pem = pemFiles(folder)
  for (const { name, kind, scheme, ...path } of PATHS) {
    const beside = `empty: ${name}`
    const corefile = `${scheme}://example.org:{port} {\n bind 127.0.0.1\n tls ${pem.join(' ')}\n file ${TUTORIAL}\n}\n`
    for (const server of [await streamResponder(beside, kind, pem), await coredge(name, corefile)])
      contestants.push('args' in path ? byDnsperf(server, QUERIES, path.args) : byConnections(server))
    pairs.push({ name, beside, goal: 'goal' in path ? path.goal : undefined })
  }
  await contest(contestants, { kind: 'tcp', pairs })
} finally {
  for (const contestant of contestants) contestant.stop()
  rmSync(folder, { recursive: true })
}

function byConnections({ name, pid, port, stop }: BenchServer): Contestant {
  const load = (seconds: number): Round => {
    const before = cpuSeconds(pid)
    const args = [`${import.meta.dirname}/tcpload.ts`, String(port), String(seconds)]
    const answered = Number(execFileSync(process.execPath, args, { encoding: 'utf8' }))
    return { perSecond: answered / seconds, perCpuSecond: answered / (cpuSeconds(pid) - before) }
  }
  return { name, load, stop }
}
