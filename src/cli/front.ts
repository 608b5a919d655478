import { Agent, request as ask, createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { createServer as createHttp2Server, createSecureServer, type Http2ServerRequest } from 'node:http2'
import { createServer as createTcpServer, type Server as NetServer, type Socket } from 'node:net'
import { reasonOf } from '../reason.ts'
import type { Certificate } from './certificate.ts'

/**
 * Stands before a Worker under miniflare, which speaks HTTP/1.1 only: takes HTTP/1.1 and HTTP/2, over TLS (`dig +https`
 * and `kdig +https` want both) or without (`dig +http-plain`). While a new Worker takes over from an old one, requests
 * under way end where they began.
 */

/** A Worker to send requests to. */
export interface Target {
  readonly host: string
  readonly port: number
}

type Request = IncomingMessage | Http2ServerRequest
/** What the response objects of node:http and node:http2 share. */
interface Response {
  writeHead(status: number, headers: Headers): unknown
  end(body: Buffer): unknown
}
type Headers = Record<string, string | string[] | number>

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Far more than any DNS message; the Worker has its own, tighter limit and says so. Octets. */
const MAX_BODY = 1024 * 1024
/** A GET may carry the longest DNS message there is; too long a one is for the Worker to refuse. Octets. */
const MAX_HEADERS = 128 * 1024
const LIMITS = {
  maxHeaderSize: MAX_HEADERS,
  settings: { maxHeaderListSize: MAX_HEADERS, maxConcurrentStreams: 100 },
}
/** Requests at a time that the Worker works on, and that may be here at all. */
const MAX_SOCKETS = 100
const MAX_REQUESTS = 1000
/** How long requests to an old Worker may take to end. Milliseconds. */
const PATIENCE = 10_000

export class Front {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS })
  readonly #servers: NetServer[] = []
  readonly #sockets = new Set<Socket>()
  readonly #underWay = new Map<Target, number>()
  #target: Target | undefined

  /** Sends requests to `target` from now on. Settles when those under way to the one before have ended. */
  async switchTo(target: Target): Promise<void> {
    const old = this.#target
    this.#target = target
    const end = Date.now() + PATIENCE
    while (old && this.#underWay.get(old) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20))
  }

  /** Takes HTTP/1.1, and HTTP/2 from clients that know it is there (RFC 9113 §3.3), without TLS. */
  listen(host: string, port: number): Promise<number> {
    const http1 = createServer(LIMITS, (request, response) => void this.#serve(request, response))
    const http2 = createHttp2Server(LIMITS, (request, response) => void this.#serve(request, response))
    const sniffer = createTcpServer((socket) => {
      socket.once('error', () => socket.destroy())
      socket.once('data', (first) => {
        socket.pause()
        socket.unshift(first)
        if (first.toString('latin1', 0, 3) === 'PRI') http2.emit('connection', socket)
        else {
          http1.emit('connection', socket)
          socket.resume()
        }
      })
    })
    return this.#open(sniffer, host, port)
  }

  /** Takes HTTP/2 and HTTP/1.1 over TLS. */
  listenTls(host: string, port: number, { cert, key }: Certificate): Promise<number> {
    const server = createSecureServer({ cert, key, allowHTTP1: true, ...LIMITS }, (request, response) => {
      void this.#serve(request, response)
    })
    return this.#open(server, host, port)
  }

  #open(server: NetServer, host: string, port: number): Promise<number> {
    this.#servers.push(server)
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port }, () => {
        server.off('error', reject)
        resolve((server.address() as { port: number }).port)
      })
    })
  }

  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise((resolve) => server.close(resolve)))
    for (const socket of this.#sockets) socket.destroy()
    this.#agent.destroy()
    await Promise.all(closed)
  }

  async #serve(request: Request, response: Response): Promise<void> {
    const target = this.#target
    if (!target) return reply(response, 503, 'the Worker is starting')
    const underWay = this.#underWay.get(target) ?? 0
    if (underWay >= MAX_REQUESTS) return reply(response, 503, 'too many requests at once')
    this.#underWay.set(target, underWay + 1)
    try {
      const body = await readAll(request, MAX_BODY)
      if (!body) return reply(response, 413, 'the body is too large')
      const { status, headers, body: answer } = await this.#forward(target, request, body)
      response.writeHead(status, replyHeaders(request.method, status, headers, answer))
      response.end(answer)
    } catch (error) {
      reply(response, 502, `the Worker did not answer: ${reasonOf(error)}`)
    } finally {
      const left = this.#underWay.get(target)! - 1
      if (left > 0) this.#underWay.set(target, left)
      else this.#underWay.delete(target)
    }
  }

  #forward(target: Target, from: Request, body: Buffer, isRetry = false): Promise<Answer> {
    const headers = requestHeaders(from, body)
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const options = { ...target, method: from.method, path: from.url, headers, agent: this.#agent }
    const request = ask(options, (answer) => {
      readAll(answer, Number.POSITIVE_INFINITY).then(
        (whole) => resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: whole! }),
        reject,
      )
    })
    request.once('error', (error) => {
      // The Worker's side may close an idle connection in the very moment in which we use it.
      if (request.reusedSocket && !isRetry) this.#forward(target, from, body, true).then(resolve, reject)
      else reject(error)
    })
    request.end(body)
    return promise
  }
}

/** The whole body; undefined where it is longer than `limit`. */
async function readAll(stream: AsyncIterable<Buffer>, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    if (length > limit) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Headers that belong to one connection (RFC 9110 §7.6.1), and HTTP/2's pseudo-headers. */
const OF_CONNECTION =
  /^(:.*|connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|http2-settings)$/
const isOfConnection = (name: string): boolean => OF_CONNECTION.test(name)

function requestHeaders(request: Request, body: Buffer): Headers {
  const headers: Headers = {}
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined && !isOfConnection(name)) headers[name] = value
  // What miniflare compresses comes without a length, which dig insists on.
  delete headers['accept-encoding']
  headers.host = request.headers[':authority'] ?? request.headers.host ?? 'localhost'
  // As Cloudflare's own front does: whatever the client says of itself is put right.
  headers['cf-connecting-ip'] = (request.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '')
  if (body.length > 0 || headers['content-length'] !== undefined) headers['content-length'] = body.length
  return headers
}

function replyHeaders(method: string | undefined, status: number, from: IncomingHttpHeaders, body: Buffer): Headers {
  const headers: Headers = {}
  for (const [name, value] of Object.entries(from))
    if (value !== undefined && !isOfConnection(name)) headers[name] = value
  if (method !== 'HEAD' && status !== 204 && status !== 304) headers['content-length'] = body.length
  return headers
}

function reply(response: Response, status: number, text: string): void {
  const body = Buffer.from(`${text}\n`)
  try {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length })
    response.end(body)
  } catch {
    // The client has gone, or headers were sent already.
  }
}
