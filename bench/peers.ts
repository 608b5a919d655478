import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BenchServer, freePort, startAnswering } from './servers.ts'

/** Another name server, as far as it is installed: how to start it with a zone. */
export interface ZoneServer {
  readonly name: string
  /** Writes what it needs to a new folder and gives the command. `threads`: how many, where not as many as it likes. */
  command(folder: string, zone: string, file: string, port: number, threads?: number): readonly string[]
}

/** Is the program installed? */
export const isThere = (program: string): boolean => spawnSync(program, ['-V'], { stdio: 'ignore' }).error === undefined

const bind: ZoneServer = {
  name: 'BIND',
  command(folder, zone, file, port, threads) {
    writeFileSync(
      `${folder}/named.conf`,
      `options { directory "${folder}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none;
         recursion no; notify no; empty-zones-enable no; session-keyfile none; };
       controls { };
       zone "${zone}" { type primary; file "${file}"; };\n`,
    )
    return ['named', ...(threads ? ['-n', `${threads}`] : []), '-g', '-c', `${folder}/named.conf`]
  },
}

const nsd: ZoneServer = {
  name: 'NSD',
  command(folder, zone, file, port, threads) {
    writeFileSync(
      `${folder}/nsd.conf`,
      `server:
  ip-address: 127.0.0.1@${port}
  username: ""
  chroot: ""
  zonesdir: ""
  database: ""
  pidfile: "${folder}/nsd.pid"
  zonelistfile: "${folder}/zone.list"
  xfrdfile: "${folder}/xfrd.state"
  server-count: ${threads ?? 1}
  reuseport: yes
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: "${zone}"
  zonefile: "${file}"\n`,
    )
    return ['nsd', '-d', '-c', `${folder}/nsd.conf`]
  },
}

const knot: ZoneServer = {
  name: 'Knot',
  command(folder, zone, file, port, threads) {
    for (const part of ['run', 'db']) mkdirSync(`${folder}/${part}`)
    writeFileSync(
      `${folder}/knot.conf`,
      `server:
  rundir: "${folder}/run"
  listen: 127.0.0.1@${port}${threads ? `\n  udp-workers: ${threads}` : ''}
database:
  storage: "${folder}/db"
zone:
  - domain: ${zone}
    file: "${file}"
    zonefile-sync: -1
    journal-content: none\n`,
    )
    return ['knotd', '-c', `${folder}/knot.conf`]
  },
}

const VERSIONS: Readonly<Record<string, readonly [program: string, flag: string]>> = {
  BIND: ['named', '-V'],
  NSD: ['nsd', '-v'],
  Knot: ['knotd', '-V'],
  Unbound: ['unbound', '-V'],
  dnsperf: ['dnsperf', '-h'],
}

/** `BIND 9.18.49`, of what is installed. */
export const peerVersions = (): string[] =>
  Object.entries(VERSIONS).flatMap(([name, [program, flag]]) => {
    const { stdout, stderr, error } = spawnSync(program, [flag], { encoding: 'utf8' })
    const version = /\d+\.\d+(\.\d+)?/.exec(stdout + stderr)?.[0]
    return error || !version ? [] : [`${name} ${version}`]
  })

/** Those that are installed. */
export const peers = (): ZoneServer[] => [
  ...(isThere('named') ? [bind] : []),
  ...(isThere('nsd') ? [nsd] : []),
  ...(isThere('knotd') ? [knot] : []),
]

/** Starts another server with a zone in which `name` has an address. */
export async function startPeer(
  peer: ZoneServer,
  folder: string,
  zone: string,
  file: string,
  name: string,
  threads?: number,
): Promise<BenchServer> {
  const port = await freePort()
  const command = peer.command(mkdtempSync(join(folder, 'peer-')), zone, file, port, threads)
  return startAnswering(peer.name, command, port, name)
}
