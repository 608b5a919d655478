import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Answer, type Rig, rig } from '../plugins/rig.ts'
import { NetRuntime } from '../upstream/netruntime.ts'
import { Asker, CHAINS, type Chain, signZone, startNamed, trustAnchor, type Words } from '../zone/signed.ts'
import { namesIn, RICH } from '../zone/signedzones.ts'
import { hasTool, run } from './tools.ts'
import { freePort } from './transports.ts'

/**
 * Denials made from proofs (RFC 8198), with a validating Unbound between the cache and BIND, which serves the signed zones: what
 * the cache makes up must be what BIND would have said, record by record.
 */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const TOOLS = ['named', 'unbound', 'dnssec-signzone', 'dig']
const TYPES = ['A', 'TXT', 'DS', 'MX']
const chains = Object.keys(CHAINS) as Chain[]
const originOf = (chain: Chain): string => `${chain}.example.`
const OVER_TCP = { do: true, peer: { transport: 'tcp' } } as const

describe.skipIf(!TOOLS.every(hasTool))('denials made from proofs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coredge-aggressive-'))
  const asker = new Asker()
  let named: ChildProcess
  let unbound: ChildProcess
  let authority: number
  let resolver: number
  beforeAll(async () => {
    const sign = (chain: Chain): string => signZone(join(folder, chain), originOf(chain), `$TTL 300\n${RICH}`, chain)
    const zones = Object.fromEntries(chains.map((chain) => [originOf(chain), sign(chain)]))
    authority = await freePort()
    named = await startNamed(join(folder, 'named'), authority, zones)
    resolver = await freePort()
    unbound = await startUnbound(
      join(folder, 'unbound'),
      resolver,
      authority,
      chains.map((chain) => join(folder, chain)),
    )
    await asker.open()
  })
  afterAll(async () => {
    asker.close()
    for (const child of [named, unbound]) child?.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  })

  const start = (): Promise<Rig> =>
    rig(`. {\ncache {\naggressive_nsec\n}\nforward . 127.0.0.1:${resolver}\n}`, { runtime: new NetRuntime() })

  it.each(chains)('%s: are those of the zone’s own server', async (chain) => {
    const server = await start()
    const origin = originOf(chain)
    const questions = namesIn(RICH).flatMap((name) =>
      TYPES.map((type) => `${name === '' ? '' : `${name}.`}${origin} ${type}`),
    )
    const found = { made: 0, wrong: [] as string[] }
    // Each pass learns from what it has to ask for, and the second asks for other types than the first.
    for (const [i, question] of [...questions.filter((_, i) => i % 3 === 0), ...questions].entries()) {
      const ours = await server.answer(question, { ...OVER_TCP, id: i & 0xffff })
      if (!ours.errors.some((error) => error.startsWith('29'))) continue
      found.made++
      const theirs = await asker.ask(authority, question)
      if (!isSame(ours, theirs)) found.wrong.push(`${question}\n${JSON.stringify({ ours, theirs }, null, 1)}`)
    }
    expect(found.wrong.slice(0, 3).join('\n')).toBe('')
    expect(found.made).toBeGreaterThan(chain === 'optout' ? 50 : 1000)
  })

  it('go on when nobody can be asked any more, with AD for those who understand it', async () => {
    const server = await start()
    for (const chain of chains)
      for (let i = 0; i < 600; i++)
        await server.answer(`${'abcdefghijklmnopqrstuvwxyz'[i % 26]}${i}.${originOf(chain)}`, { ad: true })
    const ended = once(unbound, 'exit')
    unbound.kill('SIGKILL')
    await ended
    const ask = async (chain: Chain): Promise<string> => {
      const { rcode, flags } = await server.answer(`never-asked-before.${originOf(chain)}`, { ad: true })
      return `${rcode} ${flags}`
    }
    expect(await Promise.all(chains.map(ask))).toEqual(['NXDOMAIN aa rd ra ad', 'NXDOMAIN aa rd ra ad', 'SERVFAIL rd'])
  })
})

const withoutTtl = (line: string): string => line.toLowerCase().replace(/^(\S+) \d+ /, '$1 ')

/** Records alike but for TTLs. Where a wildcard has nothing, BIND leaves out the proof that the name itself is not there. */
function isSame(ours: Answer, theirs: Words): boolean {
  const [left, right] = [ours, theirs].map(({ authority }) => authority.map(withoutTtl).sort())
  const isMore = ours.rcode === 'NOERROR' && right.every((line) => left.includes(line))
  return ours.rcode === theirs.rcode && theirs.answer.length === 0 && (isMore || left.join() === right.join())
}

/** Unbound that validates these zones, has them from 127.0.0.1:authority, and asks nobody else. */
async function startUnbound(
  folder: string,
  port: number,
  authority: number,
  signed: readonly string[],
): Promise<ChildProcess> {
  mkdirSync(folder)
  const config = join(folder, 'unbound.conf')
  const anchors = signed.map((zone) => /"(\S+)" static-key (\d+ \d+ \d+) "(.*)"/.exec(trustAnchor(zone))!)
  writeFileSync(
    config,
    `server:
  interface: 127.0.0.1@${port}
  num-threads: 1
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: ""
  use-syslog: no
  module-config: "validator iterator"
  aggressive-nsec: no
  qname-minimisation: no
  do-not-query-localhost: no
  do-not-query-address: 192.0.2.0/24
  do-not-query-address: 2001:db8::/32
${anchors.map(([, owner, numbers, key]) => `  trust-anchor: "${owner} DNSKEY ${numbers} ${key}"`).join('\n')}
stub-zone:
  name: "."
  stub-addr: 127.0.0.1@${authority}
${anchors.map(([, owner]) => `stub-zone:\n  name: "${owner}"\n  stub-addr: 127.0.0.1@${authority}`).join('\n')}
remote-control:
  control-enable: no\n`,
  )
  const child = spawn('unbound', ['-d', '-c', config], {
    stdio: 'ignore',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  })
  const [, owner] = anchors[0]
  for (const end = Date.now() + 30_000; ; ) {
    const said = await run('dig', ['@127.0.0.1', '-p', String(port), '+dnssec', '+tries=1', '+time=1', owner, 'SOA'])
    if (/flags:[^;]* ad[ ;]/.test(said)) return child
    if (child.exitCode !== null || Date.now() > end) throw new Error(`unbound did not start:\n${said}`)
  }
}
