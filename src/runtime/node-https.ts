import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2, constants } from 'node:http2'
import { Agent, type RequestOptions, request as requestHttp1 } from 'node:https'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { openSocket } from './node-net.ts'
import { inWords } from './node-reason.ts'
import type { HttpsClient, HttpsOptions, HttpsRequest, HttpsResponse } from './runtime.ts'

/** HTTPS by one HTTP/2 session per server (RFC 8484 §5.2), opened at need; HTTP/1.1 where the server has nothing else. */
export const https = (options: HttpsOptions): HttpsClient => new NodeHttpsClient(options)

class NodeHttpsClient implements HttpsClient {
  readonly #options: HttpsOptions
  #session: Promise<ClientHttp2Session | Agent> | undefined
  #open: ClientHttp2Session | Agent | undefined

  constructor(options: HttpsOptions) {
    this.#options = { ...options, tls: { ...options.tls, alpn: ['h2', 'http/1.1'] } }
  }

  async request(request: HttpsRequest): Promise<HttpsResponse> {
    request.signal.throwIfAborted()
    const kept = this.#session
    const session = await (kept ?? this.#connect())
    if (session instanceof Agent) return overHttp1(session, this.#options, request)
    if (session.closed || session.destroyed) {
      if (!kept) throw new Error('session closed')
      if (this.#session === kept) this.#session = undefined
      return this.request(request)
    }
    try {
      return await overHttp2(session, this.#options, request)
    } catch (error) {
      // It was on its way when the server said GOAWAY, and was not looked at (RFC 9113 §8.7).
      if (!kept || !(error instanceof Refused)) throw error
      if (this.#session === kept) this.#session = undefined
      return this.request(request)
    }
  }

  renew(): void {
    const old = this.#open
    this.#open = undefined
    this.#session = undefined
    // What is under way on the old session may still come.
    if (old && !(old instanceof Agent)) old.close()
  }

  close(): void {
    this.#open?.destroy()
    this.#open = undefined
    this.#session = undefined
  }

  /**
   * Opens a session for one request; the others get it a turn later. BIND closes sessions that begin with a burst of requests
   * whose bodies come after their headers, as Node sends them.
   */
  #connect(): Promise<ClientHttp2Session | Agent> {
    const opening = this.#start()
    const shared = opening.then((session) => new Promise<typeof session>((resolve) => setImmediate(resolve, session)))
    this.#session = shared
    // A failed try is not kept: the next request tries again.
    shared.catch(() => {
      if (this.#session === shared) this.#session = undefined
    })
    return opening
  }

  async #start(): Promise<ClientHttp2Session | Agent> {
    const socket = (await openSocket(this.#options)) as TLSSocket
    this.#open = socket.alpnProtocol === 'h2' ? this.#startHttp2(socket) : this.#startHttp1(socket)
    if (!(this.#open instanceof Agent)) await settingsOf(this.#open, this.#options.timeout)
    return this.#open
  }

  #startHttp2(socket: TLSSocket): ClientHttp2Session {
    const { idle, maxAge = 0 } = this.#options
    const session = connectHttp2(`https://${authority(this.#options)}`, { createConnection: () => socket as Duplex })
    const old = maxAge > 0 ? setTimeout(() => this.#open === session && this.renew(), maxAge).unref() : undefined
    session.on('close', () => clearTimeout(old))
    const forget = (): void => {
      if (this.#open !== session) return
      this.#open = undefined
      this.#session = undefined
    }
    session.setTimeout(idle, () => session.close())
    session.on('error', forget)
    session.on('goaway', forget)
    session.on('close', forget)
    return session
  }

  #startHttp1(socket: TLSSocket): Agent {
    socket.destroy()
    return new Agent({ keepAlive: true, maxSockets: 16, maxFreeSockets: 4, timeout: this.#options.idle })
  }
}

/** The server has not begun with the request. */
class Refused extends Error {}

/**
 * Waits for the server to say how many streams it takes at once (RFC 9113 §6.5.2), which is right behind the handshake. More
 * of them than that make some servers close the session; from then on Node keeps to it.
 */
function settingsOf(session: ClientHttp2Session, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => session.destroy(new Error(`no HTTP/2 settings within ${timeout} ms`)), timeout)
    session.once('remoteSettings', () => {
      clearTimeout(timer)
      resolve()
    })
    session.once('error', (error) => reject(inWords(error)))
    session.once('close', () => {
      clearTimeout(timer)
      reject(new Error('session closed'))
    })
  })
}

function authority({ host, port, tls }: HttpsOptions): string {
  const name = tls?.serverName ?? host
  return `${name.includes(':') ? `[${name}]` : name}${port === 443 ? '' : `:${port}`}`
}

function overHttp2(session: ClientHttp2Session, options: HttpsOptions, request: HttpsRequest): Promise<HttpsResponse> {
  const { method, path, headers, body, signal } = request
  const length = body ? { 'content-length': `${body.length}` } : {}
  const stream: ClientHttp2Stream = session.request(
    { ':method': method, ':path': path, ':authority': authority(options), ...headers, ...length },
    { endStream: !body },
  )
  const cancel = (): void => stream.close(constants.NGHTTP2_CANCEL)
  signal.addEventListener('abort', cancel, { once: true })
  if (body) stream.end(body)
  return new Promise((resolve, reject) => {
    stream.on('response', (fields) => {
      collect(stream, Number(fields[':status']), fields, request.limit, resolve, reject)
    })
    stream.on('error', (error) => {
      reject(stream.rstCode === constants.NGHTTP2_REFUSED_STREAM ? new Refused(error.message) : inWords(error))
    })
    stream.on('close', () => reject(new Error('session closed')))
  })
}

function overHttp1(agent: Agent, options: HttpsOptions, request: HttpsRequest): Promise<HttpsResponse> {
  const { method, path, headers, body, signal, limit } = request
  const { host, port, tls, source } = options
  const tlsOptions: RequestOptions = { ca: tls?.ca, cert: tls?.cert, key: tls?.key, servername: tls?.serverName }
  const fields = { host: authority(options), ...headers, ...(body ? { 'content-length': `${body.length}` } : {}) }
  return new Promise((resolve, reject) => {
    const sent = requestHttp1(
      { host, port, method, path, headers: fields, agent, signal, localAddress: source, ...tlsOptions },
      (response: IncomingMessage) => {
        collect(response, response.statusCode ?? 0, response.headers, limit, resolve, reject)
      },
    )
    sent.on('error', (error) => reject(inWords(error)))
    sent.end(body)
  })
}

/**
 * Reads the body; gives up where there is more than `limit` octets of it. Tells the outcome at once and not by a promise:
 * a stream may close right after its end, and that would be heard first.
 */
function collect(
  body: Duplex | IncomingMessage,
  status: number,
  fields: IncomingHttpHeaders,
  limit: number,
  done: (response: HttpsResponse) => void,
  failed: (reason: Error) => void,
): void {
  const parts: Buffer[] = []
  let size = 0
  body.on('data', (part: Buffer) => {
    size += part.length
    if (size > limit) body.destroy(new Error(`answer is longer than ${limit} octets`))
    else parts.push(part)
  })
  body.on('error', failed)
  body.on('end', () => {
    const age = Number(fields.age ?? 0) || 0
    done({ status, type: fields['content-type'] ?? '', age, body: Buffer.concat(parts) })
  })
}
