import { once } from 'node:events'
import http2 from 'node:http2'
import net from 'node:net'
import tls from 'node:tls'
import { describe, expect, it } from 'vitest'
import type { ProxyPolicy, ProxyProtocol } from '../../src/capabilities.ts'
import { frame } from '../../src/dns/framing.ts'
import { listenHttps } from '../../src/transport/https.ts'
import type { Listener } from '../../src/transport/listener.ts'
import { listenTcp } from '../../src/transport/tcp.ts'
import { listenTls } from '../../src/transport/tls.ts'
import { listenUdp } from '../../src/transport/udp.ts'
import { closing, damaged, listening, StreamClient, seeded, UdpClient, wait } from './clients.ts'
import { ask, asked, fakeServer, lastPeer, outcome, tlsSettings } from './fake.ts'
import { binaryHeader } from './proxy.ts'

const proxy = (policy: ProxyPolicy, sessionLifetime = 0): ProxyProtocol => ({
  policyOf: () => policy,
  sessionLifetime,
  maxSessions: 10,
})
const options = (policy: ProxyPolicy, sessionLifetime = 0) => ({
  server: fakeServer(),
  address: '127.0.0.1',
  port: 0,
  limits: { readTimeout: 200, proxy: proxy(policy, sessionLifetime) },
})
const TEXT = Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.53 4711 53\r\n')
const BINARY = binaryHeader({ source: '2001:db8::1', destination: '::1', ports: [4711, 53], more: 9 })
const DATAGRAM = binaryHeader({ source: '192.0.2.1', destination: '192.0.2.53', ports: [4711, 53], kind: 'datagram' })
const QUERY = frame(ask('www.test A'))
const CLIENT = { address: '192.0.2.1', port: 4711, localAddress: '192.0.2.53', localPort: 53 }
const CLIENT6 = { address: '2001:db8::1', port: 4711, localAddress: '::1', localPort: 53 }

/** The outcome of a query behind these octets, and from where it seemed to come; `closed` where the server closes. */
async function overTcp({ port }: Listener, ...chunks: Uint8Array[]): Promise<string> {
  const before = asked.length
  const client = await StreamClient.connect(port)
  for (const chunk of chunks) {
    client.socket.write(chunk)
    await wait(1)
  }
  const [reply] = await client.until(1, 1000)
  if (!reply || asked.length === before) return client.socket.destroyed || client.ended ? 'closed' : 'nothing'
  return `${outcome(reply)} from ${lastPeer().address}`
}

describe('TCP', () => {
  it.each<[string, ProxyPolicy, Uint8Array[], string]>([
    ['version 1', 'use', [TEXT, QUERY], 'NOERROR www.test. 1 from 192.0.2.1'],
    ['version 2', 'use', [BINARY, QUERY], 'NOERROR www.test. 1 from 2001:db8::1'],
    ['all at once', 'use', [Buffer.concat([TEXT, QUERY])], 'NOERROR www.test. 1 from 192.0.2.1'],
    [
      'octet by octet',
      'use',
      [...BINARY, ...QUERY].map((octet) => Uint8Array.of(octet)),
      'NOERROR www.test. 1 from 2001:db8::1',
    ],
    ['no header', 'use', [QUERY], 'NOERROR www.test. 1 from 127.0.0.1'],
    ['LOCAL', 'use', [BINARY.with(12, 0x20), QUERY], 'NOERROR www.test. 1 from 127.0.0.1'],
    ['a header to ignore', 'ignore', [TEXT, QUERY], 'NOERROR www.test. 1 from 127.0.0.1'],
    ['a header to reject', 'reject', [TEXT, QUERY], 'closed'],
    ['nothing to reject', 'reject', [QUERY], 'NOERROR www.test. 1 from 127.0.0.1'],
    ['nothing to skip', 'skip', [QUERY], 'NOERROR www.test. 1 from 127.0.0.1'],
    ['a damaged header', 'use', [BINARY.with(13, 0xff), QUERY], 'closed'],
    ['half a header', 'use', [BINARY.subarray(0, 20)], 'closed'],
  ])('%s, %s', async (_, policy, chunks, expected) => {
    expect(await overTcp(listening(await listenTcp(options(policy))), ...chunks)).toBe(expected)
  })

  it('a client that ends its side behind the query gets its answer', async () => {
    const { port } = listening(await listenTcp(options('use')))
    const client = await StreamClient.connect(port)
    client.socket.end(Buffer.concat([TEXT, QUERY]))
    expect(outcome((await client.until(1))[0])).toBe('NOERROR www.test. 1')
  })

  it('survives anything', async () => {
    const listener = listening(await listenTcp(options('use')))
    const random = seeded(3)
    const connections = Array.from({ length: 200 }, async (_, i) => {
      const client = await StreamClient.connect(listener.port)
      client.socket.end(damaged(i % 2 ? TEXT : BINARY, random))
      await client.untilClosed()
    })
    await Promise.all(connections)
    expect(await overTcp(listener, TEXT, QUERY)).toBe('NOERROR www.test. 1 from 192.0.2.1')
  })
})

describe('TLS and HTTPS', () => {
  async function behind(port: number, header: Uint8Array): Promise<net.Socket> {
    const socket = net.connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(header)
    return socket
  }

  it('the header is in front of the handshake', async () => {
    const { port } = listening(await listenTls({ ...options('use'), tls: tlsSettings() }))
    const socket = tls.connect({ socket: await behind(port, BINARY), rejectUnauthorized: false })
    const client = closing(new StreamClient(socket))
    socket.write(QUERY)
    expect(outcome((await client.until(1))[0])).toBe('NOERROR www.test. 1')
    expect(lastPeer()).toEqual({ transport: 'tls', ...CLIENT6 })
  })

  it('without TLS it is in front of HTTP', async () => {
    const { port } = listening(await listenHttps(options('use')))
    const socket = await behind(port, TEXT)
    const path = `/dns-query?dns=${Buffer.from(ask('www.test A')).toString('base64url')}`
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
    const [answer] = await once(socket, 'data')
    socket.destroy()
    expect(answer.toString('latin1')).toMatch(/^HTTP\/1\.1 200 /)
    expect(lastPeer()).toEqual({ transport: 'https', ...CLIENT })
  })

  it.each(['http', 'https'])('HTTP/2 by %s', async (scheme) => {
    const secure = scheme === 'https' ? { tls: tlsSettings() } : {}
    const { port } = listening(await listenHttps({ ...options('use'), ...secure }))
    const raw = await behind(port, TEXT)
    const createConnection = (): net.Socket =>
      scheme === 'https' ? tls.connect({ socket: raw, rejectUnauthorized: false, ALPNProtocols: ['h2'] }) : raw
    const session = http2.connect(`${scheme}://127.0.0.1:${port}`, { createConnection })
    const path = `/dns-query?dns=${Buffer.from(ask('www.test A')).toString('base64url')}`
    const [headers] = await once(session.request({ ':path': path }), 'response')
    session.destroy()
    expect(headers[':status']).toBe(200)
    expect(lastPeer()).toEqual({ transport: 'https', ...CLIENT })
  })
})

describe('UDP', () => {
  const QUESTION = ask('www.test A')
  const joined = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

  async function overUdp(policy: ProxyPolicy, message: Uint8Array, lifetime = 0): Promise<string> {
    const client = closing(new UdpClient(listening(await listenUdp(options(policy, lifetime)))))
    const reply = await client.ask(message, 200)
    return reply ? `${outcome(reply)} from ${lastPeer().address} ${lastPeer().port === 4711}` : 'nothing'
  }

  it.each<[string, ProxyPolicy, Uint8Array, string]>([
    ['a header', 'use', joined(DATAGRAM, QUESTION), 'NOERROR www.test. 1 from 192.0.2.1 true'],
    ['no header', 'use', QUESTION, 'NOERROR www.test. 1 from 127.0.0.1 false'],
    ['LOCAL', 'use', joined(DATAGRAM.with(12, 0x20), QUESTION), 'NOERROR www.test. 1 from 127.0.0.1 false'],
    ['a header to ignore', 'ignore', joined(DATAGRAM, QUESTION), 'NOERROR www.test. 1 from 127.0.0.1 false'],
    ['a header to reject', 'reject', joined(DATAGRAM, QUESTION), 'nothing'],
    ['nothing to reject', 'reject', QUESTION, 'NOERROR www.test. 1 from 127.0.0.1 false'],
    ['a header for a connection', 'use', joined(BINARY, QUESTION), 'nothing'],
    ['version 1', 'use', joined(TEXT, QUESTION), 'nothing'],
    ['a damaged header', 'use', joined(DATAGRAM.with(15, 200), QUESTION), 'nothing'],
    ['a header alone', 'use', DATAGRAM, 'nothing'],
  ])('%s, %s', async (_, policy, message, expected) => {
    expect(await overUdp(policy, message)).toBe(expected)
  })

  it('a header holds for the datagrams after it', async () => {
    const client = closing(new UdpClient(listening(await listenUdp(options('use', 150)))))
    await client.send(DATAGRAM)
    expect(outcome(await client.ask(QUESTION))).toBe('NOERROR www.test. 1')
    expect(lastPeer().address).toBe('192.0.2.1')
    await wait(250)
    await client.ask(QUESTION)
    expect(lastPeer().address).toBe('127.0.0.1')
  })

  it('goes with shed', async () => {
    const listener = listening(await listenUdp(options('use')))
    listener.update({ limits: { shed: 100, proxy: proxy('use', 1000) } })
    const client = closing(new UdpClient(listener))
    await client.send(DATAGRAM)
    expect(outcome(await client.ask(QUESTION))).toBe('NOERROR www.test. 1')
    expect(lastPeer()).toMatchObject({ address: '192.0.2.1', port: 4711 })
  })

  it('survives anything', async () => {
    const client = closing(new UdpClient(listening(await listenUdp(options('use', 1000)))))
    const random = seeded(5)
    for (let i = 0; i < 500; i++) await client.send(damaged(joined(DATAGRAM, QUESTION), random))
    expect(outcome(await client.ask(joined(DATAGRAM, QUESTION)))).toBeDefined()
  })
})
