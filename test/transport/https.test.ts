import { once } from 'node:events'
import http2, { type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2'
import https from 'node:https'
import net from 'node:net'
import tls from 'node:tls'
import { describe, expect, it } from 'vitest'
import { type HttpsOptions, listenHttp, listenHttps } from '../../src/transport/https.ts'
import type { Listener } from '../../src/transport/listener.ts'
import { hasTool } from '../e2e/tools.ts'
import { closing, damaged, listening, run, StreamClient, seeded, until, wait } from './clients.ts'
import { ask, asked, fakeServer, identity, lastPeer, outcome, tlsSettings } from './fake.ts'

const MESSAGE = 'application/dns-message'
const base64url = (octets: Uint8Array): string => Buffer.from(octets).toString('base64url')
const target = (text: string): string => `/dns-query?dns=${base64url(ask(text))}`

async function listen(options: Partial<HttpsOptions> = {}): Promise<Listener> {
  const required = { server: fakeServer(), address: '127.0.0.1', port: 0, tls: tlsSettings() }
  return listening(await listenHttps({ ...required, ...options }))
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

function session(listener: Listener, scheme = 'https'): ClientHttp2Session {
  const client = http2.connect(`${scheme}://127.0.0.1:${listener.port}`, { rejectUnauthorized: false })
  client.on('error', () => {})
  closing({ close: () => client.destroy() })
  return client
}

function request2(client: ClientHttp2Session, headers: Record<string, string>, body?: Uint8Array): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = client.request(headers, { endStream: !body })
    let received: Omit<Answer, 'body'> | undefined
    const chunks: Buffer[] = []
    stream.on('response', (fields) => {
      received = { status: Number(fields[':status']), headers: fields }
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('error', reject)
    stream.on('close', () =>
      received ? resolve({ ...received, body: Buffer.concat(chunks) }) : reject(new Error('no response')),
    )
    if (body) stream.end(body)
  })
}

const post2 = (client: ClientHttp2Session, body: Uint8Array): Promise<Answer> =>
  request2(client, { ':method': 'POST', ':path': '/dns-query', 'content-type': MESSAGE }, body)

async function post1({ port }: Listener, body: Uint8Array, agent?: https.Agent): Promise<Answer> {
  const headers = { 'content-type': MESSAGE }
  const options = { port, host: '127.0.0.1', rejectUnauthorized: false, method: 'POST', path: '/dns-query' }
  const request = https.request({ ...options, headers, agent: agent ?? false })
  request.end(body)
  const [response] = await once(request, 'response')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }
}

/** What a server sends to these octets until it closes the connection or says no more. */
async function raw(socket: net.Socket, octets: string | Uint8Array, patience = 300): Promise<string> {
  let text = ''
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
  })
  socket.write(octets)
  await Promise.race([once(socket, 'close'), wait(patience)])
  socket.destroy()
  return text
}

describe('HTTP/2', () => {
  it('answers POST', async () => {
    const listener = await listen()
    const { status, headers, body } = await post2(session(listener), ask('www.test A'))
    expect([status, outcome(body)]).toEqual([200, 'NOERROR www.test. 1'])
    expect(headers).toMatchObject({
      'content-type': MESSAGE,
      'content-length': `${body.length}`,
      'cache-control': 'max-age=300',
      'access-control-allow-origin': '*',
    })
    expect(lastPeer()).toMatchObject({ transport: 'https', address: '127.0.0.1', localPort: listener.port })
  })

  it('answers GET, HEAD and OPTIONS', async () => {
    const client = session(await listen())
    const get = await request2(client, { ':path': target('www.test A') })
    expect(outcome(get.body)).toBe('NOERROR www.test. 1')
    const head = await request2(client, { ':path': target('www.test A'), ':method': 'HEAD' })
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, `${get.body.length}`, 0])
    const options = await request2(client, { ':path': '/dns-query', ':method': 'OPTIONS' })
    expect([options.status, options.headers.allow]).toEqual([204, 'GET, POST, HEAD, OPTIONS'])
  })

  it('answers JSON', async () => {
    const client = session(await listen())
    const { body } = await request2(client, { ':path': '/dns-query?name=www.test', accept: 'application/dns-json' })
    expect(JSON.parse(body.toString())).toMatchObject({ Status: 0, Answer: [{ data: '192.0.2.1' }] })
  })

  it('answers many at once, those first that are ready', async () => {
    const client = session(await listen())
    const order: string[] = []
    const ask1 = async (name: string): Promise<void> => {
      await post2(client, ask(`${name}.test A`))
      order.push(name)
    }
    await Promise.all(['slow-100', 'slow-50', 'www'].map(ask1))
    expect(order).toEqual(['www', 'slow-50', 'slow-100'])
    const all = await Promise.all(Array.from({ length: 300 }, (_, id) => post2(client, ask('big.test TXT', id))))
    expect(new Set(all.map(({ body }) => outcome(body)))).toEqual(new Set(['NOERROR big.test. 200']))
  })

  it.each<[Record<string, string>, Uint8Array | undefined, number]>([
    [{ ':path': '/other' }, undefined, 404],
    [{ ':path': '/other', ':method': 'POST' }, ask('www.test A'), 404],
    [{ ':path': '/dns-query', ':method': 'POST', 'content-type': MESSAGE }, Buffer.from('xx'), 400],
    [{ ':path': '/dns-query', ':method': 'POST', 'content-type': MESSAGE }, new Uint8Array(70_000), 413],
    [{ ':path': '/dns-query', ':method': 'POST', 'content-type': 'text/plain' }, new Uint8Array(300_000), 415],
    [{ ':path': '/dns-query', ':method': 'DELETE' }, undefined, 405],
    [{ ':path': `/dns-query?dns=${'A'.repeat(40_000)}` }, undefined, 414],
    [{ ':path': target('www.test A'), accept: 'text/html' }, undefined, 406],
    [{ ':path': target('drop.test A') }, undefined, 500],
  ])('%s', async (headers, body, expected) => {
    const client = session(await listen())
    const { status, headers: fields, body: text } = await request2(client, headers, body)
    expect(status).toBe(expected)
    expect(fields['content-type']).toBe('text/plain; charset=utf-8')
    expect(text.toString()).toMatch(/^[^\n]+\n$/)
    // and the connection is as good as before
    expect((await request2(client, { ':path': target('www.test A') })).status).toBe(200)
  })

  it('answers when as many octets are there as were announced', async () => {
    const client = session(await listen())
    const body = ask('www.test A')
    const fields = { ':method': 'POST', ':path': '/dns-query', 'content-type': MESSAGE }
    const stream = client.request({ ...fields, 'content-length': `${body.length}` })
    stream.write(body.subarray(0, 5))
    await wait(20)
    stream.write(body.subarray(5))
    const [received] = (await once(stream, 'response')) as [IncomingHttpHeaders]
    stream.end()
    await once(stream.resume(), 'close')
    expect([received[':status'], stream.rstCode]).toEqual([200, http2.constants.NGHTTP2_NO_ERROR])
  })

  it.each([0, 10, 100])('does not answer %i announced octets that are others', async (length) => {
    const listener = await listen({ limits: { readTimeout: 300 } })
    const fields = { ':method': 'POST', ':path': '/dns-query', 'content-type': MESSAGE, 'content-length': `${length}` }
    const answer = request2(session(listener), fields, ask('www.test A'))
    const status = await answer.then(
      (got) => got.status,
      () => 'refused',
    )
    expect(status).not.toBe(200)
    expect((await post2(session(listener), ask('www.test A'))).status).toBe(200)
  })

  it('gives up on a body that does not come', async () => {
    const client = session(await listen({ limits: { readTimeout: 100 } }))
    const stream = client.request({ ':method': 'POST', ':path': '/dns-query', 'content-type': MESSAGE })
    stream.write('x')
    const [fields] = (await once(stream, 'response')) as [IncomingHttpHeaders]
    expect(fields[':status']).toBe(408)
    stream.close()
  })

  it('survives streams that are cancelled', async () => {
    const client = session(await listen())
    for (let i = 0; i < 50; i++) {
      const stream = client.request({ ':path': target(`slow-${i % 20}.test A`) })
      stream.on('error', () => {})
      if (i % 2) await wait(2)
      stream.close(http2.constants.NGHTTP2_CANCEL)
    }
    await wait(50)
    expect((await request2(client, { ':path': target('www.test A') })).status).toBe(200)
  })

  it('cancels a response that is not fetched', async () => {
    const listener = await listen({ limits: { writeTimeout: 100, idleTimeout: 5000 } })
    const settings = { initialWindowSize: 0 }
    const client = http2.connect(`https://127.0.0.1:${listener.port}`, { rejectUnauthorized: false, settings })
    closing({ close: () => client.destroy() })
    const stream = client.request({ ':path': target('www.test A') })
    stream.on('error', () => {})
    await once(stream, 'close')
    expect(stream.rstCode).toBe(http2.constants.NGHTTP2_CANCEL)
  })

  it('says goodbye to an idle connection', async () => {
    const client = session(await listen({ limits: { idleTimeout: 100 } }))
    await request2(client, { ':path': target('www.test A') })
    const start = performance.now()
    await once(client, 'goaway')
    expect(performance.now() - start).toBeLessThan(1000)
  })
})

describe('HTTP/1.1', () => {
  it('answers POST', async () => {
    const { status, headers, body } = await post1(await listen(), ask('www.test A'))
    expect([status, outcome(body)]).toEqual([200, 'NOERROR www.test. 1'])
    expect(headers).toMatchObject({ 'content-type': MESSAGE, 'content-length': `${body.length}` })
    expect(lastPeer()).toMatchObject({ transport: 'https', address: '127.0.0.1' })
  })

  it('keeps the connection', async () => {
    const listener = await listen()
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 })
    closing({ close: () => agent.destroy() })
    const ports = new Set<number>()
    for (let i = 0; i < 3; i++) {
      await post1(listener, ask('www.test A'), agent)
      ports.add(lastPeer().port)
    }
    expect(ports.size).toBe(1)
  })

  it.each([
    [new Uint8Array(70_000), 413],
    [Buffer.from('xx'), 400],
    [ask('drop.test A'), 500],
  ])('refuses bodies', async (body, status) => {
    const answer = await post1(await listen(), body)
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'text/plain; charset=utf-8'])
  })
})

describe('plain HTTP', () => {
  const connect = ({ port }: Listener): net.Socket => net.connect(port, '127.0.0.1')

  it('speaks HTTP/1.1', async () => {
    const listener = await listen({ tls: undefined })
    const answer = await fetch(`http://127.0.0.1:${listener.port}${target('www.test A')}`)
    expect(outcome(new Uint8Array(await answer.arrayBuffer()))).toBe('NOERROR www.test. 1')
  })

  it('speaks HTTP/2 to those who know', async () => {
    const listener = await listen({ tls: undefined })
    const { body } = await post2(session(listener, 'http'), ask('www.test A'))
    expect(outcome(body)).toBe('NOERROR www.test. 1')
  })

  it.each([
    [`GET ${target('www.test A')} HTTP/1.1\r\nHost: x\r\n\r\n`, /^HTTP\/1.1 200 OK\r\n/],
    [`GET http://x${target('www.test A')} HTTP/1.1\r\nHost: x\r\n\r\n`, /^HTTP\/1.1 200 OK\r\n/],
    [`GET /dns-query?dns=${'A'.repeat(30_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, /^HTTP\/1.1 414 URI Too Long\r\n/],
    ['OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n', /^HTTP\/1.1 404 /],
    ['CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n', /^$/],
    ['GET /dns-query HTTP/1.1\r\n\r\n', /^HTTP\/1.1 400 /],
    ['NONSENSE\r\n\r\n', /^HTTP\/1.1 400 /],
    [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(100_000)}\r\n\r\n`, /^HTTP\/1.1 431 /],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nrubbish after the preface', /^\0/],
    ['PRI', /^\0/],
    ['P', /^$/],
  ])('answers %j', async (octets, expected) => {
    expect(await raw(connect(await listen({ tls: undefined })), octets)).toMatch(expected)
  })

  it('asks for a body only where it wants it', async () => {
    const listener = await listen({ tls: undefined })
    const head = (type: string): string =>
      `POST /dns-query HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: 26\r\nExpect: 100-continue\r\n\r\n`
    expect(await raw(connect(listener), head(MESSAGE))).toMatch(/^HTTP\/1.1 100 Continue\r\n/)
    expect(await raw(connect(listener), head('text/plain'))).toMatch(/^HTTP\/1.1 415 /)
  })

  it('gives up on a body that trickles in', async () => {
    const listener = await listen({ tls: undefined, limits: { readTimeout: 100 } })
    const socket = connect(listener)
    const trickle = setInterval(() => socket.write('x'), 20)
    const head = `POST /dns-query HTTP/1.1\r\nHost: x\r\nContent-Type: ${MESSAGE}\r\nContent-Length: 200\r\n\r\n`
    expect(await raw(socket, head, 1500)).toMatch(/^HTTP\/1.1 408 /)
    clearInterval(trickle)
  })

  it.each([0, 1])('gives up on header fields that trickle in, with %i requests before', async (before) => {
    const listener = await listen({ tls: undefined, limits: { readTimeout: 100, idleTimeout: 100 } })
    const client = await StreamClient.connect(listener.port)
    if (before) client.socket.write(`GET ${target('www.test A')} HTTP/1.1\r\nHost: x\r\n\r\n`)
    client.socket.write('GET /dns-query HTTP/1.1\r\n')
    const trickle = setInterval(() => client.socket.write('X: y\r\n'), 20)
    const elapsed = await client.untilClosed()
    clearInterval(trickle)
    expect(elapsed).toBeLessThan(1000)
  })

  it('does not serve endless requests sent ahead', async () => {
    const listener = await listen({ tls: undefined })
    asked.length = 0
    await raw(connect(listener), `GET ${target('never.test A')} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(500))
    expect(asked.length).toBe(100)
  })
})

const HALF_A_BODY = `POST /dns-query HTTP/1.1\r\nHost: x\r\nContent-Type: ${MESSAGE}\r\nContent-Length: 26\r\n\r\nxx`

async function holding({ port }: Listener, octets: string): Promise<void> {
  const socket = closing(await StreamClient.connect(port)).socket
  socket.write(octets, 'latin1')
}

async function holdingTls({ port }: Listener, octets: string): Promise<void> {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  socket.on('error', () => {})
  closing({ close: () => socket.destroy() })
  await once(socket, 'secureConnect')
  socket.write(octets)
}

async function holding2(listener: Listener): Promise<void> {
  const fields = { ':method': 'POST', ':path': '/dns-query', 'content-type': MESSAGE, 'content-length': '26' }
  const stream = session(listener).request(fields)
  stream.on('error', () => {})
  stream.write('xx')
  await once(stream, 'ready')
}

describe('connections', () => {
  it('make room where they are idle', async () => {
    const listener = await listen({ limits: { maxConnections: 2 } })
    for (let i = 0; i < 4; i++) {
      expect((await request2(session(listener), { ':path': target('www.test A') })).status).toBe(200)
    }
  })

  it.each<[string, boolean, (listener: Listener) => Promise<unknown>]>([
    ['silence', false, (listener) => holding(listener, '')],
    ['half a preface', false, (listener) => holding(listener, 'PRI')],
    ['half of header fields', false, (listener) => holding(listener, 'GET /dns-query')],
    ['half a body', false, (listener) => holding(listener, HALF_A_BODY)],
    ['half a TLS record', true, (listener) => holding(listener, '\x16\x03\x01\x02\x00\x01')],
    ['half a body in TLS', true, (listener) => holdingTls(listener, HALF_A_BODY)],
    ['half a body over HTTP/2', true, (listener) => holding2(listener)],
  ])('make room where clients keep us waiting with %s', async (_, isSecure, hold) => {
    const listener = await listen({ limits: { maxConnections: 3 }, ...(!isSecure && { tls: undefined }) })
    for (let i = 0; i < 3; i++) await hold(listener)
    await wait(50)
    const client = session(listener, isSecure ? 'https' : 'http')
    expect((await request2(client, { ':path': target('www.test A') })).status).toBe(200)
  })

  it('make room where responses are not fetched', async () => {
    const listener = await listen({ limits: { maxConnections: 1, readTimeout: 100 } })
    const settings = { initialWindowSize: 0 }
    const greedy = http2.connect(`https://127.0.0.1:${listener.port}`, { rejectUnauthorized: false, settings })
    greedy.on('error', () => {})
    closing({ close: () => greedy.destroy() })
    await once(
      greedy.request({ ':path': target('www.test A') }).on('error', () => {}),
      'response',
    )
    await wait(200)
    expect((await request2(session(listener), { ':path': target('www.test A') })).status).toBe(200)
  })

  it('are refused where none is idle', async () => {
    const listener = await listen({ limits: { maxConnections: 2 } })
    asked.length = 0
    const busy = [session(listener), session(listener)].map((client) => post2(client, ask('slow-600.test A')))
    await until(() => asked.length === 2)
    await expect(post2(session(listener), ask('www.test A'))).rejects.toThrow()
    for (const answer of await Promise.all(busy)) expect(answer.status).toBe(200)
  })
})

it('new certificates and servers are used after a reload', async () => {
  const silent = {
    answer: () => undefined,
    answers: () => undefined,
    exchange: () => undefined,
    serve: () => undefined,
  }
  const listener = await listen({ server: silent })
  const old = session(listener)
  expect((await request2(old, { ':path': target('www.test A') })).status).toBe(500)
  listener.update({ server: fakeServer(), tls: tlsSettings(identity('second')) })
  expect((await request2(old, { ':path': target('www.test A') })).status).toBe(200)
  const fresh = session(listener)
  await once(fresh, 'connect')
  expect((fresh.socket as tls.TLSSocket).getPeerCertificate().subject.CN).toBe('second.test')
})

const [DATA, HEADERS, SETTINGS, GOAWAY] = [0, 1, 4, 7]
const [END_STREAM, END_HEADERS] = [1, 4]

/** HTTP/2 without a session that would draw conclusions by itself. */
class FrameClient {
  /** What came of responses and goodbyes, in order. */
  readonly frames: string[] = []
  readonly #socket: net.Socket
  #octets = Buffer.alloc(0)

  constructor({ port }: Listener) {
    this.#socket = net.connect(port, '127.0.0.1')
    this.#socket.on('error', () => {})
    closing({ close: () => this.#socket.destroy() })
    this.#socket.on('data', (chunk) => this.#received(chunk))
    this.#socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    this.frame(SETTINGS, 0, 0, Buffer.alloc(0))
  }

  /** RFC 9113 §4.1. */
  frame(type: number, flags: number, stream: number, payload: Uint8Array): void {
    const head = Buffer.alloc(9)
    head.writeUIntBE(payload.length, 0, 3)
    head.set([type, flags], 3)
    head.writeUInt32BE(stream, 5)
    this.#socket.write(Buffer.concat([head, payload]))
  }

  /** Fields as RFC 7541 has them: GET, http and the names :authority and :path from its table, their values as they are. */
  get(stream: number, path: string): void {
    const fields = Buffer.concat([Buffer.of(0x82, 0x86, 0x01, 1, 0x78, 0x04, path.length), Buffer.from(path)])
    this.frame(HEADERS, END_STREAM | END_HEADERS, stream, fields)
  }

  #received(chunk: Buffer): void {
    this.#octets = Buffer.concat([this.#octets, chunk])
    while (this.#octets.length >= 9 && this.#octets.length >= 9 + this.#octets.readUIntBE(0, 3)) {
      const end = 9 + this.#octets.readUIntBE(0, 3)
      const [type, flags] = this.#octets.subarray(3)
      const payload = this.#octets.subarray(9, end)
      const stream = this.#octets.readUInt32BE(5)
      if (type === HEADERS) this.frames.push(`headers ${stream}`)
      if (type === DATA && flags & END_STREAM) this.frames.push(`end ${stream}`)
      if (type === GOAWAY) this.frames.push(`goaway ${payload.readUInt32BE(0)}`)
      this.#octets = this.#octets.subarray(end)
    }
  }
}

describe('close', () => {
  it('answers what is in flight, over both versions', async () => {
    const listener = await listen()
    const idle = session(listener)
    await request2(idle, { ':path': target('www.test A') })
    const goaway = once(idle, 'goaway')
    asked.length = 0
    const busy = [post2(session(listener), ask('slow-200.test A')), post1(listener, ask('slow-200.test A'))]
    await until(() => asked.length === 2)
    const closed = listener.close()
    await goaway
    for (const { status } of await Promise.all(busy)) expect(status).toBe(200)
    await closed
    await expect(post1(listener, ask('www.test A'))).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('answers what was on its way over HTTP/1.1, and says that this was the last', async () => {
    const listener = await listen({ tls: undefined })
    const request = `GET ${target('www.test A')} HTTP/1.1\r\nHost: x\r\n\r\n`
    const [kept, fresh] = [await StreamClient.connect(listener.port), await StreamClient.connect(listener.port)]
    let text = ''
    for (const { socket } of [kept, fresh])
      socket.removeAllListeners('data').on('data', (chunk) => {
        text += chunk.toString('latin1')
      })
    kept.socket.write(request)
    await until(() => text.includes('www'))
    expect(text).not.toMatch(/^connection: close/im)
    text = ''
    const closed = listener.close()
    await wait(50)
    for (const { socket } of [kept, fresh]) socket.write(request)
    await Promise.all([kept, fresh].map((client) => client.untilClosed()))
    expect(text.match(/HTTP\/1.1 200 OK\r\n/g)?.length).toBe(2)
    expect(text.match(/^connection: close/gim)?.length).toBe(2)
    await closed
  })

  it('answers those who are connected but not let in yet', async () => {
    const listener = await listen({ tls: undefined })
    const socket = net.connect(listener.port, '127.0.0.1')
    const answer = raw(socket, `GET ${target('www.test A')} HTTP/1.1\r\nHost: x\r\n\r\n`, 1000)
    // Connected by the system, in a turn in which nobody can take the connection.
    for (const end = Date.now() + 50; Date.now() < end; );
    const closed = listener.close()
    expect(await answer).toMatch(/^HTTP\/1.1 200 OK\r\n/)
    await closed
  })

  it('answers what was on its way over HTTP/2', async () => {
    const listener = await listen({ tls: undefined })
    const client = new FrameClient(listener)
    client.get(1, target('www.test A'))
    await until(() => client.frames.includes('end 1'))
    const closed = listener.close()
    for (const stream of [3, 5]) {
      await wait(50)
      client.get(stream, target('www.test A'))
    }
    await closed
    expect(client.frames.slice(2, 7)).toEqual(['headers 3', 'end 3', 'headers 5', 'end 5', 'goaway 5'])
  })

  it('tells who goes on asking over HTTP/2 that this was the last, in front of the response', async () => {
    const listener = await listen({ tls: undefined })
    const client = new FrameClient(listener)
    const closed = listener.close()
    let stream = -1
    for (const end = Date.now() + 2000; Date.now() < end && !client.frames.some((frame) => /goaway/.test(frame)); ) {
      stream += 2
      client.get(stream, target('www.test A'))
      await until(() => client.frames.includes(`end ${stream}`))
    }
    await closed
    const last = [`goaway ${2 ** 31 - 1}`, `headers ${stream}`, `end ${stream}`, `goaway ${stream}`]
    expect(client.frames.slice(stream - 1, stream + 3)).toEqual(last)
  })

  it.each(['https', 'http'])('does not wait for ever (%s)', async (scheme) => {
    const listener = await listen(scheme === 'http' ? { tls: undefined } : {})
    asked.length = 0
    const answer = post2(session(listener, scheme), ask('never.test A'))
    answer.catch(() => {})
    await until(() => asked.length === 1)
    const start = performance.now()
    await listener.close(100)
    expect(performance.now() - start).toBeLessThan(1000)
    await expect(answer).rejects.toThrow()
  })
})

it('serves other things than DNS as well', async () => {
  const handler = async ({ method, target, header }: Parameters<Parameters<typeof listenHttp>[0]['handler']>[0]) => {
    void header
    return { status: 418, headers: {}, body: new TextEncoder().encode(`${method} ${target}`) }
  }
  const listener = listening(await listenHttp({ handler, address: '127.0.0.1', port: 0 }))
  const answer = await fetch(`http://127.0.0.1:${listener.port}/tea?for=two`)
  expect([answer.status, await answer.text()]).toEqual([418, 'GET /tea?for=two'])
})

it('a handler that throws costs its request', async () => {
  const handler = (): never => {
    throw new Error('as asked')
  }
  const listener = listening(await listenHttp({ handler, address: '127.0.0.1', port: 0 }))
  await expect(fetch(`http://127.0.0.1:${listener.port}/`)).rejects.toThrow()
  await expect(post2(session(listener, 'http'), ask('www.test A'))).rejects.toThrow()
})

it('damaged requests do not end the process', async () => {
  const listener = await listen({ tls: undefined })
  const random = seeded(4)
  const dns = ask('www.test A')
  const whole = [
    `GET ${target('www.test A')} HTTP/1.1\r\nHost: x\r\nAccept: ${MESSAGE}\r\n\r\n`,
    `POST /dns-query HTTP/1.1\r\nHost: x\r\nContent-Type: ${MESSAGE}\r\nContent-Length: ${dns.length}\r\n\r\n`,
    'GET /resolve?name=www.test&type=A&edns_client_subnet=192.0.2.0/24 HTTP/1.1\r\nHost: x\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x07\x01\x05\0\0\0\x01\x82\x84\x86\x41\x01x',
  ].map((text) => Buffer.concat([Buffer.from(text, 'latin1'), text.startsWith('POST') ? dns : Buffer.alloc(0)]))
  for (let i = 0; i < 1500; i++) {
    const socket = net.connect(listener.port, '127.0.0.1')
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write(damaged(whole[i % whole.length], random))
    socket.resume()
    if (random() < 0.5) await wait(1)
    if (random() < 0.3) socket.resetAndDestroy()
    else socket.destroy()
  }
  expect((await post2(session(listener, 'http'), dns)).status).toBe(200)
}, 20_000)

it('damaged parameters are answered with a status', async () => {
  const client = session(await listen({ tls: undefined }), 'http')
  const random = seeded(5)
  const start = Buffer.from('name=www.test&type=A&do=1&edns_client_subnet=192.0.2.0/24&ct=application/dns-json')
  const statuses = new Set<number>()
  for (let i = 0; i < 2000; i++) {
    const search = [...damaged(start, random)].map((octet) =>
      octet > 32 && octet < 127 ? String.fromCharCode(octet) : '%FF',
    )
    const { status } = await request2(client, { ':path': `/${i % 2 ? 'resolve' : 'dns-query'}?${search.join('')}` })
    statuses.add(status)
  }
  expect([...statuses].sort()).toEqual([200, 400])
}, 20_000)

describe.skipIf(!hasTool('dig'))('dig', () => {
  it.each([
    ['+https', true],
    ['+https-get', true],
    ['+http-plain', false],
    ['+http-plain-get', false],
  ])('%s', async (option, isSecure) => {
    const { port } = await listen(isSecure ? {} : { tls: undefined })
    const words = ['@127.0.0.1', '-p', `${port}`, option, '+noall', '+answer', 'www.test', 'slow-20.test']
    expect((await run('dig', ...words)).replaceAll(/[ \t]+/g, ' ')).toBe(
      'www.test. 300 IN A 192.0.2.1\nslow-20.test. 300 IN A 192.0.2.1\n',
    )
    expect(await run('dig', ...words.slice(0, 4), 'big.test', 'TXT')).toContain('ANSWER: 200')
  })
})

describe.skipIf(!hasTool('kdig'))('kdig', () => {
  it.each(['+https', '+https-get'])('%s', async (option) => {
    const { port } = await listen()
    const words = ['@127.0.0.1', '-p', `${port}`, option, '+noall', '+answer', 'www.test']
    expect((await run('kdig', ...words)).trim().split(/\s+/).join(' ')).toBe('www.test. 300 IN A 192.0.2.1')
  })
})

describe.skipIf(!hasTool('curl'))('curl', () => {
  it.each(['--http2', '--http1.1'])('%s', async (version) => {
    const { port } = await listen()
    const words = [
      '-sk',
      version,
      '-w',
      ' %{http_version} %{http_code}',
      `https://127.0.0.1:${port}/resolve?name=www.test`,
    ]
    const printed = await run('curl', ...words)
    expect(printed).toContain('"data":"192.0.2.1"')
    expect(printed).toMatch(version === '--http2' ? / 2 200$/ : / 1.1 200$/)
  })

  it('--doh-url', async () => {
    const { port } = await listen()
    const url = `https://127.0.0.1:${port}/dns-query`
    asked.length = 0
    // 192.0.2.1 answers nobody; that curl tries it shows that it got the address.
    const words = ['-sv', '--doh-url', url, '--doh-insecure', '--connect-timeout', '0.3', 'http://www.test/']
    expect(await run('curl', ...words)).toContain('192.0.2.1')
    expect(asked.length).toBeGreaterThan(0)
  })
})
