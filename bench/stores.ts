import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Contestant, contest } from './contest.ts'
import { needDnsperf } from './load.ts'
import { report } from './report.ts'
import { byDnsperf, coredge, freePort } from './servers.ts'
import { random, writeZone, ZONE } from './zonetext.ts'

/** Zones in stores: imports, and warm answers over UDP beside the same zone in a file. Needs dnsperf and redis-server. */
const IMPORTED = 100_000
/** Seconds that an import may take. */
const LIMITS = { sqlite: 5, redis: 10 } as const
/** An answer may cost 1.25 times as much as from a file. */
const GOAL = 0.8
const NAMES = 5000
const QUERIES = 50_000

needDnsperf()
const folder = mkdtempSync(join(tmpdir(), 'coredge-bench-stores-'))
const redisPort = await freePort()
const redis = await startRedis(redisPort)
const contestants: Contestant[] = []
try {
  const stores = { sqlite: `sqlite:${join(folder, 'zones.db')}`, redis: `redis://127.0.0.1:${redisPort}` }
  const large = join(folder, 'large')
  writeZone(large, IMPORTED)
  for (const kind of ['sqlite', 'redis'] as const) {
    const seconds = importZone(large, stores[kind])
    const ratio = seconds / LIMITS[kind]
    const more = `${seconds.toFixed(1)} s for ${IMPORTED} names, with the start of the program`
    report({ path: `stores: import, ${kind}`, beside: `${LIMITS[kind]} s`, ratio, goal: 1, sense: 'most', more })
  }
  const file = join(folder, 'zone')
  const names = writeZone(file, NAMES)
  for (const store of Object.values(stores)) importZone(file, store)
  const next = random(3)
  const queries = Array.from({ length: QUERIES }, () => `${names[Math.floor(next() * names.length)]}.${ZONE} A`)
  const blocks = {
    file: `file ${file} ${ZONE}`,
    kv: `kv {\n path ${join(folder, 'zones.db')}\n }`,
    redis: `redis {\n address 127.0.0.1:${redisPort}\n }`,
  }
  for (const [name, lines] of Object.entries(blocks)) {
    const server = await coredge(name, `.:{port} {\n bind 127.0.0.1\n ${lines}\n}\n`)
    contestants.push(byDnsperf(server, queries))
  }
  await contest(contestants, { kind: 'stores, warm', goals: { kv: GOAL, redis: GOAL } })
} finally {
  for (const contestant of contestants) contestant.stop()
  redis.kill('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
}

function importZone(file: string, store: string): number {
  const start = performance.now()
  const args = [`${import.meta.dirname}/../src/node.ts`, 'zone', 'import', file, ZONE, '-store', store]
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return (performance.now() - start) / 1000
}

async function startRedis(port: number): Promise<ChildProcess> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  const child = spawn('redis-server', args, { stdio: 'ignore' })
  await new Promise((resolve, reject) => {
    child.once('error', () => reject(new Error('this benchmark needs redis-server: apt-get install redis-server')))
    setTimeout(resolve, 1000)
  })
  return child
}
