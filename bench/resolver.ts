import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Contestant, contest } from './contest.ts'
import { dnsperf, needDnsperf } from './load.ts'
import { coredge, otherResolvers, startAuthority, startResolver } from './resolvers.ts'
import { type BenchServer, emptyResponder } from './servers.ts'

/** A resolver's answers, from its cache and from its upstream, beside other resolvers and an empty responder. */
const ZONE = 'bench.example'
/** More than the fastest answers in a round. */
const MISSES = 200_000
/** As many as a cache holds by default, and some are asked for much more often than others. */
const NAMES = 5000
const HITS = 50_000

needDnsperf()
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
  console.log(`upstream: ${authority.name}\n`)
  started.push(await emptyResponder())
  for (const resolver of [coredge, ...otherResolvers()])
    started.push(await startResolver(resolver, folder, authority.port, question))
  const servers = started.slice(1)
  await contest(servers.map(hitting), { kind: 'cache hits', goals: { [coredge.name]: 0.75 } })
  await contest(servers.map(missing), { kind: 'cache misses', goals: { [coredge.name]: 0.18 } })
} finally {
  for (const server of started) server.stop()
  rmSync(folder, { recursive: true, force: true })
}

/** Asks for names that are in the cache after the first round, which does not count: the nth by popularity 1/n as often as the first. */
function hitting(server: BenchServer): Contestant {
  const queries = Array.from({ length: HITS }, (_, i) => `h${Math.floor(NAMES ** ((i + 0.5) / HITS))}.${ZONE} A`)
  // In an order that is the same for all, and mixed: the step has no factor in common with the number.
  const mixed = queries.map((_, i) => queries[(i * 7_919) % HITS])
  return { name: server.name, stop: server.stop, load: (seconds) => dnsperf(server.pid, server.port, mixed, seconds) }
}

/** Asks each name once, and never again. */
function missing(server: BenchServer): Contestant {
  let round = 0
  return {
    name: server.name,
    stop: server.stop,
    load: (seconds) => {
      round++
      const queries = Array.from({ length: MISSES }, (_, i) => `m${round}-${i}.${ZONE} A`)
      return dnsperf(server.pid, server.port, queries, seconds)
    },
  }
}
