import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readMessage, writeQuery } from '../../src/dns/message.ts'
import { parseName } from '../../src/dns/name.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { rcodeName, typeCode } from '../../src/dns/rdata/registry.ts'
import type { RRset } from '../../src/dns/rrset.ts'

/** Zones signed with BIND's tools, and servers asked side by side. */

const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }

/** Arguments of dnssec-signzone by how absence is proved. `-A`: unsigned delegations are left out of the chain (opt-out). */
export const CHAINS = {
  nsec: [],
  nsec3: ['-3', 'aabbccdd', '-H', '5'],
  optout: ['-3', '-', '-A', '-H', '0'],
} as const
export type Chain = keyof typeof CHAINS

/** Signs a zone in a folder of its own; returns the path of the signed file. */
export function signZone(folder: string, origin: string, text: string, chain: Chain): string {
  mkdirSync(folder)
  const file = join(folder, 'zone')
  writeFileSync(file, text)
  for (const flags of [['-f', 'KSK'], []])
    execFileSync('dnssec-keygen', ['-q', '-a', 'ECDSAP256SHA256', '-K', folder, ...flags, origin], { env })
  const args = ['-S', '-K', folder, '-o', origin, '-O', 'full', '-f', `${file}.signed`, ...CHAINS[chain], file]
  // It leaves files where it runs.
  execFileSync('dnssec-signzone', args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] })
  return `${file}.signed`
}

/** The keys of a zone as delv wants them, from where it was signed. */
export function trustAnchor(folder: string): string {
  const keys = readdirSync(folder).filter((name) => name.endsWith('.key'))
  const lines = keys.map((name) => readFileSync(join(folder, name), 'utf8')).flatMap((text) => text.split('\n'))
  const [owner, , , ...rest] = lines.find((line) => / DNSKEY 257 /.test(line))!.split(/\s+/)
  const [flags, protocol, algorithm, ...key] = rest
  return `trust-anchors { "${owner}" static-key ${flags} ${protocol} ${algorithm} "${key.join('')}"; };\n`
}

/** Starts named in a folder of its own with these zones, and without anything else that it could do. */
export async function startNamed(
  folder: string,
  port: number,
  zones: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  mkdirSync(folder)
  const options = [
    `directory "${folder}"; pid-file none; session-keyfile none; listen-on-v6 { none; }; listen-on port ${port} { 127.0.0.1; };`,
    'recursion no; minimal-responses no; minimal-any no; dnssec-validation no; notify no; allow-transfer { none; };',
    'check-names primary ignore; check-integrity no; empty-zones-enable no; zero-no-soa-ttl no;',
  ]
  const declared = Object.entries(zones).map(([origin, file]) => `zone "${origin}" { type primary; file "${file}"; };`)
  const file = join(folder, 'named.conf')
  writeFileSync(file, `options { ${options.join('\n')} };\ncontrols { };\n${declared.join('\n')}\n`)
  const named = spawn('named', ['-c', file, '-g', '-n', '1'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let log = ''
  for await (const chunk of named.stderr!) {
    log += chunk
    if (log.includes('running\n')) break
  }
  const faults = log.split('\n').filter((line) => /zone .*(?:not loaded|failed|error)|fatal/.test(line))
  if (named.exitCode === null && faults.length === 0) return named
  named.kill()
  throw new Error(`named: ${faults.join('\n') || log}`)
}

/** A reply in words that can be compared: sections as sets, without regard to case. */
export interface Words {
  readonly rcode: string
  readonly aa: boolean
  readonly answer: readonly string[]
  readonly authority: readonly string[]
}

export interface AskOptions {
  /** With DO, as by default. */
  readonly dnssecOk?: boolean
  /** How long to wait for a reply. Milliseconds. */
  readonly patience?: number
}

/** Asks servers on 127.0.0.1 over UDP. */
export class Asker {
  readonly #socket = createSocket('udp4')
  readonly #waiting = new Map<number, (wire: Uint8Array) => void>()
  #id = 0

  constructor() {
    this.#socket.on('message', (wire) => this.#waiting.get(wire.readUInt16BE(0))?.(wire))
  }

  async open(): Promise<void> {
    this.#socket.bind(0, '127.0.0.1')
    await once(this.#socket, 'listening')
  }

  /** Asks `www.example. A`, where a reply of any size may come. */
  async ask(port: number, question: string, options?: AskOptions): Promise<Words> {
    return wordsOf(await this.reply(port, question, options))
  }

  /** As `ask`: gives the message. */
  async reply(
    port: number,
    question: string,
    { dnssecOk = true, patience = 5000 }: AskOptions = {},
  ): Promise<Uint8Array> {
    const [name, type] = question.split(' ')
    this.#id = (this.#id + 1) & 0xffff
    const id = this.#id
    const edns = { version: 0, udpSize: 4096, dnssecOk, options: [] }
    const wire = writeQuery({ id, name: parseName(name), type: typeCode(type)!, edns })
    const reply = new Promise<Uint8Array>((resolve, reject) => {
      this.#waiting.set(id, resolve)
      setTimeout(() => reject(new Error(`no reply to ${question}`)), patience).unref()
      this.#socket.send(wire, port, '127.0.0.1')
    })
    return reply.finally(() => this.#waiting.delete(id))
  }

  close(): void {
    this.#socket.close()
  }
}

function wordsOf(wire: Uint8Array): Words {
  const { rcode, flags, answer, authority } = readMessage(wire)
  const texts = (sets: readonly RRset[]): string[] => sets.flatMap(recordTexts).map((line) => line.toLowerCase())
  return {
    rcode: rcodeName(rcode),
    aa: (flags & 0x0400) !== 0,
    answer: [...new Set(texts(answer))].sort(),
    authority: [...new Set(texts(authority))].sort(),
  }
}
