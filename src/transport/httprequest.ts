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
/** A body whose length nobody has told. */
const UNTOLD = -1
const NO_FIELDS = {}

/** A request over HTTP/1.1 or 2: reads its body where that is wanted, and has the deadline of what it is at. */
export abstract class StreamRequest implements HttpRequest {
  readonly method: string
  readonly target: string
  readonly peer: Peer
  /** Where it stands among the open ones; theirs to set. */
  place = 0
  #fields: RequestHead['fields']
  readonly #stream: BodyStream
  readonly #limits: StreamLimits
  /** Set while the body comes. */
  #wanted: BodyWanted | undefined
  #length = UNTOLD
  #chunks: Uint8Array[] | undefined
  #size = 0
  #isBodyWhole = false
  #isSending = false
  /** What it is at may take so long: until `#deadline`, which the first look sets, so that quick requests never ask for the time. */
  #allowance = ANSWER_TIMEOUT
  #deadline = 0

  constructor(head: RequestHead, stream: BodyStream, limits: StreamLimits) {
    this.method = head.method
    this.target = head.target
    this.#fields = head.fields
    const trace = readTraceContext((name) => this.header(name))
    this.peer = trace ? { ...head.peer, trace } : head.peer
    this.#stream = stream
    this.#limits = limits
  }

  /** Sends the response, if that can still be done. */
  protected abstract send(reply: HttpReply): void
  /** There is none: the handler threw. */
  protected abstract fail(): void
  /** Something took too long: ends the stream. */
  protected abstract abort(): void
  /** Called when a body is wanted; some clients wait for that. */
  protected bodyWanted(): void {}

  header(name: string): string | undefined {
    const value = this.#fields[name]
    return Array.isArray(value) ? value.join(', ') : value
  }

  /** All of the body has come that there is. */
  protected get isBodyWhole(): boolean {
    return this.#isBodyWhole
  }

  /** Do we wait for the client, for the rest of the request or to take the response? What has only just been sent does not count. */
  get isClientsTurn(): boolean {
    return this.#isSending ? this.#deadline > 0 : this.#wanted !== undefined
  }

  /** Answers by `handler`, at once where it can. */
  answer(handler: HttpHandler): void {
    try {
      this.#settle(handler(this))
    } catch {
      this.fail()
    }
  }

  #settle(outcome: HttpReply | BodyWanted | Promise<HttpReply>): void {
    if (outcome instanceof Promise) {
      outcome.then(
        (reply) => this.#send(reply),
        () => this.fail(),
      )
    } else if ('limit' in outcome) this.#read(outcome)
    else this.#send(outcome)
  }

  #send(reply: HttpReply): void {
    this.#isSending = true
    this.#allow(this.#limits.writeTimeout)
    this.send(reply)
  }

  #read(wanted: BodyWanted): void {
    const length = Number(this.header('content-length') ?? UNTOLD)
    if (length > wanted.limit) {
      this.#settle(wanted.respond(undefined))
      return
    }
    this.bodyWanted()
    this.#wanted = wanted
    this.#length = length
    this.#chunks = []
    this.#allow(this.#limits.readTimeout)
    this.#stream.on('data', (chunk) => this.#received(chunk))
    // A body of this length has its end with its last octet: both protocols hold it to that.
    if (!(length > 0)) this.#stream.on('end', () => this.#bodyEnded())
  }

  #received(chunk: Uint8Array): void {
    // What nobody wants any more is read and thrown away.
    if (!this.#wanted) return
    this.#size += chunk.length
    if (this.#size > this.#wanted.limit) this.#proceed((wanted) => wanted.respond(undefined))
    else {
      this.#chunks!.push(chunk)
      if (this.#size === this.#length) this.#bodyEnded()
    }
  }

  #bodyEnded(): void {
    this.#isBodyWhole = true
    this.#proceed((wanted) => wanted.respond(joinOctets(this.#chunks!, this.#size)))
  }

  #refuse(status: number, reason: string): void {
    this.#proceed((wanted) => wanted.refuse(new HttpError(status, reason)))
  }

  /** No more of the body is waited for. */
  #proceed(respond: (wanted: BodyWanted) => HttpReply | Promise<HttpReply>): void {
    const wanted = this.#wanted
    if (!wanted) return
    this.#wanted = undefined
    this.#allow(ANSWER_TIMEOUT)
    try {
      this.#settle(respond(wanted))
    } catch {
      this.fail()
    }
  }

  /** The stream is gone. What it kept goes as well: Node's own tables may keep the stream for a while. */
  closed(): void {
    this.#refuse(400, 'the body broke off')
    this.#fields = NO_FIELDS
    this.#chunks = undefined
  }

  #allow(milliseconds: number): void {
    this.#allowance = milliseconds
    this.#deadline = 0
  }

  check(now: number): void {
    if (this.#deadline === 0) this.#deadline = now + this.#allowance
    else if (now <= this.#deadline) return
    else if (this.#wanted) this.#refuse(408, 'the body took too long to come')
    else this.abort()
  }
}

/** The requests that are open on one connection. */
export class OpenRequests {
  /** No Set: the tables that one leaves behind as requests come and go keep some of these from the garbage collector. */
  readonly #requests: StreamRequest[] = []
  /** When the last one was done. */
  activeAt = performance.now()
  #served = false

  get size(): number {
    return this.#requests.length
  }

  /** Since when nothing has come of the client; undefined while a request is being answered. */
  get idleSince(): number | undefined {
    return this.#requests.every((request) => request.isClientsTurn) ? this.activeAt : undefined
  }

  add(request: StreamRequest): void {
    request.place = this.#requests.push(request) - 1
    this.#served = true
  }

  delete(request: StreamRequest): void {
    const last = this.#requests.pop()!
    last.place = request.place
    if (last !== request) this.#requests[last.place] = last
    this.activeAt = performance.now()
  }

  check(now: number): void {
    for (const request of [...this.#requests]) request.check(now)
  }

  /** Has there been nothing to do for too long? Octets that are no whole request do not count. */
  hasIdled(now: number, { readTimeout, idleTimeout }: StreamLimits): boolean {
    return this.#requests.length === 0 && now - this.activeAt > (this.#served ? idleTimeout : readTimeout)
  }
}
