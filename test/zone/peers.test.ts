import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readMessage } from '../../src/dns/message.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { rcodeName } from '../../src/dns/rdata/registry.ts'
import type { RRset } from '../../src/dns/rrset.ts'
import { hasTool } from '../e2e/tools.ts'
import { freePort, startCoredge } from '../e2e/transports.ts'
import { PEERS, type PeerServer, startPeers, stopPeers, waitFor } from './peers.ts'
import { Asker } from './signed.ts'
import { anyZone, namesIn } from './signedzones.ts'

/**
 * Random zones, served by coredge and by BIND, NSD, Knot and PowerDNS, and asked the same: where those agree, so must coredge.
 * `PEER_ZONES=500 PEER_SEED=1 npx vitest run test/zone/peers.test.ts` asks more, and of others.
 */
const ZONES = Number(process.env.PEER_ZONES ?? 40)
const SEED = Number(process.env.PEER_SEED ?? 3)
const QUESTIONS = 120
const TYPES = ['A', 'AAAA', 'TXT', 'NS', 'MX', 'SRV', 'CNAME', 'DNAME', 'DS', 'SOA']
/** Fewer that agree prove nothing. */
const QUORUM = 3
/** A chain of aliases that grows without end is cut by each at a place of its own. */
const MOST_ANSWERS = 12
const AT_ONCE = 32

let folder: string
let asker: Asker
let servers: readonly PeerServer[] = []
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-peers-'))
  asker = new Asker()
  await asker.open()
})
afterAll(async () => {
  await stopPeers(servers)
  asker.close()
  rmSync(folder, { recursive: true })
})

/** What of a reply is compared: each part as text, sections as sets. */
function partsOf(wire: Uint8Array): Readonly<Record<string, string>> {
  const { rcode, flags, answer, authority, additional } = readMessage(wire)
  const text = (sets: readonly RRset[]): string =>
    [...new Set(sets.flatMap(recordTexts).map((line) => line.toLowerCase()))].sort().join('\n')
  const aa = (flags & 0x0400) !== 0
  // Name servers beside a positive answer, and their addresses, are a courtesy that each does as it likes.
  const isPositive = aa && answer.length > 0 && !authority.some((set) => recordTexts(set)[0].includes(' SOA '))
  return {
    rcode: rcodeName(rcode),
    aa: String(aa),
    answer: text(answer),
    authority: isPositive ? '' : text(authority),
    additional: text(additional),
  }
}

const absolute = (name: string, origin: string): string => (name === '' ? origin : `${name}.${origin}`)

it.skipIf(!PEERS.map(hasTool).every(Boolean))(
  'where other servers agree, coredge agrees',
  { timeout: 300_000 },
  async () => {
    const texts = fc.sample(anyZone, { numRuns: ZONES, seed: SEED })
    const zones = texts.map((text, i) => ({ origin: `zone${i}.test.`, file: join(folder, `db.zone${i}`), text }))
    for (const { file, text } of zones) writeFileSync(file, `$TTL 300\n${text}`)
    const files = Object.fromEntries(zones.map(({ origin, file }) => [origin, file]))
    const corefile = join(folder, 'Corefile')
    writeFileSync(
      corefile,
      `. {\nbind 127.0.0.1\n${zones.map(({ origin, file }) => `file ${file} ${origin}\n`).join('')}}\n`,
    )
    const port = await freePort()
    const coredge = await startCoredge(['-conf', corefile, '-p', String(port)], port)
    try {
      servers = await startPeers(folder, files)
      // Some load no zone at first, and all of them a little later.
      for (const { port } of servers) await waitForMost(port, zones)
      const differing: string[] = []
      let compared = 0
      for (const zone of zones) {
        const loaded = await whoHas(zone.origin)
        const question = fc.tuple(fc.constantFrom(...namesIn(zone.text)), fc.constantFrom(...TYPES))
        const questions = fc.sample(question, { numRuns: QUESTIONS, seed: SEED })
        const left = questions.map(([name, type]) => `${absolute(name, zone.origin)} ${type}`).values()
        const work = async (): Promise<void> => {
          for (const question of left) {
            if (loaded.length >= QUORUM) compared++
            const found = await disagreement(question, port, loaded)
            if (found !== '') differing.push(`${zone.text}${found}`)
          }
        }
        await Promise.all(Array.from({ length: AT_ONCE }, work))
      }
      expect(differing.slice(0, 3).join('\n\n')).toBe('')
      expect(compared).toBeGreaterThan((ZONES * QUESTIONS) / 2)
    } finally {
      await coredge.stop()
    }
  },
)

async function waitForMost(port: number, zones: readonly { readonly origin: string }[]): Promise<void> {
  const first = zones.slice(0, 8).map(({ origin }) => waitFor(asker, port, origin))
  await Promise.any(first)
}

async function whoHas(origin: string): Promise<readonly PeerServer[]> {
  const has = await Promise.all(servers.map(async ({ port }) => (await asker.ask(port, `${origin} SOA`)).aa))
  return servers.filter((_, i) => has[i])
}

/** How coredge differs from all others; '' where it does not, or they do among themselves. */
async function disagreement(question: string, port: number, peers: readonly PeerServer[]): Promise<string> {
  const ports = [port, ...peers.map((peer) => peer.port)]
  const wires = await Promise.all(ports.map((port) => asker.reply(port, question, { dnssecOk: false })))
  const [ours, ...theirs] = wires.map(partsOf)
  if (peers.length < QUORUM || readMessage(wires[0]).answer.length > MOST_ANSWERS || ours.rcode === 'SERVFAIL')
    return ''
  return Object.keys(ours)
    .filter((part) => theirs.every((their) => their[part] === theirs[0][part]) && ours[part] !== theirs[0][part])
    .map((part) => `${question}: ${part}\nis:        ${ours[part]}\nelsewhere: ${theirs[0][part]}`)
    .join('\n')
}
