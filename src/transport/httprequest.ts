import type { Peer } from '../query.ts'
import { readTraceContext } from '../tracecontext.ts'
import { type BodyWanted, HttpError, type HttpHandler, type HttpReply, type HttpRequest, joinOctets } from './http.ts'
import type { StreamLimits } from './limits.ts'

/** What the connections of one HTTP listener share; a reload changes it. */
export interface HttpHost {
  readonly handler: HttpHandler
  limits: StreamLimits
}

/** What a request needs of the stream that its body comes from. */
export interface BodyStream {
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown
  on(event: 'end', listener: () => void): unknown
}

/** What is to be known of a request when its header fields are there. */
export interface RequestHead {
  readonly method: string
  readonly target: string
  readonly fields: Readonly<Record<string, string | string[] | undefined>>
  readonly peer: Peer
}

/** Plugins have deadlines of their own; this is for one that has none. */
const ANSWER_TIMEOUT = 30_000

/** A request over HTTP/1.1 or 2 with the deadline of what it is at: its body, its answer, or its response's way out. */
export class StreamRequest implements HttpRequest {
  readonly method: string
  readonly target: string
  readonly peer: Peer
  readonly #fields: RequestHead['fields']
  readonly #stream: BodyStream
  readonly #limits: StreamLimits
  readonly #destroy: () => void
  #deadline = performance.now() + ANSWER_TIMEOUT
  #expire: () => void
  /** While the body comes: ends that. */
  #refuse: ((status: number, reason: string) => void) | undefined

  constructor(head: RequestHead, stream: BodyStream, limits: StreamLimits, destroy: () => void) {
    this.method = head.method
    this.target = head.target
    this.#fields = head.fields
    const trace = readTraceContext((name) => this.header(name))
    this.peer = trace ? { ...head.peer, trace } : head.peer
    this.#stream = stream
    this.#limits = limits
    this.#destroy = destroy
    this.#expire = destroy
  }

  header(name: string): string | undefined {
    const value = this.#fields[name]
    return Array.isArray(value) ? value.join(', ') : value
  }

  /** Answers by `handler`, at once where it can: `send` gets the response; `fail` is called where it throws. */
  answer(handler: HttpHandler, send: (reply: HttpReply) => void, fail: () => void): void {
    const settle = (make: () => HttpReply | BodyWanted | Promise<HttpReply>): void => {
      try {
        const outcome = make()
        if (outcome instanceof Promise) outcome.then(send, fail)
        else if ('limit' in outcome) this.#read(outcome, settle)
        else send(outcome)
      } catch {
        fail()
      }
    }
    settle(() => handler(this))
  }

  /** Called when a body is wanted; some clients wait for that. */
  protected bodyWanted(): void {}

  #read(wanted: BodyWanted, settle: (make: () => HttpReply | Promise<HttpReply>) => void): void {
    if (Number(this.header('content-length')) > wanted.limit) {
      settle(() => wanted.respond(undefined))
      return
    }
    this.bodyWanted()
    const chunks: Uint8Array[] = []
    let size = 0
    const end = (make: () => HttpReply | Promise<HttpReply>): void => {
      if (!this.#refuse) return
      this.#refuse = undefined
      this.#allow(ANSWER_TIMEOUT)
      settle(make)
    }
    const refuse = (status: number, reason: string): void => end(() => wanted.refuse(new HttpError(status, reason)))
    this.#refuse = refuse
    this.#deadline = performance.now() + this.#limits.readTimeout
    this.#expire = () => refuse(408, 'the body took too long to come')
    this.#stream.on('data', (chunk) => {
      size += chunk.length
      if (size <= wanted.limit) chunks.push(chunk)
      else end(() => wanted.respond(undefined)) // and the rest is read and thrown away
    })
    this.#stream.on('end', () => end(() => wanted.respond(joinOctets(chunks, size))))
  }

  /** The stream is gone. */
  closed(): void {
    this.#refuse?.(400, 'the body broke off')
  }

  /** The response is on its way. */
  sending(): void {
    this.#allow(this.#limits.writeTimeout)
  }

  #allow(milliseconds: number): void {
    this.#deadline = performance.now() + milliseconds
    this.#expire = this.#destroy
  }

  check(now: number): void {
    if (now > this.#deadline) this.#expire()
  }
}

/** The requests that are open on one connection. */
export class OpenRequests {
  readonly #requests = new Set<StreamRequest>()
  #activeAt = performance.now()
  #served = false

  get size(): number {
    return this.#requests.size
  }

  get idleSince(): number | undefined {
    return this.#requests.size > 0 ? undefined : this.#activeAt
  }

  add(request: StreamRequest): void {
    this.#requests.add(request)
    this.#served = true
  }

  delete(request: StreamRequest): void {
    this.#requests.delete(request)
    this.#activeAt = performance.now()
  }

  check(now: number): void {
    for (const request of this.#requests) request.check(now)
  }

  /** Has there been nothing to do for too long? Octets that are no whole request do not count. */
  hasIdled(now: number, { readTimeout, idleTimeout }: StreamLimits): boolean {
    return this.#requests.size === 0 && now - this.#activeAt > (this.#served ? idleTimeout : readTimeout)
  }
}
