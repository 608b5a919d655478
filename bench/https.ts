import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Contestant, contest, type Pair } from './contest.ts'
import { byH2load, needH2load, posts } from './h2load.ts'
import { coredge, pemFiles, streamResponder } from './servers.ts'

/** DNS over HTTPS beside bare handlers of the same kind that echo; load by h2load, 100 requests under way. */
const TUTORIAL = `${import.meta.dirname}/../zones/db.example.org`
const PATHS = [
  { name: 'HTTP/2 and TLS, POST', kind: 'h2', scheme: 'https', args: ['-c', '4', '-m', '25'], goal: 0.8 },
  { name: 'HTTP/1.1, POST', kind: 'h1', scheme: 'http', args: ['-c', '100', '--h1'], goal: 0.8 },
] as const

needH2load()
const folder = mkdtempSync(join(tmpdir(), 'coredge-bench-'))
const contestants: Contestant[] = []
const pairs: Pair[] = []
try {
  const pem = pemFiles(folder)
  const post = posts(folder)
  for (const { name, kind, scheme, args, goal } of PATHS) {
    const beside = `empty: ${name}`
    const tls = scheme === 'https' ? `tls ${pem.join(' ')}` : ''
    const corefile = `https://example.org:{port} {\n bind 127.0.0.1\n ${tls}\n file ${TUTORIAL}\n}\n`
    for (const server of [await streamResponder(beside, kind, pem), await coredge(name, corefile)])
      contestants.push(byH2load(server, scheme, [...args, ...post]))
    pairs.push({ name, beside, goal })
  }
  await contest(contestants, { kind: 'https', pairs })
} finally {
  for (const contestant of contestants) contestant.stop()
  rmSync(folder, { recursive: true })
}
