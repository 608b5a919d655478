import type { Peer } from '../query.ts'
import { reasonOf } from '../reason.ts'

/** An HTTP request, whichever version and runtime it came through. */
export interface HttpRequest {
  readonly method: string
  /** Path and query as the request line has them. */
  readonly target: string
  /** A header field's value, by its name in lower case. */
  header(name: string): string | undefined
  /** Who asks, with the trace that the request is part of. */
  readonly peer: Peer
}

/** The response to it. Without a body where none may be sent. */
export interface HttpReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

/** Says that the response depends on the request's body: whoever has the request reads that, and asks on. */
export interface BodyWanted {
  /** Octets. */
  readonly limit: number
  /** Undefined: it has more octets than `limit`, or says that it has. */
  respond(body: Uint8Array | undefined): HttpReply | Promise<HttpReply>
  /** The response where it does not come. */
  refuse(error: HttpError): HttpReply
}

/** What is there at once is returned as it is: promises cost more than answering does. */
export type HttpHandler = (request: HttpRequest) => HttpReply | BodyWanted | Promise<HttpReply>

/** A request that cannot be served: the status, and the reason in one line for whoever sent it. */
export class HttpError extends Error {
  readonly code = 'HTTP'
  override name = 'HttpError'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, reason: string, headers: Readonly<Record<string, string>> = {}) {
    super(reason)
    this.status = status
    this.headers = headers
  }
}

/** Pages of any origin may ask, as they can ask every other resolver (WHATWG Fetch §3.2). */
export const ANY_ORIGIN = { 'access-control-allow-origin': '*' } as const

const encoder = new TextEncoder()

/** The response for an error: its reason in one line, or as Cloudflare's JSON API has it. */
export function errorReply(error: unknown, form: 'text' | 'json' = 'text'): HttpReply {
  const { status, message, headers } = error instanceof HttpError ? error : new HttpError(500, 'internal error')
  const body = encoder.encode(`${form === 'json' ? JSON.stringify({ error: message }) : message}\n`)
  const fields = {
    'content-type': form === 'json' ? 'application/json' : 'text/plain; charset=utf-8',
    'content-length': `${body.length}`,
    'cache-control': 'no-store',
    ...ANY_ORIGIN,
  }
  return { status, headers: { ...fields, ...headers }, body }
}

/** The response while there is nothing that could answer, and why there is not, in one line. */
export function unavailable(error: unknown): { readonly reason: string; readonly reply: HttpReply } {
  const reason = reasonOf(error).replaceAll('\n', '; ')
  return { reason, reply: errorReply(new HttpError(503, reason, { 'retry-after': '1' })) }
}

/** The chunks of a body, `size` octets in all, in one piece that shares no memory with a Buffer pool. */
export function joinOctets(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/** Cuts a request target into path and query; an absolute one (RFC 9112 §3.2.2) loses its scheme and authority. */
export function splitTarget(target: string): { readonly path: string; readonly search: string } {
  const local = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*/i, '')
  const mark = local.indexOf('?')
  return mark < 0 ? { path: local, search: '' } : { path: local.slice(0, mark), search: local.slice(mark + 1) }
}
