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
  readonly #base: string

  constructor(configuration: string) {
    this.#base = `${BASE}${configuration}/`
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const cache = await caches.open(NAME)
    const response = await cache.match(this.#base + key)
    return response && new Uint8Array(await response.arrayBuffer())
  }

  async put(key: string, octets: Uint8Array, seconds: number): Promise<void> {
    const headers = { 'cache-control': `max-age=${seconds}`, 'content-type': 'application/octet-stream' }
    const cache = await caches.open(NAME)
    await cache.put(this.#base + key, new Response(octets as BodyInit, { headers }))
  }
}

/** A key for everything that makes a deployment's answers what they are. */
export async function fingerprint(...parts: readonly unknown[]): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(parts)))
  return hex.encode(new Uint8Array(digest))
}
