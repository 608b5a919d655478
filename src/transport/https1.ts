import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Peer } from '../query.ts'
import { LINGER, type OpenConnection, QUIET } from './connections.ts'
import type { HttpReply } from './http.ts'
import { type HttpHost, OpenRequests, StreamRequest } from './httprequest.ts'

/** Room for a URL that is too long to be told so. */
const MAX_HEADER = 65_536
/** Requests that a client may send ahead of their responses; nobody who pipelines honestly needs more. */
const MAX_PIPELINED = 100
/** Longer bodies are written by themselves. */
const MAX_TEXT = 4096

const latin1 = ({ buffer, byteOffset, length }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, length).toString('latin1')

/** Speaks HTTP/1.1 on sockets that are accepted already. */
export class Http1 {
  readonly #server: Server
  readonly #connections = new WeakMap<Socket, Http1Connection>()

  constructor() {
    // Never bound. Time limits are the connection's own.
    this.#server = http.createServer({
      maxHeaderSize: MAX_HEADER,
      keepAliveTimeout: 0,
      requestTimeout: 0,
      headersTimeout: 0,
    })
    const serve = (request: IncomingMessage, response: ServerResponse): void =>
      this.#connections.get(request.socket)?.serve(request, response)
    this.#server.on('request', serve)
    // "100 Continue" is sent when the body is wanted, not before.
    this.#server.on('checkContinue', serve)
  }

  connect(socket: Socket, peer: Peer, host: HttpHost): Http1Connection {
    const connection = new Http1Connection(socket, peer, host)
    this.#connections.set(socket, connection)
    this.#server.emit('connection', socket)
    return connection
  }
}

class Http1Connection implements OpenConnection {
  readonly #socket: Socket
  readonly #peer: Peer
  readonly #host: HttpHost
  readonly #requests = new OpenRequests()
  #closingAt = 0
  #endedAt = 0

  constructor(socket: Socket, peer: Peer, host: HttpHost) {
    this.#socket = socket
    this.#peer = peer
    this.#host = host
  }

  get idleSince(): number | undefined {
    return this.#requests.idleSince
  }

  serve(message: IncomingMessage, response: ServerResponse): void {
    if (this.#requests.size >= MAX_PIPELINED) {
      this.destroy()
      return
    }
    const request = new Http1Request(message, response, this.#peer, this.#host, this)
    this.#requests.add(request)
    response.on('close', () => {
      request.closed()
      this.#requests.delete(request)
      if (this.isEnding && this.#requests.size === 0) this.#end()
    })
    request.answer(this.#host.handler)
  }

  /** Does the next response say that it is the last? */
  get isEnding(): boolean {
    return this.#closingAt > 0 && this.#requests.size <= 1
  }

  check(now: number): void {
    this.#requests.check(now)
    if (this.#requests.size > 0) return
    if (this.#endedAt > 0) {
      if (now - this.#endedAt > LINGER) this.destroy()
    } else if (this.#closingAt > 0 ? now - this.#closingAt > QUIET : this.#requests.hasIdled(now, this.#host.limits)) {
      this.#end()
    }
  }

  /** The next response says that it is the last; a request that is on its way must not meet a closed connection (RFC 9112 §9.6). */
  close(): void {
    this.#closingAt ||= performance.now()
  }

  #end(): void {
    this.#endedAt = performance.now()
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

class Http1Request extends StreamRequest {
  readonly #response: ServerResponse
  readonly #connection: Http1Connection
  readonly #isAsking: boolean

  constructor(
    message: IncomingMessage,
    response: ServerResponse,
    peer: Peer,
    { limits }: HttpHost,
    connection: Http1Connection,
  ) {
    const { method = '', url: target = '', headers: fields } = message
    super({ method, target, fields, peer }, message, limits)
    this.#response = response
    this.#connection = connection
    this.#isAsking = fields.expect !== undefined
  }

  /** Asks for its body where the client waits to be asked (RFC 9110 §10.1.1). */
  protected override bodyWanted(): void {
    if (this.#isAsking) this.#response.writeContinue()
  }

  protected override send({ status, headers, body }: HttpReply): void {
    const response = this.#response
    if (response.destroyed) return
    if (this.#connection.isEnding || status === 408) response.setHeader('connection', 'close')
    response.writeHead(status, headers)
    // Octets as text: Node puts them behind the header fields in one string, and writes that at once.
    if (body && body.length <= MAX_TEXT) response.end(latin1(body), 'latin1')
    else response.end(body)
  }

  protected override fail(): void {
    this.#connection.destroy()
  }

  protected override abort(): void {
    this.#connection.destroy()
  }
}
