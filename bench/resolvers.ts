import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isThere, peers, startPeer } from './peers.ts'
import { type BenchServer, freePort, startAnswering } from './servers.ts'

/** Servers that send queries on to 127.0.0.1:upstream and keep the answers, each with one thread and without validation. */
export interface Resolver {
  readonly name: string
  /** Writes what it needs to a new folder and gives the command. */
  command(folder: string, port: number, upstream: number): readonly string[]
}

export const coredge: Resolver = {
  name: 'coredge',
  command(folder, port, upstream) {
    const corefile = join(folder, 'Corefile')
    writeFileSync(corefile, `.:${port} {\n bind 127.0.0.1\n cache\n forward . 127.0.0.1:${upstream}\n}\n`)
    return [process.execPath, `${import.meta.dirname}/../src/node.ts`, '-conf', corefile]
  },
}

const unbound: Resolver = {
  name: 'Unbound',
  command(folder, port, upstream) {
    const config = join(folder, 'unbound.conf')
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
  verbosity: 0
  module-config: "iterator"
  do-not-query-localhost: no
  msg-cache-size: 100m
  rrset-cache-size: 200m
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@${upstream}
remote-control:
  control-enable: no\n`,
    )
    return ['unbound', '-d', '-c', config]
  },
}

const bind: Resolver = {
  name: 'BIND',
  command(folder, port, upstream) {
    const config = join(folder, 'named.conf')
    writeFileSync(
      config,
      `options { directory "${folder}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none;
         recursion yes; dnssec-validation no; session-keyfile none; forward only;
         forwarders { 127.0.0.1 port ${upstream}; }; };
       controls { };\n`,
    )
    return ['named', '-n', '1', '-g', '-c', config]
  },
}

/** Those that are installed. */
export const otherResolvers = (): Resolver[] => [
  ...(isThere('unbound') ? [unbound] : []),
  ...(isThere('named') ? [bind] : []),
]

/** Starts one, and waits until it answers `question A`. */
export async function startResolver(
  { name, command }: Resolver,
  folder: string,
  upstream: number,
  question: string,
): Promise<BenchServer> {
  const port = await freePort()
  return startAnswering(name, command(mkdtempSync(join(folder, 'resolver-')), port, upstream), port, question)
}

/** A name server on loopback with a zone file: whichever is installed, the fastest first. */
export async function startAuthority(
  folder: string,
  zone: string,
  file: string,
  question: string,
): Promise<BenchServer> {
  const server = peers().at(-1)
  if (!server) throw new Error('a name server is needed: apt-get install knot, nsd or bind9')
  return startPeer(server, folder, zone, file, question)
}
