import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { closeSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { localCertificate } from '../src/cli/certificate.ts'
import type { Contestant } from './contest.ts'
import { dnsperf, dnsperfLatencies } from './load.ts'
import { untilAnswered } from './start.ts'

/** A server process under load. */
export interface BenchServer {
  readonly name: string
  readonly pid: number
  readonly port: number
  stop(): void
}

/** A port of the system's choice that is free for UDP and for TCP. */
export async function freePort(): Promise<number> {
  for (;;) {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    const { port } = socket.address()
    const isFree = await canListen(port)
    await new Promise<void>((resolve) => socket.close(resolve))
    if (isFree) return port
  }
}

function canListen(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/** Starts a command and waits for a line of its standard output that `ready` accepts. */
export function startServer(
  name: string,
  command: readonly string[],
  port: number,
  ready: (line: string) => number | boolean,
): Promise<BenchServer> {
  const child: ChildProcess = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
  return new Promise((resolve, reject) => {
    let text = ''
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)))
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      for (const line of text.split('\n').slice(0, -1)) {
        const found = ready(line)
        if (found === false) continue
        child.removeAllListeners('exit')
        resolve({ name, pid: child.pid!, port: found === true ? port : found, stop: () => child.kill('SIGTERM') })
      }
      text = text.slice(text.lastIndexOf('\n') + 1)
    })
  })
}

/** Starts a command and waits until it answers `question A` on 127.0.0.1:port. */
export async function startAnswering(
  name: string,
  command: readonly string[],
  port: number,
  question: string,
): Promise<BenchServer> {
  const child = spawn(command[0], command.slice(1), { stdio: 'ignore' })
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`${command.join(' ')} ended with ${code}`)))
  })
  failed.catch(() => {})
  try {
    await Promise.race([untilAnswered(port, question), failed])
  } catch (error) {
    child.kill('SIGTERM')
    throw error
  }
  return { name, pid: child.pid!, port, stop: () => child.kill('SIGTERM') }
}

/** The empty responder of responder.ts. */
export const emptyResponder = (): Promise<BenchServer> =>
  startServer('empty responder', [process.execPath, `${import.meta.dirname}/responder.ts`], 0, (line) =>
    line.startsWith('ready ') ? Number(line.slice(6)) : false,
  )

/** The empty responder of streamresponder.ts. `pem`: files of a certificate and its key. */
export const streamResponder = (name: string, kind: string, pem: readonly string[]): Promise<BenchServer> =>
  startServer(name, [process.execPath, `${import.meta.dirname}/streamresponder.ts`, kind, ...pem], 0, (line) =>
    line.startsWith('ready ') ? Number(line.slice(6)) : false,
  )

/** Files of a certificate for this machine, and of its key, in a folder. */
export function pemFiles(folder: string): readonly [cert: string, key: string] {
  const files = [`${folder}/cert.pem`, `${folder}/key.pem`] as const
  const { cert, key } = localCertificate(folder, ['localhost', '127.0.0.1'])
  writeFileSync(files[0], cert)
  writeFileSync(files[1], key)
  return files
}

/**
 * coredge with a Corefile that has `{port}` where the port belongs. `log`: a file for its standard output, where that is more
 * than a few lines: a pipe would not be read while the load runs. `options`: of Node.
 */
export async function coredge(
  name: string,
  corefile: string,
  log?: string,
  options: readonly string[] = [],
): Promise<BenchServer> {
  const port = await freePort()
  const file = `${mkdtempSync(`${tmpdir()}/coredge-bench-`)}/Corefile`
  writeFileSync(file, corefile.replaceAll('{port}', String(port)))
  const command = [process.execPath, ...options, `${import.meta.dirname}/../src/node.ts`, '-conf', file]
  const isReady = (line: string): boolean => line.includes(`127.0.0.1:${port}`)
  return log === undefined ? startServer(name, command, port, isReady) : startLogging(name, command, port, log, isReady)
}

async function startLogging(
  name: string,
  command: readonly string[],
  port: number,
  log: string,
  isReady: (line: string) => boolean,
): Promise<BenchServer> {
  const out = openSync(log, 'w')
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', out, 'inherit'] })
  closeSync(out)
  while (!readFileSync(log, 'utf8').split('\n').some(isReady)) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return { name, pid: child.pid!, port, stop: () => child.kill('SIGTERM') }
}

/** A server under load by dnsperf. `more`: further arguments for it, such as `-D` for the DO bit. */
export const byDnsperf = (
  server: BenchServer,
  queries: readonly string[],
  more: readonly string[] = [],
): Contestant => ({
  name: server.name,
  load: (seconds) => dnsperf(server.pid, server.port, queries, seconds, more),
  latencies: (perSecond, seconds) => dnsperfLatencies(server.port, queries, perSecond, seconds, more),
  stop: server.stop,
})
