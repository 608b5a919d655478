import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../e2e/transports.ts'
import type { Asker } from './signed.ts'

/** Other name servers, each with the same zones: those that they do not refuse to load. */

/** By origin: the zone's file. */
export type ZoneFiles = Readonly<Record<string, string>>

export interface PeerServer {
  readonly name: string
  readonly port: number
  readonly process: ChildProcess
}

interface Kind {
  readonly program: string
  /** Writes what it needs to a new folder and gives the arguments. */
  readonly arguments: (folder: string, zones: ZoneFiles, port: number) => readonly string[]
}

const each = (zones: ZoneFiles, text: (origin: string, file: string) => string): string =>
  Object.entries(zones)
    .map(([origin, file]) => text(origin, file))
    .join('')

/** What a server may check beyond what it must, it is asked not to. */
const KINDS: readonly Kind[] = [
  {
    program: 'named',
    arguments(folder, zones, port) {
      const options = `directory "${folder}"; pid-file none; session-keyfile none; listen-on-v6 { none; };
        listen-on port ${port} { 127.0.0.1; }; recursion no; minimal-responses no; minimal-any no; notify no;
        dnssec-validation no; check-names primary ignore; check-integrity no; check-mx-cname ignore;
        check-wildcard no; check-dup-records ignore; empty-zones-enable no; zero-no-soa-ttl no;`
      const declared = each(zones, (origin, file) => `zone "${origin}" { type primary; file "${file}"; };\n`)
      writeFileSync(join(folder, 'conf'), `options { ${options} };\ncontrols { };\n${declared}`)
      return ['-c', join(folder, 'conf'), '-g', '-n', '1']
    },
  },
  {
    program: 'nsd',
    arguments(folder, zones, port) {
      const settings = [`ip-address: 127.0.0.1@${port}`, 'username: ""', 'chroot: ""', 'zonesdir: ""', 'database: ""']
      settings.push('server-count: 1', 'rrl-ratelimit: 0', 'round-robin: no')
      for (const file of ['pidfile', 'zonelistfile', 'xfrdfile']) settings.push(`${file}: "${join(folder, file)}"`)
      const declared = each(zones, (origin, file) => `zone:\n  name: "${origin}"\n  zonefile: "${file}"\n`)
      const text = `server:\n  ${settings.join('\n  ')}\nremote-control:\n  control-enable: no\n${declared}`
      writeFileSync(join(folder, 'conf'), text)
      return ['-d', '-c', join(folder, 'conf')]
    },
  },
  {
    program: 'knotd',
    arguments(folder, zones, port) {
      const server = `server:\n  rundir: "${folder}"\n  listen: 127.0.0.1@${port}\n  udp-workers: 1\n  tcp-workers: 1\n`
      const zoneDefaults = '    zonefile-sync: -1\n    journal-content: none\n    semantic-checks: off\n'
      const template = `template:\n  - id: default\n${zoneDefaults}`
      const declared = each(zones, (origin, file) => `  - domain: "${origin}"\n    file: "${file}"\n`)
      const database = `database:\n  storage: "${folder}"\n`
      writeFileSync(join(folder, 'conf'), `${server}${database}${template}zone:\n${declared}`)
      return ['-c', join(folder, 'conf')]
    },
  },
  {
    program: 'pdns_server',
    arguments(folder, zones, port) {
      const declared = each(zones, (origin, file) => `zone "${origin}" { type master; file "${file}"; };\n`)
      writeFileSync(join(folder, 'zones'), declared)
      const settings = ['launch=bind', `bind-config=${join(folder, 'zones')}`, `socket-dir=${folder}`, 'daemon=no']
      settings.push('local-address=127.0.0.1', `local-port=${port}`, 'guardian=no', 'zone-cache-refresh-interval=0')
      settings.push('security-poll-suffix=')
      writeFileSync(join(folder, 'pdns.conf'), `${settings.join('\n')}\n`)
      return [`--config-dir=${folder}`]
    },
  },
]
export const PEERS: readonly string[] = KINDS.map(({ program }) => program)

/** Starts all of them, each in a folder of its own below `folder`; they may not have loaded their zones yet. */
export function startPeers(folder: string, zones: ZoneFiles): Promise<PeerServer[]> {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
  return Promise.all(
    KINDS.map(async (kind) => {
      const place = join(folder, kind.program)
      mkdirSync(place)
      const port = await freePort()
      const child = spawn(kind.program, kind.arguments(place, zones, port), { env, stdio: 'ignore' })
      return { name: kind.program, port, process: child }
    }),
  )
}

/** Waits until a server answers from the zone. */
export async function waitFor(asker: Asker, port: number, origin: string): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; ) {
    const reply = await asker.ask(port, `${origin} SOA`, { patience: 300 }).catch(() => undefined)
    if (reply?.aa) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`nobody answers at port ${port} from ${origin}`)
}

export async function stopPeers(servers: readonly PeerServer[]): Promise<void> {
  const ends = servers.map(({ process }) => process.exitCode === null && once(process, 'exit'))
  for (const { process } of servers) process.kill()
  await Promise.all(ends)
}
