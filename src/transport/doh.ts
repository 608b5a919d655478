import { Hono } from 'hono'
import { addressText, parseAddress, unmapAddress } from '../address.ts'
import type { Peer, Place } from '../query.ts'
import { readTraceContext, type TraceContext } from '../tracecontext.ts'
import type { DnsServer } from './dnsserver.ts'
import { DOH_PATHS, handleDoh, notFound } from './dohhandler.ts'
import { type BodyWanted, type HttpReply, type HttpRequest, joinOctets } from './http.ts'
import { resourceReply } from './resource.ts'

/** What DNS over HTTPS needs to know of where it runs. */
export interface DohOptions {
  /**
   * The client's IP address. Left out: CF-Connecting-IP, which Cloudflare sets itself; elsewhere clients can forge it, so
   * give what your platform knows.
   */
  readonly clientAddress?: (request: Request) => string | undefined
}

type ServerSource = DnsServer | ((request: Request) => DnsServer | Promise<DnsServer>)

/**
 * DNS over HTTPS as a Hono app, on any runtime with fetch: RFC 8484 and JSON at /dns-query, JSON at /resolve. `server` may
 * be a function, asked for each request, so that it can start at the first one and be replaced later.
 */
export function dohApp(server: ServerSource, options: DohOptions = {}): Hono {
  const app = new Hono()
  const serverFor = typeof server === 'function' ? server : () => server
  for (const [path, resource] of Object.entries(DOH_PATHS)) {
    const respond = (raw: Request, dns: DnsServer): Response | Promise<Response> => {
      const request = new FetchRequest(raw, options)
      const outcome = handleDoh(resource, request, dns)
      if (outcome instanceof Promise) return outcome.then(toResponse)
      return 'limit' in outcome ? respondToBody(outcome, request) : toResponse(outcome)
    }
    const serve = (raw: Request): Response | Promise<Response> => {
      const dns = serverFor(raw)
      return dns instanceof Promise ? dns.then((there) => respond(raw, there)) : respond(raw, dns)
    }
    // One handler for all methods: for two that fit Hono would make a chain, at twice its cost.
    app.all(path, ({ req }) => serve(req.raw))
  }
  app.notFound(async ({ req }) => {
    const dns = await serverFor(req.raw)
    const resource = dns.resource?.(req.path)
    if (resource) return toResponse(await resourceReply(resource, new FetchRequest(req.raw, options)))
    dns.responded?.(404)
    return toResponse(notFound(req.method))
  })
  return app
}

async function respondToBody(wanted: BodyWanted, request: FetchRequest): Promise<Response> {
  return toResponse(await wanted.respond(await request.body(wanted.limit)))
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
