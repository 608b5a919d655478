import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './tools.ts'
import { freePort, makeCertificate } from './transports.ts'

/** Name servers of others, on loopback, all with the same zone. */
export const SERVERS = ['unbound', 'named', 'knotd'] as const
/** coredge itself is one as well: the only one whose DNS over HTTPS is to be had by HTTP/1.1. */
export type ServerKind = (typeof SERVERS)[number] | 'coredge'

/** Records of example.org, and a set of 60,000 octets. */
const ZONE = `$ORIGIN example.org.
$TTL 300
@ SOA ns hostmaster 7 7200 3600 1209600 60
@ NS ns
@ MX 10 mail
ns A 192.0.2.53
www A 192.0.2.1
www AAAA 2001:db8::1
mail A 192.0.2.25
alias CNAME www
here A 127.0.0.1
*.wild A 192.0.2.9
odd TYPE65280 \\# 3 010203
${Array.from({ length: 8 }, (_, i) => `mid TXT "${`${i}`.padEnd(240, 'x')}"`).join('\n')}
${Array.from({ length: 15 }, (_, i) => `big TXT "${i}" ${`"${'x'.repeat(245)}" `.repeat(16)}`).join('\n')}
`

export interface NameServer {
  readonly dns: string
  /** Undefined where it does not speak that. */
  readonly tls?: string
  readonly https?: string
  /** PEM file with the certificate, signed by itself. */
  readonly ca: string
  readonly port: number
  /** The process now running. */
  pid(): number
  start(): Promise<void>
  /** Ends the process at once, as a crash would. */
  kill(): Promise<void>
  close(): Promise<void>
}

interface Ports {
  readonly dns: number
  readonly tls: number
  readonly https: number
}

/** Starts one; ports are the system's choice, and stay the same over `kill` and `start`. */
export async function nameServer(kind: ServerKind): Promise<NameServer> {
  const folder = mkdtempSync(join(tmpdir(), 'coredge-upstream-'))
  writeFileSync(join(folder, 'zone'), ZONE)
  const { cert, key } = makeCertificate(folder)
  const ports = { dns: await freePort(), tls: await freePort(), https: await freePort() }
  const command = COMMANDS[kind](folder, ports, cert, key)
  let child: ChildProcess | undefined
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  const start = async (): Promise<void> => {
    const output = join(folder, 'output')
    child = spawn('sh', ['-c', `exec "$@" >"${output}" 2>&1`, 'sh', ...command], {
      stdio: 'ignore',
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
    })
    await answering(ports.dns, child, output)
  }
  const close = async (): Promise<void> => {
    await kill()
    rmSync(folder, { recursive: true })
  }
  try {
    await start()
  } catch (error) {
    await close()
    throw error
  }
  const speaksMore = kind !== 'knotd'
  return {
    dns: `127.0.0.1:${ports.dns}`,
    ...(speaksMore && {
      tls: `tls://127.0.0.1%localhost:${ports.tls}`,
      https: `https://127.0.0.1%localhost:${ports.https}/dns-query`,
    }),
    ca: cert,
    port: ports.dns,
    pid: () => child!.pid!,
    start,
    kill,
    close,
  }
}

async function answering(port: number, child: ChildProcess, output: string): Promise<void> {
  for (const end = Date.now() + 30_000; ; ) {
    const said = await run('dig', [
      '@127.0.0.1',
      '-p',
      String(port),
      '+short',
      '+tries=1',
      '+time=1',
      'www.example.org',
    ])
    if (said.trim() === '192.0.2.1') return
    if (child.exitCode !== null || Date.now() > end)
      throw new Error(`the name server did not start: ${readFileSync(output, 'utf8')}`)
  }
}

type Command = (folder: string, ports: Ports, cert: string, key: string) => readonly string[]

const COMMANDS: Readonly<Record<ServerKind, Command>> = {
  coredge(folder, { dns, tls, https }, cert, key) {
    const config = join(folder, 'Corefile')
    const block = (url: string): string => `${url} {\n bind 127.0.0.1\n tls ${cert} ${key}\n file ${folder}/zone\n}\n`
    const keys = [`example.org:${dns}`, `tls://example.org:${tls}`, `https://example.org:${https}`]
    writeFileSync(config, keys.map(block).join(''))
    return [process.execPath, join(import.meta.dirname, '../../src/node.ts'), '-conf', config]
  },

  unbound(folder, { dns, tls, https }, cert, key) {
    const config = join(folder, 'unbound.conf')
    writeFileSync(
      config,
      `server:
  interface: 127.0.0.1@${dns}
  interface: 127.0.0.1@${tls}
  interface: 127.0.0.1@${https}
  tls-port: ${tls}
  https-port: ${https}
  tls-service-pem: "${cert}"
  tls-service-key: "${key}"
  num-threads: 1
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: ""
  use-syslog: no
  module-config: "iterator"
  local-zone: "elsewhere.example" refuse
auth-zone:
  name: "example.org"
  zonefile: "${folder}/zone"
  for-upstream: no
remote-control:
  control-enable: no\n`,
    )
    return ['unbound', '-d', '-c', config]
  },

  named(folder, { dns, tls, https }, cert, key) {
    const config = join(folder, 'named.conf')
    writeFileSync(
      config,
      `tls local { cert-file "${cert}"; key-file "${key}"; };
       http local { endpoints { "/dns-query"; }; };
       options { directory "${folder}"; pid-file none; session-keyfile none; recursion no; notify no;
         listen-on port ${dns} { 127.0.0.1; };
         listen-on port ${tls} tls local { 127.0.0.1; };
         listen-on port ${https} tls local http local { 127.0.0.1; };
         listen-on-v6 { none; }; };
       controls { };
       zone "example.org" { type primary; file "${folder}/zone"; };\n`,
    )
    return ['named', '-g', '-n', '1', '-c', config]
  },

  knotd(folder, { dns }) {
    for (const part of ['run', 'db']) mkdirSync(join(folder, part), { recursive: true })
    const config = join(folder, 'knot.conf')
    writeFileSync(
      config,
      `server:
  rundir: "${folder}/run"
  listen: 127.0.0.1@${dns}
database:
  storage: "${folder}/db"
zone:
  - domain: example.org
    file: "${folder}/zone"
    zonefile-sync: -1
    journal-content: none\n`,
    )
    return ['knotd', '-c', config]
  },
}
