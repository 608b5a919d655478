import { hex } from '../dns/rdata/radix.ts'
import type { SharedCache } from './runtime.ts'

/** Where the platform would look for the keys, were they addresses. */
const BASE = 'https://cache.invalid/'
const NAME = 'coredge'

/**
 * The cache of the data centre (the platform's Cache API), under a name of its own, so that no `fetch` of anybody fills it.
 * `configuration`: what tells one deployment from another; each sees what it kept itself.
 */
export class DataCentreCache implements SharedCache {
  readonly #configuration: readonly unknown[]
  #base: Promise<string> | undefined

  /** What makes a deployment's answers what they are: others have entries of their own. */
  constructor(...configuration: readonly unknown[]) {
    this.#configuration = configuration
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const [cache, base] = await Promise.all([caches.open(NAME), this.#key()])
    const response = await cache.match(base + key)
    return response && new Uint8Array(await response.arrayBuffer())
  }

  async put(key: string, octets: Uint8Array, seconds: number): Promise<void> {
    const headers = { 'cache-control': `max-age=${seconds}`, 'content-type': 'application/octet-stream' }
    const [cache, base] = await Promise.all([caches.open(NAME), this.#key()])
    await cache.put(base + key, new Response(octets as BodyInit, { headers }))
  }

  /** Made when it is needed: an isolate without the plugin has no use for it. */
  #key(): Promise<string> {
    this.#base ??= fingerprint(this.#configuration).then((print) => `${BASE}${print}/`)
    return this.#base
  }
}

async function fingerprint(parts: readonly unknown[]): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(parts)))
  return hex.encode(new Uint8Array(digest))
}
