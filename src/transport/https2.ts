import http2, { type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { Peer } from '../query.ts'
import { LINGER, type OpenConnection } from './connections.ts'
import type { HttpReply } from './http.ts'
import { type HttpHost, OpenRequests, StreamRequest } from './httprequest.ts'

const MAX_STREAMS = 100

const { NGHTTP2_NO_ERROR, NGHTTP2_INTERNAL_ERROR, NGHTTP2_CANCEL } = http2.constants

const ignore = (): void => {}

/** A connection that speaks HTTP/2, by Node's stream API: its compatibility API costs a third more. */
export class Http2Connection implements OpenConnection {
  readonly #socket: Socket
  readonly #peer: Peer
  readonly #host: HttpHost
  readonly #session: ServerHttp2Session
  readonly #requests = new OpenRequests()
  #endedAt = 0

  constructor(socket: Socket, peer: Peer, host: HttpHost) {
    this.#socket = socket
    this.#peer = peer
    this.#host = host
    this.#session = http2.performServerHandshake(socket, { settings: { maxConcurrentStreams: MAX_STREAMS } })
    this.#session.on('stream', (stream, headers) => this.#serve(stream, headers))
    // Clients that break the protocol or the connection: the session closes itself.
    this.#session.on('error', ignore)
  }

  get idleSince(): number | undefined {
    return this.#requests.idleSince
  }

  #serve(stream: ServerHttp2Stream, fields: IncomingHttpHeaders): void {
    stream.on('error', ignore)
    const request = new Http2Request(stream, fields, this.#peer, this.#host)
    this.#requests.add(request)
    stream.on('close', () => {
      request.closed()
      this.#requests.delete(request)
    })
    request.answer(this.#host.handler)
  }

  check(now: number): void {
    this.#requests.check(now)
    if (this.#endedAt > 0) {
      if (this.#requests.size === 0 && now - this.#endedAt > LINGER) this.destroy()
    } else if (this.#requests.hasIdled(now, this.#host.limits)) this.close()
  }

  /** Says GOAWAY; streams that are open are still served (RFC 9113 §6.8). */
  close(): void {
    if (this.#endedAt > 0) return
    this.#endedAt = performance.now()
    this.#session.close()
  }

  destroy(): void {
    this.#session.destroy()
    this.#socket.destroy()
  }
}

class Http2Request extends StreamRequest {
  readonly #stream: ServerHttp2Stream

  constructor(stream: ServerHttp2Stream, fields: IncomingHttpHeaders, peer: Peer, { limits }: HttpHost) {
    super({ method: fields[':method'] ?? '', target: fields[':path'] ?? '', fields, peer }, stream, limits)
    this.#stream = stream
  }

  protected override send({ status, headers, body }: HttpReply): void {
    const stream = this.#stream
    if (stream.destroyed || stream.closed) return
    stream.respond({ ':status': status, ...headers }, { endStream: body === undefined })
    if (body) stream.end(body)
    // A body that nobody will read: the client may stop sending it (RFC 9113 §8.1).
    if (!stream.endAfterHeaders && !this.isBodyWhole && !stream.readableEnded) stream.close(NGHTTP2_NO_ERROR)
  }

  protected override fail(): void {
    if (!this.#stream.destroyed) this.#stream.close(NGHTTP2_INTERNAL_ERROR)
  }

  protected override abort(): void {
    this.#stream.close(NGHTTP2_CANCEL)
  }
}
