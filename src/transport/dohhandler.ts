import { MAX_MESSAGE } from '../dns/framing.ts'
import { HEADER } from '../dns/header.ts'
import type { Exchange } from '../send.ts'
import { mediaType, names, quality } from './accept.ts'
import { decodeBase64url } from './base64url.ts'
import type { DnsServer } from './dnsserver.ts'
import { cacheControl } from './freshness.ts'
import {
  ANY_ORIGIN,
  type BodyWanted,
  errorReply,
  HttpError,
  type HttpHandler,
  type HttpReply,
  type HttpRequest,
  splitTarget,
} from './http.ts'
import { type JsonDialect, jsonReply } from './json.ts'
import { readJsonQuery } from './jsonquery.ts'

/** `dns-query` speaks RFC 8484 and, as Cloudflare's does, JSON; `resolve` is Google's, JSON first. */
export type DohResource = 'dns-query' | 'resolve'

/** Where the resources are. */
export const DOH_PATHS: Readonly<Record<string, DohResource>> = { '/dns-query': 'dns-query', '/resolve': 'resolve' }

const MESSAGE = 'application/dns-message'
const MESSAGE_ONLY = [MESSAGE]
const DNS_JSON = 'application/dns-json'
const JSON_TYPE = 'application/json'

/** What a request for JSON can get, best first. */
const JSON_TYPES: Readonly<Record<DohResource, readonly string[]>> = {
  'dns-query': [DNS_JSON, JSON_TYPE],
  resolve: [JSON_TYPE, DNS_JSON, MESSAGE],
}
const METHODS: Readonly<Record<DohResource, string>> = {
  'dns-query': 'GET, POST, HEAD, OPTIONS',
  resolve: 'GET, HEAD, OPTIONS',
}

/** What Cloudflare lets through to a Worker at all; a query of 512 octets takes 700. */
const MAX_TARGET = 16_384
const DAY = '86400'
/** In the third octet of a message: it is a response (RFC 1035 §4.1.1). */
const QR = 0x80

/** The resource at a path; undefined where there is none. */
export function resourceAt(path: string): DohResource | undefined {
  return Object.hasOwn(DOH_PATHS, path) ? DOH_PATHS[path] : undefined
}

/** Serves both resources at their usual paths. */
export function dohHandler(server: () => DnsServer): HttpHandler {
  return (request) => {
    const resource = resourceAt(splitTarget(request.target).path)
    if (resource) return handleDoh(resource, request, server())
    server().responded?.(404)
    return notFound(request.method)
  }
}

/** The response where there is no resource. */
export function notFound(method: string): HttpReply {
  return forMethod(method, errorReply(new HttpError(404, 'not found: DNS is at /dns-query and /resolve')))
}

/** Answers one request for a resource. Never throws or rejects; every outcome of DNS is status 200 (RFC 8484 §4.2.1). */
export function handleDoh(
  resource: DohResource,
  request: HttpRequest,
  server: DnsServer,
): HttpReply | BodyWanted | Promise<HttpReply> {
  return new DohRequest(resource, request, server).answer()
}

/** One request, with how it is to be refused and who is told how it went. An object, as closures would be made for each. */
class DohRequest implements BodyWanted {
  readonly limit = MAX_MESSAGE
  readonly #resource: DohResource
  readonly #request: HttpRequest
  readonly #server: DnsServer

  constructor(resource: DohResource, request: HttpRequest, server: DnsServer) {
    this.#resource = resource
    this.#request = request
    this.#server = server
  }

  answer(): HttpReply | BodyWanted | Promise<HttpReply> {
    try {
      if (this.#request.method !== 'POST' || this.#resource !== 'dns-query')
        return this.#settle(answerRequest(this.#resource, this.#request, this.#server))
      checkPost(this.#request)
      return this
    } catch (error) {
      return this.refuse(error)
    }
  }

  respond(body: Uint8Array | undefined): HttpReply | Promise<HttpReply> {
    try {
      return this.#settle(answerPost(body, this.#request, this.#server))
    } catch (error) {
      return this.refuse(error)
    }
  }

  refuse(error: unknown): HttpReply {
    return this.#done(errorReply(error))
  }

  #settle(reply: HttpReply | Promise<HttpReply>): HttpReply | Promise<HttpReply> {
    if (!(reply instanceof Promise)) return this.#done(reply)
    return reply.then(
      (late) => this.#done(late),
      (error) => this.refuse(error),
    )
  }

  #done(reply: HttpReply): HttpReply {
    this.#server.responded?.(reply.status)
    return forMethod(this.#request.method, reply)
  }
}

function answerRequest(resource: DohResource, request: HttpRequest, server: DnsServer): HttpReply | Promise<HttpReply> {
  const { method } = request
  if (method === 'OPTIONS') return preflight(resource)
  if (method === 'GET' || method === 'HEAD') return get(resource, request, server)
  const allow = METHODS[resource]
  throw new HttpError(405, `method ${method} is not supported here; use ${allow}`, { allow })
}

/** HEAD gets what GET gets, less the body (RFC 9110 §9.3.2). */
function forMethod(method: string, reply: HttpReply): HttpReply {
  return method === 'HEAD' ? { status: reply.status, headers: reply.headers } : reply
}

/** What a browser asks before a request with headers of its own (WHATWG Fetch §3.2.2). */
function preflight(resource: DohResource): HttpReply {
  const methods = METHODS[resource]
  const headers = {
    allow: methods,
    ...ANY_ORIGIN,
    'access-control-allow-methods': methods,
    'access-control-allow-headers': 'content-type, accept',
    'access-control-max-age': DAY,
  }
  return { status: 204, headers }
}

function checkPost(request: HttpRequest): void {
  const type = request.header('content-type')
  if (type !== MESSAGE && mediaType(type) !== MESSAGE)
    throw new HttpError(415, `content-type must be ${MESSAGE}`, { accept: MESSAGE })
  mustAccept(request, MESSAGE_ONLY)
}

function answerPost(
  message: Uint8Array | undefined,
  request: HttpRequest,
  server: DnsServer,
): HttpReply | Promise<HttpReply> {
  if (!message) throw new HttpError(413, `a DNS message has at most ${MAX_MESSAGE} octets`)
  return exchange(message, request, server)
}

/**
 * What was encoded is no query: then that is the reason to give. Looked at only where something is wrong, as a header field
 * costs a Worker as much as half its answer.
 */
function mustBePlain(request: HttpRequest): void {
  const coding = request.header('content-encoding')
  if (coding && coding.toLowerCase() !== 'identity')
    throw new HttpError(415, 'the body must come without content-encoding', { 'accept-encoding': 'identity' })
}

function get(resource: DohResource, request: HttpRequest, server: DnsServer): HttpReply | Promise<HttpReply> {
  const { target } = request
  if (target.length > MAX_TARGET) throw new HttpError(414, `the URL is longer than ${MAX_TARGET} octets`)
  const { search } = splitTarget(target)
  const params = new URLSearchParams(search)
  if (resource === 'resolve' || wantsJson(params, request)) return answerParameters(resource, params, request, server)
  const message = readDnsParameter(params)
  mustAccept(request, MESSAGE_ONLY)
  return exchange(message, request, server)
}

function wantsJson(params: URLSearchParams, request: HttpRequest): boolean {
  if (params.has('dns')) return false
  const type = mediaType(params.get('ct') ?? '')
  if (type === DNS_JSON || type === JSON_TYPE) return true
  const accept = request.header('accept')
  return names(accept, DNS_JSON) || names(accept, JSON_TYPE)
}

/** RFC 8484 §4.1: the message in base64url, without padding. */
function readDnsParameter(params: URLSearchParams): Uint8Array {
  const values = params.getAll('dns')
  if (values.length > 1) throw new HttpError(400, 'more than one parameter: dns')
  if (values.length === 0) {
    const hint = params.has('name') ? `; for JSON send accept: ${DNS_JSON}, or ask /resolve` : ''
    throw new HttpError(400, `missing parameter: dns${hint}`)
  }
  const message = decodeBase64url(values[0])
  if (!message) throw new HttpError(400, 'bad parameter: dns: not base64url without padding')
  return message
}

function exchange(message: Uint8Array, request: HttpRequest, server: DnsServer): HttpReply | Promise<HttpReply> {
  if (message.length < HEADER || message[2] & QR) {
    mustBePlain(request)
    throw new HttpError(
      400,
      message.length < HEADER
        ? `not a DNS message: ${message.length} octets, and a header has ${HEADER}`
        : 'not a DNS query: the message is a response',
    )
  }
  const answered = server.exchange(message, request.peer)
  return answered instanceof Promise
    ? answered.then((late) => queryReply(late, request))
    : queryReply(answered, request)
}

function queryReply(answered: Exchange | undefined, request: HttpRequest): HttpReply {
  if (!answered?.query) mustBePlain(request)
  return wireReply(answered)
}

async function answerParameters(
  resource: DohResource,
  params: URLSearchParams,
  request: HttpRequest,
  server: DnsServer,
): Promise<HttpReply> {
  const type = jsonType(resource, params, request)
  if (resource === 'resolve') return answerQuery('google', type, params, request, server)
  try {
    return await answerQuery('cloudflare', type, params, request, server)
  } catch (error) {
    return errorReply(error, 'json')
  }
}

async function answerQuery(
  dialect: JsonDialect,
  type: string,
  params: URLSearchParams,
  { peer }: HttpRequest,
  server: DnsServer,
): Promise<HttpReply> {
  const query = readJsonQuery(params, peer)
  const answered = await server.serve(query)
  if (type === MESSAGE) return wireReply(answered, VARIES)
  if (!answered?.reply) throw dropped()
  const body = encoder.encode(`${JSON.stringify(jsonReply(query, answered.reply, dialect))}\n`)
  return { status: 200, headers: { ...fields(type, body, answered), ...VARIES }, body }
}

/** The same URL has other types for other clients (RFC 9110 §12.5.5). */
const VARIES = { vary: 'accept' } as const

const encoder = new TextEncoder()

/** The media type to answer in: what `ct` names, or the Accept field likes best. */
function jsonType(resource: DohResource, params: URLSearchParams, request: HttpRequest): string {
  const offered = JSON_TYPES[resource]
  const named = mediaType(params.get('ct') ?? '')
  if (offered.includes(named)) return named
  return named === 'application/x-javascript' ? JSON_TYPE : mustAccept(request, offered)
}

/** The best of the offered types, of which the first wins among equals. Throws where the client takes none. */
function mustAccept(request: HttpRequest, offered: readonly string[]): string {
  const accept = request.header('accept')
  let best = ''
  let most = 0
  for (const type of offered) {
    const liking = quality(accept, type)
    if (liking <= most) continue
    most = liking
    best = type
  }
  if (!best) throw new HttpError(406, `only ${offered.join(' or ')} is to be had here`)
  return best
}

const dropped = (): HttpError => new HttpError(500, 'the query was dropped')

function wireReply(answered: Exchange | undefined, more?: typeof VARIES): HttpReply {
  if (!answered) throw dropped()
  const headers = fields(MESSAGE, answered.wire, answered)
  return { status: 200, headers: more ? { ...headers, ...more } : headers, body: answered.wire }
}

/** `content-length` is needed: dig refuses a response without it. */
function fields(type: string, body: Uint8Array, { reply }: Exchange): Record<string, string> {
  return {
    'content-type': type,
    'content-length': `${body.length}`,
    'cache-control': cacheControl(reply),
    ...ANY_ORIGIN,
  }
}
