import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { describe, expect, it, onTestFinished, test, vi } from 'vitest'
import { readMessage } from '../../src/dns/message.ts'
import { nameText } from '../../src/dns/name.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { FrameQueue } from '../../src/plugins/dnstap/queue.ts'
import { StreamListeners } from '../../src/runtime/node-listen.ts'
import { connect, datagram, SocketConnection } from '../../src/runtime/node-net.ts'
import { connectBy, type WorkerConnect } from '../../src/runtime/workers-net.ts'
import { TestCollector } from './dnstapcollector.ts'
import { faults, type RigOptions, rig } from './rig.ts'

const FIXTURES = join(import.meta.dirname, '../transport/fixtures')
const fixture = (name: string): string => readFileSync(join(FIXTURES, name), 'utf8')

const ANSWER = `template IN A example.org {
    answer "{{ .Name }} 60 IN A 192.0.2.1"
}`

const real: RigOptions = { connect, datagram }

const tapped = (directives: string, options: RigOptions = {}) =>
  rig(`. {\n${directives}\n${ANSWER}\n}`, { ...real, ...options })

describe('messages', () => {
  it('of a query and its reply, with the messages where full is asked for', async () => {
    const collector = await TestCollector.start()
    const before = Date.now()
    const { answer, stop } = await tapped(`dnstap tcp://127.0.0.1:${collector.port} full {
      identity ns1
      version 9.9
    }`)
    const { wire } = await answer('www.example.org A', { id: 4711 })
    await stop()
    expect(collector.kinds).toEqual(['CLIENT_QUERY UDP', 'CLIENT_RESPONSE UDP'])
    const [query, response] = collector.records
    const common = {
      identity: 'ns1',
      version: '9.9',
      queryAddress: '192.0.2.7',
      queryPort: 4711,
      responsePort: 1053,
      responseAddress: '127.0.0.1',
    }
    expect(query).toMatchObject(common)
    expect(response).toMatchObject({ ...common, queryTime: query.queryTime, responseMessage: wire })
    expect(query.queryTime).toBeGreaterThan(before - 5)
    expect(response.responseTime).toBeGreaterThanOrEqual(query.queryTime!)
    expect(response.responseTime).toBeLessThan(Date.now() + 5)
    const asked = readMessage(query.queryMessage!)
    expect([asked.id, nameText(asked.question!.name)]).toEqual([4711, 'www.example.org.'])
    expect(readMessage(wire).answer.flatMap(recordTexts)).toEqual(['www.example.org. 60 IN A 192.0.2.1'])
    expect(collector.ends).toEqual([undefined])
  })

  it('without DNS messages where full is not, under the names of host and program', async () => {
    const collector = await TestCollector.start()
    const { answer, stop } = await tapped(`dnstap tcp://127.0.0.1:${collector.port}`, { hostname: 'ns.example' })
    await answer('www.example.org A', { peer: { transport: 'tls', address: '2001:db8::7', localAddress: '::1' } })
    await stop()
    expect(collector.kinds).toEqual(['CLIENT_QUERY DOT', 'CLIENT_RESPONSE DOT'])
    for (const record of collector.records) {
      expect(record).toMatchObject({ identity: 'ns.example', queryAddress: '2001:db8::7', responseAddress: '::1' })
      expect(record.version).toMatch(/^coredge-\d/)
      expect([record.queryMessage, record.responseMessage, record.extra]).toEqual([undefined, undefined, undefined])
    }
  })

  it('of a query for which no plugin was asked, and of one that was dropped', async () => {
    const collector = await TestCollector.start()
    const { ask, stop } = await rig(
      `. {\ndnstap tcp://127.0.0.1:${collector.port} full\nacl {\n drop type TXT\n}\nwhoami\n}`,
      real,
    )
    // Type 0 comes to no plugin.
    await ask('www.example.org TYPE0')
    expect(await ask('www.example.org TXT')).toBe(undefined)
    await stop()
    expect(collector.kinds).toEqual(['CLIENT_QUERY UDP', 'CLIENT_RESPONSE UDP', 'CLIENT_QUERY UDP'])
  })

  it('of what forward asks and gets, and from whom', async () => {
    const collector = await TestCollector.start()
    const upstream = await TestUpstream.start()
    const { answer, stop } = await rig(
      `. {
        metadata
        dnstap tcp://127.0.0.1:${collector.port} full {
          extra "{type} {rcode} {/forward/upstream}"
        }
        forward . 127.0.0.1:${upstream.port}
      }`,
      real,
    )
    const { message } = await answer('www.example.org AAAA', { peer: { transport: 'tcp' }, do: true })
    await stop()
    expect(collector.records.map(({ type, protocol, extra }) => `${type} ${protocol} ${extra}`)).toEqual([
      'CLIENT_QUERY TCP AAAA - -',
      `FORWARDER_QUERY TCP AAAA - 127.0.0.1:${upstream.port}`,
      `FORWARDER_RESPONSE TCP AAAA - 127.0.0.1:${upstream.port}`,
      `CLIENT_RESPONSE TCP AAAA NOERROR 127.0.0.1:${upstream.port}`,
    ])
    const [, asked, answered] = collector.records
    expect(asked).toMatchObject({ responseAddress: '127.0.0.1', responsePort: upstream.port })
    expect(Buffer.from(asked.queryMessage!)).toEqual(Buffer.from(upstream.queries[0]))
    expect(readMessage(answered.responseMessage!).id).toBe(readMessage(asked.queryMessage!).id)
    expect(answered).toMatchObject({ queryAddress: '127.0.0.1', responseAddress: '127.0.0.1' })
    expect(answered.queryPort).toBeGreaterThan(1023)
    expect(answered.queryTime).toBeCloseTo(asked.queryTime!, 0)
    expect(answered.responseTime).toBeGreaterThanOrEqual(asked.queryTime!)
    expect(message.answer).toEqual([])
  })
})

describe('collectors', () => {
  it('several of a block get the same, each in its own form', async () => {
    const [one, other] = [await TestCollector.start(), await TestCollector.start()]
    const { answer, stop } = await tapped(`dnstap tcp://127.0.0.1:${one.port} full
      dnstap tcp://127.0.0.1:${other.port} {
        identity other
      }`)
    await answer('www.example.org A')
    await stop()
    expect(one.kinds).toEqual(other.kinds)
    expect(one.records[0].queryMessage).toBeDefined()
    expect([other.records[0].queryMessage, other.records[0].identity]).toEqual([undefined, 'other'])
  })

  it('get within a tenth of a second what waits, and more when they come late or again', async () => {
    const { port } = await reserved()
    const { answer, runtime } = await tapped(`dnstap tcp://127.0.0.1:${port}`)
    await answer('early.example.org A')
    await vi.waitFor(() => expect(runtime.logged.join()).toContain('no connection to tcp://127.0.0.1'), 5000)
    const first = await TestCollector.start(port)
    await vi.waitFor(() => expect(first.records).toHaveLength(2), 10_000)
    await first.stop()
    await vi.waitFor(() => expect(runtime.logged.filter((line) => /no connection/.test(line))).toHaveLength(2), 5000)
    await answer('late.example.org A')
    const second = await TestCollector.start(port)
    await vi.waitFor(() => expect(second.records).toHaveLength(2), 10_000)
    expect(runtime.logged.filter((line) => /connected to .* again/.test(line))).toHaveLength(2)
  })

  it.each([
    ['speak something else', (socket: net.Socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'), 'no dnstap'],
    [
      'take something else',
      (socket: net.Socket) =>
        socket.write(Buffer.from('00000000 0000000d 00000001 00000001 00000001 78'.replaceAll(' ', ''), 'hex')),
      'takes x, not protobuf:dnstap.Dnstap',
    ],
    ['hang up', (socket: net.Socket) => socket.end(), 'connection closed'],
  ])('that %s are told of, and DNS goes on', async (_, act, message) => {
    const server = net.createServer((socket) => act(socket.on('error', () => {}))).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as net.AddressInfo
    const { answer, runtime } = await tapped(`dnstap tcp://127.0.0.1:${port} full`)
    await vi.waitFor(() => expect(runtime.logged.join('\n')).toContain(message), 5000)
    expect((await answer('www.example.org A')).rcode).toBe('NOERROR')
    expect(runtime.logged.join('\n')).toContain(`[WARNING] plugin/dnstap: no connection to tcp://127.0.0.1:${port}:`)
  })

  it('that never read cost a fixed amount of memory: the rest is dropped and counted', async () => {
    // Accepts, and reads nothing more.
    const sockets: net.Socket[] = []
    const server = net.createServer((socket) => {
      sockets.push(socket)
      socket.once('data', () => {
        socket.write(Buffer.from('00000000 00000004 00000001'.replaceAll(' ', ''), 'hex'))
        socket.pause()
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    const { port } = server.address() as net.AddressInfo
    const { instance, runtime, answer } = await tapped(`dnstap tcp://127.0.0.1:${port} full`)
    const { message } = await answer('www.example.org A')
    const [{ server: dns }] = instance.listeners
    const peer = { transport: 'udp', address: '192.0.2.7', port: 1, localAddress: '127.0.0.1', localPort: 53 } as const
    const wire = Buffer.from('00010100000100000000000003777777076578616d706c65036f72670000010001', 'hex')
    expect(message.rcode).toBe(0)
    for (let i = 0; i < 200; i++) {
      for (let j = 0; j < 500; j++) dns.answer(new Uint8Array(wire), peer)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(runtime.logged.join('\n')).toMatch(/messages dropped, as a collector is not there or too slow: \d+/)
    // One line now and then, not one for each.
    expect(runtime.logged.length).toBeLessThan(5)
    expect((await answer('www.example.org A')).rcode).toBe('NOERROR')
  })

  it('over TLS: verified, unless skipverify is given', async () => {
    const collector = await TestCollector.start()
    const secured = tls.createServer({ cert: fixture('server.cert.pem'), key: fixture('server.key.pem') }, (socket) =>
      collector.take(new SocketConnection(socket)),
    )
    secured.on('tlsClientError', () => {})
    secured.listen(0, '127.0.0.1')
    await once(secured, 'listening')
    onTestFinished(() => void secured.close())
    const socket = `tls://127.0.0.1:${(secured.address() as net.AddressInfo).port}`
    const strict = await tapped(`dnstap ${socket}`)
    await vi.waitFor(() => expect(strict.runtime.logged.join()).toMatch(/no connection to tls:.*certificate/), 5000)
    const lax = await tapped(`dnstap ${socket} {\nskipverify\n}`)
    await lax.answer('www.example.org A')
    await vi.waitFor(() => expect(collector.records).toHaveLength(2), 5000)
  })
})

describe('listen', () => {
  const listenStream: NonNullable<RigOptions['listenStream']> = (options, accept) => listeners.listen(options, accept)
  const listeners = new StreamListeners()

  it('lets collectors in, who get what comes from then on', async () => {
    const { path } = folder()
    const { answer, stop } = await tapped(`dnstap listen ${path} full`, { listenStream })
    await answer('before.example.org A')
    const collector = await subscribe({ path })
    await vi.waitFor(async () => {
      await answer('www.example.org A')
      expect(collector.records.length).toBeGreaterThan(1)
    }, 5000)
    await stop()
    const [first] = collector.records
    expect(nameText(readMessage(first.queryMessage!).question!.name)).toBe('www.example.org.')
    expect(collector.ends).toEqual([undefined])
  })

  it('stays there over a reload, and takes over what a killed process has left', async () => {
    const { path } = folder()
    const leftBehind = net.createServer().listen(path)
    await once(leftBehind, 'listening')
    // As after SIGKILL: the file is there, and nobody listens.
    rmSync(path)
    leftBehind.close()
    writeFileSync(`${path}.other`, '')
    const before = await tapped(`dnstap listen ${path}`, { listenStream })
    await vi.waitFor(async () => (await subscribe({ path })).records, 5000)
    const after = await tapped(`dnstap listen ${path} {\nidentity after\n}`, { listenStream })
    await before.stop()
    const collector = await subscribe({ path })
    await vi.waitFor(async () => {
      await after.answer('www.example.org A')
      expect(collector.records.length).toBeGreaterThan(1)
    }, 5000)
    expect(collector.records[0].identity).toBe('after')
    expect(after.runtime.logged).toEqual([])
  })

  it('over TLS asks for a certificate where there is a CA', async () => {
    const { port } = await reserved()
    const { answer } = await tapped(
      `dnstap listen tls://127.0.0.1:${port} {\ntls server.cert.pem server.key.pem ca.cert.pem\n}`,
      { listenStream, otherwise: fixture },
    )
    const options = { host: '127.0.0.1', port, rejectUnauthorized: false }
    const stranger = tls.connect({ ...options, cert: fixture('stranger.cert.pem'), key: fixture('stranger.key.pem') })
    await expect(once(stranger, 'close')).resolves.toBeDefined()
    const client = tls.connect({ ...options, cert: fixture('client.cert.pem'), key: fixture('client.key.pem') })
    await once(client, 'secureConnect')
    const collector = await TestCollector.start()
    collector.take(new SocketConnection(client))
    await vi.waitFor(async () => {
      await answer('www.example.org A')
      expect(collector.records.length).toBeGreaterThan(1)
    }, 5000)
  })

  it('costs the tap where the socket is not to be had, not the server', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    onTestFinished(() => void taken.close())
    const { port } = taken.address() as net.AddressInfo
    const { answer, runtime } = await tapped(`dnstap listen tcp://127.0.0.1:${port}`, { listenStream })
    expect((await answer('www.example.org A')).rcode).toBe('NOERROR')
    await vi.waitFor(() => expect(runtime.logged.join()).toMatch(/cannot listen on tcp:.*EADDRINUSE/), 5000)
  })
})

describe('at the edge', () => {
  /** `cloudflare:sockets` on Node's sockets. */
  const edgeConnect: NonNullable<RigOptions['connect']> = (options) => connectBy(workerConnect, options)

  it('brings messages over a connection that is closed again', async () => {
    const collector = await TestCollector.start()
    const made = await tapped(`dnstap tcp://127.0.0.1:${collector.port} full`, {
      name: 'workers',
      connect: edgeConnect,
    })
    await made.answer('one.example.org A')
    await made.answer('two.example.org A')
    await vi.waitFor(() => expect(collector.ends).toEqual([undefined]), 5000)
    expect(collector.kinds).toEqual(Array(2).fill(['CLIENT_QUERY DOH', 'CLIENT_RESPONSE DOH']).flat())
    await made.answer('three.example.org A')
    await vi.waitFor(() => expect(collector.ends).toEqual([undefined, undefined]), 5000)
    expect(collector.records).toHaveLength(6)
  })

  it('tells once that a collector is away, and keeps what waits', async () => {
    const { port } = await reserved()
    const made = await tapped(`dnstap tcp://127.0.0.1:${port}`, { name: 'workers', connect: edgeConnect })
    for (let i = 0; i < 5; i++) await made.answer('www.example.org A')
    await vi.waitFor(() => expect(made.runtime.logged.join()).toContain('no connection'), 5000)
    const collector = await TestCollector.start(port)
    await new Promise((resolve) => setTimeout(resolve, 2100))
    await made.answer('www.example.org A')
    await vi.waitFor(() => expect(collector.records).toHaveLength(12), 5000)
    expect(made.runtime.logged).toHaveLength(1)
  })

  test.each([
    ['dnstap /tmp/d.sock', 'a Worker reaches collectors over tcp:// or tls:// only, got "/tmp/d.sock"'],
    ['dnstap listen tcp://127.0.0.1:6000', 'a Worker cannot be connected to'],
  ])('refuses %s', async (directive, message) => {
    expect(await faults(`. {\n${directive}\nwhoami\n}`, { name: 'workers' })).toContain(`dnstap: ${message}`)
  })
})

test.each([
  ['dnstap', 'Corefile:2:1: dnstap: socket is missing'],
  ['dnstap listen', 'listen must be followed by the socket'],
  ['dnstap http://x:1', 'must be a path, or start with unix://, tcp:// or tls://, got "http://x:1"'],
  ['dnstap tcp://x', 'must have a port, such as tcp://127.0.0.1:6000, got "tcp://x"'],
  ['dnstap tcp://:6000', 'must name the host to connect to'],
  ['dnstap tcp://a..b_/:6000', 'must have an address or a host name before the port'],
  ['dnstap unix://', 'must be the path of a socket'],
  [`dnstap /${'x'.repeat(107)}`, 'must have at most 107 octets'],
  ['dnstap d.sock full 1025 1', 'writebuffer must be at most 1024, got "1025"'],
  ['dnstap d.sock full 1 4097', 'queue must be at most 4096, got "4097"'],
  ['dnstap d.sock full 0 10', 'writebuffer must be at least 1'],
  ['dnstap d.sock full 1 1 1', 'takes at most'],
  ['dnstap d.sock ful', 'got "ful"'],
  ['dnstap d.sock {\nidentitiy x\n}', 'did you mean "identity"'],
  ['dnstap d.sock {\nidentity\n}', 'identity: identity is missing'],
  ['dnstap tls://x:1 {\ntls a b\n}', 'tls: is for listen'],
])('%s is a mistake', async (directive, message) => {
  expect(await faults(`. {\n${directive}\nwhoami\n}`)).toContain(message)
})

test.each([
  'dnstap d.sock full',
  'dnstap unix:///tmp/d.sock 2 3',
  'dnstap tcp://[::1]:6000',
  'dnstap tls://example.com:6000 full {\nskipverify\n}',
])('%s is right', async (directive) => {
  expect(await faults(`. {\n${directive}\nwhoami\n}`)).toBe('')
})

describe('queue', () => {
  const put = (queue: FrameQueue, size: number, octet: number): boolean => {
    const at = queue.place(size)
    if (at >= 0) queue.chunk.fill(octet, at, at + size)
    return at >= 0
  }

  it('gives what was put in, in order, whatever the sizes', () => {
    const queue = new FrameQueue(100_000, 10_000_000)
    const expected: number[] = []
    const got: number[] = []
    for (let i = 0; i < 3000; i++) {
      const size = i % 7 === 0 ? 40_000 : 1 + ((i * 37) % 300)
      expect(put(queue, size, i & 255)).toBe(true)
      for (let j = 0; j < size; j++) expected.push(i & 255)
      if (i % 5 === 0) got.push(...(queue.take() ?? []))
      if (i % 1000 === 999)
        for (let chunk = queue.take(); chunk; chunk = queue.take()) for (const o of chunk) got.push(o)
    }
    for (let chunk = queue.take(); chunk; chunk = queue.take()) for (const octet of chunk) got.push(octet)
    expect(got.length).toBe(expected.length)
    expect(Buffer.from(got).equals(Buffer.from(expected))).toBe(true)
    expect([queue.frames, queue.octets, queue.dropped]).toEqual([0, 0, 0])
  })

  it('drops what is too much, by number and by size', () => {
    const byNumber = new FrameQueue(3, 1000)
    expect([1, 2, 3, 4].map(() => put(byNumber, 1, 0))).toEqual([true, true, true, false])
    const bySize = new FrameQueue(1000, 100_000)
    expect([50_000, 40_000, 20_000, 10_000].map((size) => put(bySize, size, 0))).toEqual([true, true, false, true])
    expect([byNumber.dropped, bySize.dropped]).toEqual([1, 1])
    bySize.clear()
    expect([bySize.frames, bySize.octets, bySize.dropped, bySize.take()]).toEqual([0, 0, 4, undefined])
  })
})

/** A free port. */
async function reserved(): Promise<{ port: number }> {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as net.AddressInfo
  server.close()
  await once(server, 'close')
  return { port }
}

function folder(): { path: string } {
  const made = mkdtempSync(join(tmpdir(), 'coredge-dnstap-'))
  onTestFinished(() => rmSync(made, { recursive: true }))
  return { path: join(made, 'd.sock') }
}

async function subscribe(options: { path: string }): Promise<TestCollector> {
  const collector = await TestCollector.start()
  const socket = net.connect(options)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  collector.take(new SocketConnection(socket))
  return collector
}

/** A DNS server over TCP that answers everything with NOERROR and nothing. */
class TestUpstream {
  readonly queries: Uint8Array[] = []
  readonly #server = net.createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (octets) => {
      const query = new Uint8Array(octets.subarray(2))
      this.queries.push(new Uint8Array(query))
      const answer = query.slice()
      answer[2] |= 0x80
      socket.write(Buffer.concat([octets.subarray(0, 2), answer]))
    })
  })

  static async start(): Promise<TestUpstream> {
    const upstream = new TestUpstream()
    upstream.#server.listen(0, '127.0.0.1')
    await once(upstream.#server, 'listening')
    onTestFinished(() => void upstream.#server.close())
    return upstream
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port
  }
}

const workerConnect: WorkerConnect = ({ hostname, port }) => {
  const socket = net.connect({ host: hostname, port })
  const opened = once(socket, 'connect')
  const closed = new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.once('close', () => resolve())
  })
  return {
    opened,
    closed,
    readable: new ReadableStream<Uint8Array>({
      start(controller) {
        socket.on('data', (octets) => controller.enqueue(new Uint8Array(octets)))
        socket.once('end', () => controller.close())
        socket.once('error', (error) => controller.error(error))
      },
    }),
    writable: new WritableStream<Uint8Array>({
      write: (octets) => new Promise((resolve, reject) => socket.write(octets, (e) => (e ? reject(e) : resolve()))),
    }),
    close: async () => void socket.end(),
  }
}
