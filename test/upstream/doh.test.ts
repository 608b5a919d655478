import { createSecureServer, type Http2SecureServer, type ServerHttp2Stream } from 'node:http2'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CLASS, FLAG, TYPE } from '../../src/dns/constants.ts'
import { readMessage, writeMessage } from '../../src/dns/message.ts'
import { parseName } from '../../src/dns/name.ts'
import { parseRecords, recordTexts } from '../../src/dns/presentation.ts'
import { parseUpstream } from '../../src/upstream/address.ts'
import { exchange } from '../../src/upstream/exchange.ts'
import { Upstream, type UpstreamOptions } from '../../src/upstream/upstream.ts'
import { NetRuntime } from './netruntime.ts'
import { pem, serverTls } from './scripted.ts'

/** The server's certificate is signed by itself. */
const ca = pem('server.cert')
const MEDIA = 'application/dns-message'
const question = {
  name: parseName('www.example.org'),
  type: TYPE.A,
  class: CLASS.IN,
  flags: FLAG.RD,
  dnssecOk: false,
  options: [],
}

interface Seen {
  readonly method: string
  readonly path: string
  readonly authority: string
  readonly id: number
}

type Answer = (wire: Uint8Array) => { status?: number; headers?: Record<string, string>; body: Uint8Array | string }

function answerTo(wire: Uint8Array, records = 'www.example.org. 60 IN A 192.0.2.1'): Uint8Array {
  const query = readMessage(wire)
  const answer = parseRecords(records)
  return writeMessage({ ...query, flags: FLAG.QR | FLAG.RD | FLAG.RA, answer, authority: [], additional: [] })
}

const plain: Answer = (wire) => ({ body: answerTo(wire) })

/** An HTTP/2 server on loopback, what it was asked, and how many sessions there were. */
async function dohServer(
  answer: Answer,
): Promise<{ port: number; seen: Seen[]; sessions: () => number; server: Http2SecureServer }> {
  const seen: Seen[] = []
  let sessions = 0
  const server = createSecureServer(serverTls())
  const open = new Set<{ destroy(): void }>()
  server.on('session', (session) => {
    sessions++
    open.add(session)
  })
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => {})
    const parts: Buffer[] = []
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.on('end', () => {
      const path = String(headers[':path'])
      const wire = new Uint8Array(
        headers[':method'] === 'GET' ? Buffer.from(path.split('dns=')[1], 'base64url') : Buffer.concat(parts),
      )
      seen.push({
        method: String(headers[':method']),
        path: path.replace(/dns=.*/, 'dns='),
        authority: String(headers[':authority']),
        id: (wire[0] << 8) | wire[1],
      })
      const { status = 200, headers: fields = {}, body } = answer(wire)
      stream.respond({ ':status': status, 'content-type': MEDIA, ...fields })
      stream.end(body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const session of open) session.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, seen, sessions: () => sessions, server }
}

function upstreamAt(address: string, options: UpstreamOptions = { tls: { ca } }): Upstream {
  const parsed = parseUpstream(address)
  if (typeof parsed === 'string') throw new Error(parsed)
  const upstream = new Upstream(parsed, new NetRuntime(), options)
  onTestFinished(() => upstream.close())
  return upstream
}

async function ask(upstream: Upstream): Promise<string[]> {
  const { answer } = await exchange(upstream, question, { timeout: 2000 })
  return answer.flatMap(recordTexts)
}

const A = ['www.example.org. 60 IN A 192.0.2.1']

describe('https://', () => {
  it('posts over one session, with id 0', async () => {
    const { port, seen, sessions } = await dohServer(plain)
    const upstream = upstreamAt(`https://127.0.0.1:${port}`)
    expect(await Promise.all([ask(upstream), ask(upstream), ask(upstream)])).toEqual([A, A, A])
    expect(sessions()).toBe(1)
    expect(seen[0]).toEqual({ method: 'POST', path: '/dns-query', authority: `127.0.0.1:${port}`, id: 0 })
  })

  it('gets', async () => {
    const { port, seen } = await dohServer(plain)
    const upstream = upstreamAt(`https://127.0.0.1:${port}/my/path`, { tls: { ca }, dohMethod: 'GET' })
    expect(await ask(upstream)).toEqual(A)
    expect(seen[0]).toMatchObject({ method: 'GET', path: '/my/path?dns=' })
  })

  it('names the server by its name, and verifies that', async () => {
    const { port, seen } = await dohServer(plain)
    expect(await ask(upstreamAt(`https://127.0.0.1:${port}`, { tls: { ca, serverName: 'localhost' } }))).toEqual(A)
    expect(seen[0].authority).toBe(`localhost:${port}`)
    await expect(
      ask(upstreamAt(`https://127.0.0.1:${port}`, { tls: { ca, serverName: 'dns.example' } })),
    ).rejects.toThrow(/dns\.example/)
    await expect(ask(upstreamAt(`https://127.0.0.1:${port}`, {}))).rejects.toThrow(/certificate/)
  })

  it('takes 60 KB', async () => {
    const strings = Array.from(
      { length: 240 },
      (_, i) => `www.example.org. 60 IN TXT "${String(i).padStart(240, 'x')}"`,
    )
    const { port } = await dohServer((wire) => ({ body: answerTo(wire, strings.join('\n')) }))
    expect(await ask(upstreamAt(`https://127.0.0.1:${port}`))).toEqual(strings)
  })

  it('counts the time in HTTP caches against the TTLs', async () => {
    const { port } = await dohServer((wire) => ({ body: answerTo(wire), headers: { age: '25' } }))
    expect(await ask(upstreamAt(`https://127.0.0.1:${port}`))).toEqual(['www.example.org. 35 IN A 192.0.2.1'])
  })

  const bad: [what: string, answer: Answer, error: RegExp][] = [
    ['a status', (wire) => ({ status: 503, body: answerTo(wire) }), /HTTP status 503/],
    ['a content type', (wire) => ({ headers: { 'content-type': 'text/html' }, body: answerTo(wire) }), /text\/html/],
    ['no message', () => ({ body: '<html>' }), /bad answer/],
    ['nothing', () => ({ body: '' }), /bad answer/],
    ['too much', () => ({ body: new Uint8Array(70_000) }), /longer than 65535/],
  ]
  it.each(bad)('fails on %s', async (_, answer, error) => {
    const { port } = await dohServer(answer)
    await expect(ask(upstreamAt(`https://127.0.0.1:${port}`))).rejects.toThrow(error)
  })

  it('opens a new session when the old one is gone', async () => {
    const { port, sessions, server } = await dohServer(plain)
    const upstream = upstreamAt(`https://127.0.0.1:${port}`)
    server.once('session', (session) => setTimeout(() => session.destroy(), 50))
    await ask(upstream)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await ask(upstream)).toEqual(A)
    expect(sessions()).toBe(2)
  })

  it('loses nothing when a server says GOAWAY, as many do after so many requests', async () => {
    const { port, sessions, server } = await dohServer(plain)
    let streams = 0
    server.on('stream', ({ session }: ServerHttp2Stream) => {
      if (++streams % 20 === 0) session?.close()
    })
    const upstream = upstreamAt(`https://127.0.0.1:${port}`)
    for (let i = 0; i < 20; i++)
      expect(await Promise.all([ask(upstream), ask(upstream), ask(upstream)])).toEqual([A, A, A])
    expect(sessions()).toBeGreaterThan(2)
    expect(sessions()).toBeLessThan(8)
  })

  it('uses no session for longer than max_age', async () => {
    const { port, sessions } = await dohServer(plain)
    const upstream = upstreamAt(`https://127.0.0.1:${port}`, { tls: { ca }, maxAge: 100 })
    expect([await ask(upstream), await ask(upstream)]).toEqual([A, A])
    expect(sessions()).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(await ask(upstream)).toEqual(A)
    expect(sessions()).toBe(2)
  })

  it('RFC 8467 §4.1: sends queries whose size tells nothing', async () => {
    const sizes = new Set<number>()
    const { port } = await dohServer((wire) => {
      sizes.add(wire.length)
      return { body: answerTo(wire) }
    })
    const upstream = upstreamAt(`https://127.0.0.1:${port}`)
    for (const name of ['a.example', 'www.example.org', `${'x'.repeat(60)}.example`, `${'x.'.repeat(50)}example`])
      await exchange(upstream, { ...question, name: parseName(name) }, { timeout: 2000 })
    expect([...sizes]).toEqual([128, 256])
  })

  it('tries again after a connection that failed', async () => {
    const { port, server } = await dohServer(plain)
    const upstream = upstreamAt(`https://127.0.0.1:${port}`)
    await new Promise((resolve) => server.close(resolve))
    await expect(ask(upstream)).rejects.toThrow(/connection refused$/)
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    expect(await ask(upstream)).toEqual(A)
  })

  it('speaks HTTP/1.1 to a server that has nothing else', async () => {
    const server = createServer(serverTls(), (request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        response.writeHead(200, { 'content-type': MEDIA })
        response.end(answerTo(new Uint8Array(Buffer.concat(parts))))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const upstream = upstreamAt(`https://127.0.0.1:${(server.address() as AddressInfo).port}`)
    expect(await ask(upstream)).toEqual(A)
    expect(await ask(upstream)).toEqual(A)
  })

  it('does not wait for ever', async () => {
    const { port } = await dohServer(plain)
    const upstream = upstreamAt(`https://127.0.0.1:${port}`)
    await ask(upstream)
    const stuck = await dohServer(() => {
      throw new Error('unreachable')
    })
    stuck.server.removeAllListeners('stream')
    await expect(exchange(upstreamAt(`https://127.0.0.1:${stuck.port}`), question, { timeout: 150 })).rejects.toThrow(
      'timed out',
    )
  })
})
