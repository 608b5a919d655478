import type { ProxiedClient } from './peer.ts'

/**
 * Clients by the port that a proxy uses for them: Cloudflare Spectrum names a client in the first datagram of a session only.
 * Those that have been quiet for too long are forgotten, and the quietest where there are too many.
 */
export class ProxySessions {
  /** Milliseconds. */
  readonly #lifetime: number
  readonly #most: number
  /** The quietest first. */
  readonly #sessions = new Map<string, { readonly client: ProxiedClient; readonly until: number }>()

  constructor(lifetime: number, most: number) {
    this.#lifetime = lifetime
    this.#most = most
  }

  get size(): number {
    return this.#sessions.size
  }

  set(proxy: string, client: ProxiedClient): void {
    this.#sessions.delete(proxy)
    this.#sessions.set(proxy, { client, until: performance.now() + this.#lifetime })
    if (this.#sessions.size > this.#most) this.#sessions.delete(this.#sessions.keys().next().value!)
  }

  get(proxy: string): ProxiedClient | undefined {
    const session = this.#sessions.get(proxy)
    if (!session) return undefined
    if (session.until > performance.now()) this.set(proxy, session.client)
    else this.#sessions.delete(proxy)
    return this.#sessions.get(proxy)?.client
  }
}
