import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http2 from 'node:http2'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'

/** One way to reach a running coredge. */
export interface Way {
  /** Sends a message and gives the reply; undefined where nothing comes back, or a HTTP status other than 200. */
  ask(message: Uint8Array): Promise<Uint8Array | number | undefined>
  close(): Promise<void>
}

const root = join(import.meta.dirname, '../..')
const SITE = join(import.meta.dirname, 'site')
const SILENCE_MS = 400

/** The site's Corefile for one transport, in a folder of its own with zones and certificate. */
export function siteFor(scheme: 'dns' | 'tls' | 'https'): { folder: string; corefile: string } {
  const folder = mkdtempSync(join(tmpdir(), 'coredge-e2e-'))
  execFileSync('cp', ['-r', join(SITE, 'zones'), folder])
  const text = readFileSync(join(SITE, 'Corefile'), 'utf8')
  const corefile = join(folder, 'Corefile')
  writeFileSync(corefile, scheme === 'dns' ? text : withScheme(text, scheme, makeCertificate(folder)))
  return { folder, corefile }
}

function withScheme(text: string, scheme: string, { cert, key }: { cert: string; key: string }): string {
  return text
    .replaceAll(/^[a-z0-9][^{\n]*(?= \{$)/gm, (keys) =>
      keys.replaceAll(/\S+/g, (zone) => `${scheme}://${zone}:{$PORT}`),
    )
    .replace('bind 127.0.0.1', `bind 127.0.0.1\n    tls ${cert} ${key}`)
}

export function makeCertificate(folder: string): { cert: string; key: string } {
  const cert = join(folder, 'cert.pem')
  const key = join(folder, 'key.pem')
  const words = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost'
  const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', key, '-out', cert]
  execFileSync('openssl', [...words.split(' '), ...names], { stdio: 'ignore' })
  return { cert, key }
}

/** A port that is free for UDP and TCP. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = net.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as net.AddressInfo
    const socket = createSocket('udp4')
    const isFree = await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false))
      socket.bind(port, '127.0.0.1', () => resolve(true))
    })
    socket.close()
    server.close()
    await once(server, 'close')
    if (isFree) return port
  }
}

/** A coredge process on 127.0.0.1:port, started from the command line. */
export async function startCoredge(
  args: readonly string[],
  port: number,
  options: { env?: Record<string, string>; cwd?: string; entry?: string } = {},
): Promise<{ child: ChildProcess; output: () => string; stop: () => Promise<number | null> }> {
  const child = spawn(process.execPath, [options.entry ?? join(root, 'src/node.ts'), ...args], {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let exited = false
  const collect = (chunk: Buffer): void => {
    output += chunk
  }
  child.stdout!.on('data', collect)
  child.stderr!.on('data', collect)
  child.once('exit', () => {
    exited = true
  })
  for (const end = Date.now() + 60_000; !output.includes(`127.0.0.1:${port}`); ) {
    if (exited || Date.now() > end) throw new Error(`coredge did not start:\n${output}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const stop = async (): Promise<number | null> => {
    if (!exited) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    return child.exitCode
  }
  return { child, output: () => output, stop }
}

export async function node(scheme: 'dns' | 'tls' | 'https', connect: (port: number) => Promise<Way>): Promise<Way> {
  const { folder, corefile } = siteFor(scheme)
  const port = await freePort()
  const server = await startCoredge(['-conf', corefile, '-p', String(port)], port, { cwd: folder })
  const way = await connect(port)
  return {
    ask: way.ask,
    close: async () => {
      await way.close()
      await server.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

export async function udp(port: number): Promise<Way> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const ask = (message: Uint8Array): Promise<Uint8Array | undefined> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), SILENCE_MS)
      socket.once('message', (reply) => {
        clearTimeout(timer)
        resolve(reply)
      })
      socket.send(message, port, '127.0.0.1')
    })
  return { ask, close: async () => void socket.close() }
}

const framed = (message: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message])

/** One connection per message: what comes before the other side closes, or the first whole reply. */
export function overStream(connect: () => net.Socket): Way {
  const ask = (message: Uint8Array): Promise<Uint8Array | undefined> =>
    new Promise((resolve) => {
      const socket = connect()
      let received = Buffer.alloc(0)
      const finish = (reply?: Uint8Array): void => {
        clearTimeout(timer)
        socket.destroy()
        resolve(reply)
      }
      const timer = setTimeout(finish, 5000)
      socket.on('data', (chunk: Buffer) => {
        received = Buffer.concat([received, chunk])
        if (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) finish(received.subarray(2))
      })
      socket.on('error', () => finish())
      socket.on('close', () => finish())
      socket.write(framed(message))
    })
  return { ask, close: async () => {} }
}

export const tcp = async (port: number): Promise<Way> => overStream(() => net.connect(port, '127.0.0.1'))

export const dot = async (port: number): Promise<Way> =>
  overStream(() => tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['dot'] }))

/** DoH by POST over one HTTP/2 session. */
export async function doh(port: number): Promise<Way> {
  const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
  await once(session, 'connect')
  const ask = async (message: Uint8Array): Promise<Uint8Array | number> => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/dns-query',
      'content-type': 'application/dns-message',
      'content-length': String(message.length),
    })
    stream.end(message)
    const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders]
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk)
    const status = Number(headers[':status'])
    return status === 200 ? Buffer.concat(chunks) : status
  }
  return {
    ask,
    close: async () => {
      session.close()
      await once(session, 'close')
    },
  }
}
