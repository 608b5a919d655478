import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Contestant, contest, type Pair } from './contest.ts'
import { needDnsperf } from './load.ts'
import { peers, startPeer } from './peers.ts'
import { byDnsperf, coredge, emptyResponder } from './servers.ts'
import { anyLabel, random, writeZone, ZONE } from './zonetext.ts'

/** Paths over UDP beside an empty responder, and beside other servers that are installed. */
const TINY = 'file, tutorial zone'
const TUTORIAL = `${import.meta.dirname}/../zones/db.example.org`
const ONE = ['www.example.org A']
const QUERIES = 100_000
/** Wakes no less of the processor's caches than clients would. */
const next = random(11)

needDnsperf()
const folder = mkdtempSync(join(tmpdir(), 'coredge-bench-'))
const contestants: Contestant[] = []
const pairs: Pair[] = []
try {
  contestants.push(byDnsperf(await emptyResponder(), ONE))
  const ceiling = contestants[0].name
  await enter(TINY, `file ${TUTORIAL} example.org`, ONE, { beside: ceiling, goal: 0.8 })
  for (const peer of peers()) {
    contestants.push(byDnsperf(await startPeer(peer, folder, 'example.org', TUTORIAL, 'www.example.org.'), ONE))
    pairs.push({ name: peer.name, beside: ceiling })
    pairs.push({ name: TINY, beside: peer.name, goal: peer.name === 'BIND' ? 0.9 : undefined })
  }
  await enter('whoami', 'whoami', ONE, { beside: ceiling })
  for (const records of [100_000, 1_000_000]) await enterZone(records)
  await enterSigned(ceiling)
  await enterHosts(ceiling)
  const template = 'template IN A {\n answer "{{ .Name }} 60 IN A 192.0.2.1"\n }'
  await enter('template', template, ONE, { beside: ceiling })
  const rewrites = [
    'name suffix .example.net .example.org answer auto',
    'name exact a.example.org b.example.org',
    'ttl example.org 30',
  ]
  const rewrite = rewrites.map((rule) => `rewrite continue ${rule}`).join('\n')
  await enter('rewrite, three rules', `${rewrite}\n file ${TUTORIAL} example.org`, ['www.example.net A'], {
    beside: TINY,
  })
  await contest(contestants, { kind: 'udp', pairs })
} finally {
  for (const contestant of contestants) contestant.stop()
  rmSync(folder, { recursive: true })
}

async function enter(
  name: string,
  lines: string,
  queries: readonly string[],
  pair: Omit<Pair, 'name'>,
  more: readonly string[] = [],
): Promise<void> {
  const server = await coredge(name, `.:{port} {\n bind 127.0.0.1\n ${lines}\n}\n`)
  contestants.push(byDnsperf(server, queries, more))
  pairs.push({ name, ...pair })
}

async function enterZone(records: number): Promise<void> {
  const file = join(folder, `${records}.zone`)
  const names = writeZone(file, records / 2)
  const queries = Array.from({ length: QUERIES }, () => `${names[Math.floor(next() * names.length)]}.${ZONE} A`)
  await enter(`file, ${records} records, random names`, `file ${file} ${ZONE}`, queries, { beside: TINY, goal: 0.9 })
}

async function enterSigned(ceiling: string): Promise<void> {
  if (spawnSync('dnssec-signzone', ['-V'], { stdio: 'ignore' }).error !== undefined) return
  cpSync(TUTORIAL, join(folder, 'db'))
  const tools = { cwd: folder, stdio: 'ignore' } as const
  execFileSync('dnssec-keygen', ['-q', '-a', 'ECDSAP256SHA256', 'example.org'], tools)
  execFileSync('dnssec-signzone', ['-S', '-z', '-o', 'example.org', '-f', 'db.signed', 'db'], tools)
  const lines = `file ${join(folder, 'db.signed')} example.org`
  await enter('file, signed zone with DO', lines, ONE, { beside: ceiling }, ['-D'])
}

async function enterHosts(ceiling: string): Promise<void> {
  const names = Array.from({ length: 100_000 }, () => `${anyLabel(next)}.example.org`)
  const file = join(folder, 'hosts')
  writeFileSync(file, names.map((name, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255} ${name}\n`).join(''))
  const queries = names.map((name) => `${name} A`)
  await enter('hosts, 100,000 names', `hosts ${file}`, queries, { beside: ceiling, goal: 0.75 })
}
