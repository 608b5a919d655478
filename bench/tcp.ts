import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Contestant, contest, type Pair } from './contest.ts'
import { needDnsperf } from './load.ts'
import { byDnsperf, coredge, pemFiles, streamResponder } from './servers.ts'

/** Paths over TCP and TLS beside responders of the same kind that are empty. */
const TUTORIAL = `${import.meta.dirname}/../zones/db.example.org`
const QUERIES = ['www.example.org A']
const PATHS = [
  { name: 'TCP, pipelined', kind: 'tcp', scheme: 'dns', args: ['-m', 'tcp'], goal: 0.8 },
  {
    name: 'TCP, a query a connection',
    kind: 'tcp',
    scheme: 'dns',
    args: ['-m', 'tcp', '-O', 'num-queries-per-conn=1'],
  },
  { name: 'TLS, pipelined', kind: 'tls', scheme: 'tls', args: ['-m', 'dot'], goal: 0.8 },
] as const

needDnsperf()
const folder = mkdtempSync(join(tmpdir(), 'coredge-bench-'))
const contestants: Contestant[] = []
const pairs: Pair[] = []
try {
  const pem = pemFiles(folder)
  for (const { name, kind, scheme, args, ...goal } of PATHS) {
    const beside = `empty: ${name}`
    contestants.push(byDnsperf(await streamResponder(beside, kind, pem), QUERIES, args))
    const corefile = `${scheme}://example.org:{port} {\n bind 127.0.0.1\n tls ${pem.join(' ')}\n file ${TUTORIAL}\n}\n`
    contestants.push(byDnsperf(await coredge(name, corefile), QUERIES, args))
    pairs.push({ name, beside, ...goal })
  }
  await contest(contestants, { kind: 'tcp', pairs })
} finally {
  for (const contestant of contestants) contestant.stop()
  rmSync(folder, { recursive: true })
}
