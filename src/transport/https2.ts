import http2, { type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import type { Peer } from '../query.ts'
import { LINGER, type OpenConnection, QUIET } from './connections.ts'
import type { HttpReply } from './http.ts'
import { type HttpHost, OpenRequests, StreamRequest } from './httprequest.ts'

const MAX_STREAMS = 100
const MAX_STREAM_ID = 2 ** 31 - 1

const { NGHTTP2_NO_ERROR, NGHTTP2_INTERNAL_ERROR, NGHTTP2_CANCEL } = http2.constants

const ignore = (): void => {}

/** A connection that speaks HTTP/2, by Node's stream API: its compatibility API costs a third more. */
export class Http2Connection implements OpenConnection {
  readonly #socket: Socket
  readonly #peer: Peer
  readonly #host: HttpHost
  readonly #session: ServerHttp2Session
  readonly #requests = new OpenRequests()
  #closingAt = 0
  #isLast = false

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
    if (this.#closingAt > 0 && performance.now() - this.#closingAt > QUIET) this.#sayLast()
    const request = new Http2Request(stream, fields, this.#peer, this.#host)
    this.#requests.add(request)
    stream.on('close', () => {
      request.closed()
      this.#requests.delete(request)
      if (this.#isLast && this.#requests.size === 0) this.#session.close()
    })
    request.answer(this.#host.handler)
  }

  check(now: number): void {
    this.#requests.check(now)
    if (this.#closingAt === 0) {
      if (this.#requests.hasIdled(now, this.#host.limits)) this.close()
      return
    }
    if (this.#requests.size > 0) return
    const quiet = now - Math.max(this.#closingAt, this.#requests.activeAt)
    if (quiet > QUIET) this.#session.close()
    if (quiet > LINGER) this.destroy()
  }

  /** Closes as soon as nobody asks; a request that is on its way must not meet a closed connection. */
  close(): void {
    this.#closingAt ||= performance.now()
  }

  /**
   * For a client that goes on asking: comes in front of its next responses, so that it hears of this before it can ask on. What is on
   * the way all the same is shown not to have been looked at by the GOAWAY at the end (RFC 9113 §6.8).
   */
  #sayLast(): void {
    if (this.#isLast || this.#session.closed) return
    this.#isLast = true
    this.#session.goaway(NGHTTP2_NO_ERROR, MAX_STREAM_ID)
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
