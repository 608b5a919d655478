import type { HttpAddress, HttpResource } from '../capabilities.ts'
import { addressText } from '../httpaddress.ts'
import { reasonOf } from '../reason.ts'
import type { HttpReply, HttpRequest } from '../transport/http.ts'
import { splitTarget } from '../transport/http.ts'
import type { Listener } from '../transport/listener.ts'
import { failureReply, notAmong, resourceReply } from '../transport/resource.ts'
import type { HttpListener } from './runtime.ts'

/** As CoreDNS has them for its HTTP servers. */
const LIMITS = { maxConnections: 200, readTimeout: 5000, writeTimeout: 5000, idleTimeout: 5000 }
/** What is answered here takes no time. Milliseconds. */
const GRACE = 500

/**
 * HTTP listeners by address: all that name the same one share it, so that a reload, where the new configuration starts
 * before the old one ends, keeps it open.
 */
export class HttpListeners {
  readonly #endpoints = new Map<string, Endpoint>()
  readonly #warn: (line: string) => void
  /** One after the other. */
  #queue: Promise<unknown> = Promise.resolve()

  constructor(warn: (line: string) => void) {
    this.#warn = warn
  }

  /** Rejects with a one-line reason. */
  listen(resource: HttpResource, configuration: object): Promise<HttpListener> {
    return this.#inTurn(async () => {
      const key = addressText(resource.address)
      const endpoint = this.#endpoints.get(key) ?? new Endpoint(resource.address, this.#warn)
      if (!endpoint.isOpen) await this.#open(endpoint, configuration)
      this.#endpoints.set(key, endpoint)
      const offer = { resource, configuration }
      endpoint.offers.add(offer)
      const close = (): Promise<void> => this.#inTurn(() => this.#withdraw(key, endpoint, offer))
      return { port: endpoint.port, close }
    })
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(act)
    this.#queue = done.catch(() => {})
    return done
  }

  async #open(endpoint: Endpoint, configuration: object): Promise<void> {
    try {
      await endpoint.open()
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      const rivals = code === 'EADDRINUSE' ? this.#rivals(endpoint, configuration) : []
      if (rivals.length === 0) throw new Error(explain(endpoint.address, error as NodeJS.ErrnoException))
      // The port is in our own hands, for a configuration that is on its way out: 127.0.0.1 is not free beside 0.0.0.0.
      for (const rival of rivals) await rival.close()
      await this.#openAfter(rivals, endpoint)
    }
  }

  async #openAfter(closed: readonly Endpoint[], endpoint: Endpoint): Promise<void> {
    try {
      await endpoint.open()
    } catch (error) {
      for (const rival of closed) await this.#reopen(rival)
      throw new Error(explain(endpoint.address, error as NodeJS.ErrnoException))
    }
  }

  #rivals({ address }: Endpoint, configuration: object): Endpoint[] {
    return [...this.#endpoints.values()].filter(
      ({ isOpen, port, offers }) =>
        isOpen && port === address.port && [...offers].every((offer) => offer.configuration !== configuration),
    )
  }

  async #withdraw(key: string, endpoint: Endpoint, offer: Offer): Promise<void> {
    if (!endpoint.offers.delete(offer) || endpoint.offers.size > 0) return
    this.#endpoints.delete(key)
    await endpoint.close()
    // What made room for a configuration that came to nothing is wanted again.
    for (const other of this.#endpoints.values()) if (!other.isOpen) await this.#reopen(other)
  }

  async #reopen(endpoint: Endpoint): Promise<void> {
    try {
      await endpoint.open()
    } catch (error) {
      this.#warn(explain(endpoint.address, error as NodeJS.ErrnoException))
    }
  }
}

interface Offer {
  readonly resource: HttpResource
  readonly configuration: object
}

/** An address, and what is to be had there. */
class Endpoint {
  readonly address: HttpAddress
  readonly offers = new Set<Offer>()
  readonly #warn: (line: string) => void
  #sockets: Listener[] = []

  constructor(address: HttpAddress, warn: (line: string) => void) {
    this.address = address
    this.#warn = warn
  }

  get isOpen(): boolean {
    return this.#sockets.length > 0
  }

  /** The port that is bound; 0 where none is. */
  get port(): number {
    return this.#sockets[0]?.port ?? 0
  }

  /** Rejects as the system does where none of the addresses can be bound, or one that is there is taken. */
  async open(): Promise<void> {
    const { host } = this.address
    try {
      if (host === 'localhost') await this.#bindAll(['127.0.0.1', '::1'])
      // Both families, or on machines without IPv6 the other one.
      else await (host === '' ? this.#bindAny(['::', '0.0.0.0']) : this.#bind(host))
    } catch (error) {
      await this.close()
      throw error
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#sockets.splice(0).map((socket) => socket.close(GRACE)))
  }

  async #bindAll(hosts: readonly string[]): Promise<void> {
    let absent: unknown
    for (const host of hosts) await this.#bind(host).catch((error) => (absent = ifAbsent(error)))
    if (absent && !this.isOpen) throw absent
  }

  async #bindAny([host, ...others]: readonly string[]): Promise<void> {
    try {
      await this.#bind(host)
    } catch (error) {
      if (others.length === 0) throw error
      ifAbsent(error)
      await this.#bindAny(others)
    }
  }

  async #bind(address: string): Promise<void> {
    const handler = (request: HttpRequest): Promise<HttpReply> => this.#answer(request)
    const port = this.port || this.address.port
    // Loaded where it is of use: HTTP takes megabytes.
    const { listenHttp } = await import('../transport/https.ts')
    this.#sockets.push(await listenHttp({ address, port, handler, limits: LIMITS, warn: this.#warn }))
  }

  /** Of several at one path the latest counts: the same from another block, or the next configuration's. */
  async #answer(request: HttpRequest): Promise<HttpReply> {
    const { method } = request
    const { path } = splitTarget(request.target)
    try {
      const offers = [...this.offers]
      const offer = offers.findLast(({ resource }) => resource.path === path)
      if (offer) return await resourceReply(offer.resource, request)
      return notAmong(new Set(offers.map(({ resource }) => resource.path)), method)
    } catch (error) {
      this.#warn(`http ${addressText(this.address)}${path}: ${reasonOf(error)}`)
      return failureReply(error, method)
    }
  }
}

/** The error again where it says that the machine does not have the address; throws others. */
function ifAbsent(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return error
  throw error
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is taken',
  EACCES: 'not allowed; ports under 1024 are for root (or CAP_NET_BIND_SERVICE)',
  EADDRNOTAVAIL: 'the address is not one of this machine',
  EAFNOSUPPORT: 'this machine has no IPv6',
  ENOTFOUND: 'there is no such host',
}

function explain(address: HttpAddress, { code = '', message }: NodeJS.ErrnoException): string {
  return `cannot listen on ${addressText(address)}: ${REASONS[code] ?? message}`
}
