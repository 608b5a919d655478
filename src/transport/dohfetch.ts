import { addressText, parseAddress, unmapAddress } from '../address.ts'
import type { Peer, Place } from '../query.ts'
import { readTraceContext, type TraceContext } from '../tracecontext.ts'
import type { DnsServer } from './dnsserver.ts'
import { type DohResource, handleDoh, notFound, resourceAt } from './dohhandler.ts'
import { type BodyWanted, HttpError, type HttpReply, type HttpRequest, joinOctets, splitTarget } from './http.ts'
import { failureReply, resourceReply } from './resource.ts'

/** What DNS over HTTPS needs to know of where it runs. */
export interface DohOptions {
  /**
   * The client's IP address. Left out: CF-Connecting-IP, which Cloudflare sets itself; elsewhere clients can forge it, so
   * give what your platform knows.
   */
  readonly clientAddress?: (request: Request) => string | undefined
}

/**
 * DNS over HTTPS, and what else the server has to show, as the fetch handler of a host: what `dohApp` is without the Hono around it, which
 * two paths do not need.
 */
export function dohFetch(
  server: () => DnsServer,
  options: DohOptions = {},
): (request: Request) => Response | Promise<Response> {
  return (request) => {
    const { path } = splitTarget(request.url)
    const resource = resourceAt(path)
    return resource ? answerDoh(resource, request, server(), options) : answerOther(path, request, server(), options)
  }
}

/** Answers a request for one of the resources of DNS over HTTPS. */
export function answerDoh(
  resource: DohResource,
  request: Request,
  server: DnsServer,
  options: DohOptions,
): Response | Promise<Response> {
  const own = new FetchRequest(request, options)
  const outcome = handleDoh(resource, own, server)
  if (outcome instanceof Promise) return outcome.then(toResponse)
  return 'limit' in outcome ? respondToBody(outcome, own) : toResponse(outcome)
}

/** Answers a request for whatever else is at this path. */
export async function answerOther(
  path: string,
  request: Request,
  server: DnsServer,
  options: DohOptions,
): Promise<Response> {
  const { method } = request
  const resource = server.resource?.(path)
  if (resource) {
    const reply = resourceReply(resource, new FetchRequest(request, options))
    return toResponse(await reply.catch((error: unknown) => failureReply(error, method)))
  }
  server.responded?.(404)
  return toResponse(notFound(method))
}

async function respondToBody(wanted: BodyWanted, request: FetchRequest): Promise<Response> {
  let body: Uint8Array | undefined
  try {
    body = await request.body(wanted.limit)
  } catch {
    // Nearly always there is nobody left to read it.
    return toResponse(wanted.refuse(new HttpError(400, 'the body broke off')))
  }
  return toResponse(await wanted.respond(body))
}

/** A response as runtimes with fetch have it. */
export function toResponse({ status, headers, body }: HttpReply): Response {
  return new Response(body as BodyInit | undefined, { status, headers })
}

/** Each look at a request leaves JavaScript, which takes longer than all that is done here: nothing is asked for in vain. */
class FetchRequest implements HttpRequest {
  readonly method: string
  readonly peer: Peer
  readonly #request: Request
  readonly #headers: Headers

  constructor(request: Request, options: DohOptions) {
    this.#request = request
    this.#headers = request.headers
    this.method = request.method
    this.peer = new FetchPeer(request, options)
  }

  get target(): string {
    return this.#request.url
  }

  header(name: string): string | undefined {
    return this.#headers.get(name) ?? undefined
  }

  async body(limit: number): Promise<Uint8Array | undefined> {
    const request = this.#request
    const length = this.#headers.get('content-length')
    // HTTP servers hold a body to its length. A stream is not even looked at: to make one takes longer than all else here.
    if (length !== null) return Number(length) > limit ? undefined : new Uint8Array(await request.arrayBuffer())
    const stream = request.body
    if (!stream) return new Uint8Array(0)
    const chunks: Uint8Array[] = []
    let size = 0
    // Without a length its end is not known beforehand.
    for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) {
      size += chunk.length
      if (size > limit) return undefined
      chunks.push(chunk)
    }
    return joinOctets(chunks, size)
  }
}

const UNSPECIFIED = '0.0.0.0'

/** A Worker knows neither ports nor its own address, but its name. */
class FetchPeer implements Peer {
  readonly transport = 'https'
  readonly port = 0
  readonly localAddress = UNSPECIFIED
  readonly #request: Request
  readonly #options: DohOptions
  #address: string | undefined

  constructor(request: Request, options: DohOptions) {
    this.#request = request
    this.#options = options
  }

  get address(): string {
    this.#address ??= this.#readAddress()
    return this.#address
  }

  #readAddress(): string {
    const request = this.#request
    const { clientAddress } = this.#options
    const named = clientAddress ? clientAddress(request) : request.headers.get('cf-connecting-ip')
    const address = parseAddress(named ?? '')
    return address ? addressText(unmapAddress(address)) : UNSPECIFIED
  }

  get localPort(): number {
    return this.#request.url.startsWith('https:') ? 443 : 80
  }

  get host(): string | undefined {
    return /^https?:\/\/([^/:?#]+)/.exec(this.#request.url)?.[1]
  }

  get place(): Place | undefined {
    return (this.#request as { readonly cf?: Place }).cf
  }

  get trace(): TraceContext | undefined {
    return readTraceContext((name) => this.#request.headers.get(name) ?? undefined)
  }
}
