import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Contestant, contest } from './contest.ts'
import { needDnsperf } from './load.ts'
import { observation } from './observation.ts'
import { byDnsperf, coredge } from './servers.ts'

/** What the plugins that watch over a server cost: the same Corefile without and with them. */
const zones = `${import.meta.dirname}/../zones`
const QUERIES = ['www.example.org A', 'example.org MX', 'nothing.example.org AAAA']
const PROMETHEUS = 'prometheus 127.0.0.1:0'
const VARIANTS = {
  'none of them': '',
  errors: 'errors',
  prometheus: PROMETHEUS,
  log: 'log',
  'dnstap, full, collector away': 'dnstap /nowhere/dnstap.sock full',
  'trace, one of 1000': 'trace 127.0.0.1:1 {\n every 1000\n }',
  'log, errors, prometheus': `log\n    errors\n    ${PROMETHEUS}`,
}

needDnsperf()
console.log(`counting a query for prometheus: ${Math.round(observation())} ns\n`)
const folder = mkdtempSync(join(tmpdir(), 'coredge-bench-'))
const contestants: Contestant[] = []
try {
  for (const [name, lines] of Object.entries(VARIANTS)) {
    const corefile = `example.org:{port} {\n bind 127.0.0.1\n ${lines}\n file ${zones}/db.example.org\n}\n`
    contestants.push(byDnsperf(await coredge(name, corefile, join(folder, `${contestants.length}.log`)), QUERIES))
  }
  await contest(contestants, { kind: 'plugins', goals: { 'log, errors, prometheus': 0.75 }, rounds: 7 })
} finally {
  for (const contestant of contestants) contestant.stop()
  rmSync(folder, { recursive: true })
}
