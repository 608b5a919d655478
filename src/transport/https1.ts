import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Peer } from '../query.ts'
import { LINGER, type OpenConnection } from './connections.ts'
import type { HttpReply } from './http.ts'
import { type HttpHost, OpenRequests, StreamRequest } from './httprequest.ts'

/** Room for a URL that is too long to be told so. */
const MAX_HEADER = 65_536
/** Requests that a client may send ahead of their responses; nobody who pipelines honestly needs more. */
const MAX_PIPELINED = 100

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
    const { method = '', url: target = '', headers: fields } = message
    const destroy = (): void => this.destroy()
    const request = new Http1Request({ method, target, fields, peer: this.#peer }, message, this.#host.limits, destroy)
    if (fields.expect) request.expected = () => response.writeContinue()
    this.#requests.add(request)
    message.on('close', () => request.closed())
    response.on('close', () => {
      this.#requests.delete(request)
      if (this.#endedAt > 0 && this.#requests.size === 0) this.#end()
    })
    const send = ({ status, headers, body }: HttpReply): void => {
      request.sending()
      if (response.destroyed) return
      if (this.#endedAt > 0 || status === 408) response.setHeader('connection', 'close')
      response.writeHead(status, headers)
      response.end(body)
    }
    request.answer(this.#host.handler, send, destroy)
  }

  check(now: number): void {
    this.#requests.check(now)
    if (this.#endedAt > 0) {
      if (this.#requests.size === 0 && now - this.#endedAt > LINGER) this.destroy()
    } else if (this.#requests.hasIdled(now, this.#host.limits)) this.close()
  }

  close(): void {
    if (this.#endedAt > 0) return
    this.#endedAt = performance.now()
    if (this.#requests.size === 0) this.#end()
  }

  #end(): void {
    this.#endedAt = performance.now()
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}

/** Asks for its body where the client waits to be asked (RFC 9110 §10.1.1). */
class Http1Request extends StreamRequest {
  expected: (() => void) | undefined

  protected override bodyWanted(): void {
    this.expected?.()
  }
}
