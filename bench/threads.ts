import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Contestant, contest, type Pair } from './contest.ts'
import { byH2load, needH2load, posts } from './h2load.ts'
import { needDnsperf } from './load.ts'
import { peers, startPeer } from './peers.ts'
import { type BenchServer, byDnsperf, coredge, pemFiles } from './servers.ts'

/** What a second thread brings, with the program that makes the load on the same processors. */
const TUTORIAL = `${import.meta.dirname}/../zones/db.example.org`
const THREADS = [1, 2] as const
/** From so many ports that both threads have about as much to do, and so many queries that one does not wait for the other. */
const CLIENTS = ['-c', '32', '-q', '800']
const STREAMS = ['-c', '16', '-m', '10']

needDnsperf()
needH2load()
const folder = mkdtempSync(join(tmpdir(), 'coredge-bench-'))
const contestants: Contestant[] = []
const pairs: Pair[] = []
try {
  const tls = `tls ${pemFiles(folder).join(' ')}`
  const load = [...STREAMS, ...posts(folder)]
  await enter(
    'HTTP/2 and TLS',
    async (name, threads) => byH2load(await ours(name, 'https://', tls, threads), 'https', load),
    1.3,
  )
  await enter('UDP', async (name, threads) => underDnsperf(await ours(name, '', '', threads)), 1.3)
  // How much load there is to be had.
  for (const peer of peers())
    await enter(peer.name, async (name, threads) =>
      underDnsperf({
        ...(await startPeer(peer, folder, 'example.org', TUTORIAL, 'www.example.org.', threads)),
        name,
      }),
    )
  await contest(contestants, { kind: 'threads', figure: 'perSecond', pairs })
} finally {
  for (const contestant of contestants) contestant.stop()
  rmSync(folder, { recursive: true })
}

/** Something with one thread and with two. */
async function enter(
  name: string,
  start: (name: string, threads: number) => Promise<Contestant>,
  goal?: number,
): Promise<void> {
  const [one, two] = ['one thread', 'two threads'].map((threads) => `${name}, ${threads}`)
  for (const threads of THREADS) contestants.push(await start(threads === 1 ? one : two, threads))
  pairs.push({ name: two, beside: one, goal })
}

function ours(name: string, scheme: string, tls: string, threads: number): Promise<BenchServer> {
  const lines = ['bind 127.0.0.1', `multisocket ${threads}`, tls, `file ${TUTORIAL}`]
  return coredge(name, `${scheme}example.org:{port} {\n${lines.join('\n')}\n}\n`)
}

function underDnsperf(server: BenchServer): Contestant {
  return byDnsperf(server, ['www.example.org A'], CLIENTS)
}
