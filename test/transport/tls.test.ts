import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls, { type ConnectionOptions } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { frame } from '../../src/dns/framing.ts'
import type { Listener } from '../../src/transport/listener.ts'
import { listenTls, type TlsOptions } from '../../src/transport/tls.ts'
import { hasTool } from '../e2e/tools.ts'
import { closing, damaged, listening, run, StreamClient, seeded, until, wait } from './clients.ts'
import { ask, caCert, fakeServer, identity, lastPeer, outcome, asked as queries, tlsSettings } from './fake.ts'

async function listen(options: Partial<TlsOptions> = {}): Promise<Listener> {
  const required = { server: fakeServer(), address: '127.0.0.1', port: 0, tls: tlsSettings() }
  return listening(await listenTls({ ...required, ...options }))
}

function connect({ port }: Listener, options: ConnectionOptions = {}): StreamClient {
  return closing(new StreamClient(tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })))
}

/** The outcome of one query; undefined where the connection is closed instead. */
async function asked(listener: Listener, options: ConnectionOptions = {}): Promise<string | undefined> {
  const client = connect(listener, options)
  client.socket.write(frame(ask('www.test A')))
  const [reply] = await client.until(1)
  client.close()
  return outcome(reply)
}

describe('a connection', () => {
  it('answers queries, out of order', async () => {
    const listener = await listen()
    const client = connect(listener, { ALPNProtocols: ['dot'], ca: identity('server').cert, rejectUnauthorized: true })
    client.socket.write(Buffer.concat([frame(ask('slow-50.test A', 1)), frame(ask('www.test A', 2))]))
    expect((await client.until(2)).map((message) => message[1])).toEqual([2, 1])
    expect((client.socket as tls.TLSSocket).alpnProtocol).toBe('dot')
    expect(lastPeer()).toMatchObject({ transport: 'tls', address: '127.0.0.1', localPort: listener.port })
  })

  it.each<[string, ConnectionOptions, string | undefined]>([
    ['without ALPN', {}, 'NOERROR www.test. 1'],
    ['with ALPN dot among others', { ALPNProtocols: ['h2', 'dot'] }, 'NOERROR www.test. 1'],
    ['with other ALPN', { ALPNProtocols: ['h2'] }, undefined],
    ['TLS 1.3', { minVersion: 'TLSv1.3' }, 'NOERROR www.test. 1'],
    ['TLS 1.2', { maxVersion: 'TLSv1.2' }, 'NOERROR www.test. 1'],
    ['TLS 1.1', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' }, undefined],
  ])('%s', async (_, options, expected) => {
    expect(await asked(await listen(), options)).toBe(expected)
  })

  it('is closed where no handshake comes', async () => {
    const listener = await listen({ limits: { readTimeout: 100 } })
    const client = await StreamClient.connect(listener.port)
    expect(await client.untilClosed()).toBeLessThan(1000)
  })

  it('is closed where a handshake trickles in', async () => {
    const listener = await listen({ limits: { readTimeout: 150 } })
    const client = await StreamClient.connect(listener.port)
    let isClosed = false
    void client.untilClosed().then(() => {
      isClosed = true
    })
    for (const octet of Uint8Array.of(22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, ...Array(30).fill(1))) {
      if (isClosed) break
      client.socket.write(Uint8Array.of(octet))
      await wait(25)
    }
    expect(isClosed).toBe(true)
  })

  it('is closed where plain DNS comes', async () => {
    const client = await StreamClient.connect((await listen()).port)
    client.socket.write(frame(ask('www.test A')))
    expect(await client.untilClosed()).toBeLessThan(1000)
  })

  it('counts from its acceptance', async () => {
    const listener = await listen({ limits: { maxConnections: 2 } })
    const shaking = await StreamClient.connect(listener.port)
    await wait(5)
    expect(await asked(listener)).toBe('NOERROR www.test. 1')
    const others = [connect(listener), connect(listener)]
    for (const other of others) other.socket.write(frame(ask('www.test A')))
    for (const other of others) expect(await other.until(1)).toHaveLength(1)
    expect(shaking.ended).toBe(true) // it was idle for longest
  })
})

describe('client certificates', () => {
  const none = {}
  const known = identity('client')
  const unknown = identity('stranger')
  it.each<[TlsOptions['tls']['clientAuth'], boolean, boolean, boolean]>([
    // none, known, unknown
    ['nocert', true, true, true],
    ['request', true, true, true],
    ['require', false, true, true],
    ['verify_if_given', true, true, false],
    ['require_and_verify', false, true, false],
  ])('%s', async (clientAuth, ...admitted) => {
    const listener = await listen({ tls: tlsSettings({ clientAuth, ca: caCert }) })
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const outcomes = [none, known, unknown].map((own) => asked(listener, { ...own, maxVersion }))
      expect((await Promise.all(outcomes)).map((text) => text !== undefined)).toEqual(admitted)
    }
  })
})

describe('settings', () => {
  const subject = async (listener: Listener): Promise<unknown> => {
    const { socket } = connect(listener)
    await once(socket, 'secureConnect')
    return (socket as tls.TLSSocket).getPeerCertificate().subject.CN
  }

  it('change for new connections, and old ones go on', async () => {
    const listener = await listen()
    const old = connect(listener)
    await once(old.socket, 'secureConnect')
    listener.update({ tls: tlsSettings(identity('second')) })
    expect(await subject(listener)).toBe('second.test')
    old.socket.write(frame(ask('www.test A')))
    expect(outcome((await old.until(1))[0])).toBe('NOERROR www.test. 1')
  })

  it('that are no good change nothing', async () => {
    const listener = await listen()
    expect(() => listener.update({ tls: tlsSettings({ key: identity('second').key }) })).toThrow()
    expect(() => listener.update({ tls: tlsSettings({ cert: 'rubbish' }) })).toThrow()
    expect(await subject(listener)).toBe('localhost')
  })

  it('that are no good open nothing', async () => {
    await expect(listen({ tls: tlsSettings({ key: 'rubbish' }) })).rejects.toThrow()
  })

  it('let session keys be written', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coredge-'))
    const keylog = join(folder, 'keys.log')
    const listener = await listen({ tls: tlsSettings({ keylog }) })
    expect(await asked(listener)).toBeDefined()
    await listener.close(0)
    await wait(50)
    expect(readFileSync(keylog, 'utf8')).toMatch(/^SERVER_HANDSHAKE_TRAFFIC_SECRET [0-9a-f]{64} [0-9a-f]+$/m)
    expect(statSync(keylog).mode & 0o777).toBe(0o600)
    rmSync(folder, { recursive: true })
  })

  it('say where session keys cannot be written', async () => {
    const warnings: string[] = []
    const tls = tlsSettings({ keylog: '/nowhere/keys.log' })
    const listener = await listen({ tls, warn: (line) => warnings.push(line) })
    expect(await asked(listener)).toBeDefined()
    await wait(50)
    expect(warnings[0]).toMatch(/^tls: cannot write session keys: ENOENT/)
  })
})

it('close answers what is in flight, and waits for no handshake', async () => {
  const listener = await listen()
  await StreamClient.connect(listener.port)
  const client = connect(listener)
  queries.length = 0
  client.socket.write(frame(ask('slow-150.test A')))
  await until(() => queries.length === 1)
  const start = performance.now()
  await listener.close()
  expect(performance.now() - start).toBeLessThan(1000)
  expect(client.messages.map(outcome)).toEqual(['NOERROR slow-150.test. 1'])
})

it('damaged handshakes and connections that break do not end the process', async () => {
  const listener = await listen()
  const random = seeded(3)
  const hello = await clientHello()
  for (let i = 0; i < 300; i++) {
    const socket = net.connect(listener.port, '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write(damaged(hello, random))
    if (random() < 0.5) await wait(1)
    if (random() < 0.3) socket.resetAndDestroy()
    else socket.destroy()
  }
  expect(await asked(listener)).toBe('NOERROR www.test. 1')
})

/** The first octets of a TLS connection. */
async function clientHello(): Promise<Uint8Array> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = tls.connect({ port: (server.address() as net.AddressInfo).port, host: '127.0.0.1' })
  client.on('error', () => {})
  const [socket] = (await once(server, 'connection')) as [net.Socket]
  const [chunk] = (await once(socket, 'data')) as [Uint8Array]
  socket.destroy()
  server.close()
  return chunk
}

it('answers at close those who are connected but not let in yet', async () => {
  const listener = await listen()
  const client = connect(listener)
  client.socket.write(frame(ask('www.test A')))
  // Connected by the system, in a turn in which nobody can take the connection.
  for (const end = Date.now() + 50; Date.now() < end; );
  const closed = listener.close()
  expect(outcome((await client.until(1))[0])).toBe('NOERROR www.test. 1')
  client.socket.end()
  await closed
})

describe.skipIf(!hasTool('kdig'))('kdig +tls', () => {
  it.each(['www.test', 'slow-20.test'])('%s', async (name) => {
    const { port } = await listen()
    const words = ['@127.0.0.1', '-p', `${port}`, '+tls', '+noall', '+answer', name]
    expect((await run('kdig', ...words)).trim().split(/\s+/).join(' ')).toBe(`${name}. 300 IN A 192.0.2.1`)
  })
})
