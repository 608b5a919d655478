/** The part of Cloudflare's module that is used here. */
declare module 'cloudflare:workers' {
  /** The Worker's bindings, as wrangler.toml names them. */
  export const env: Readonly<Record<string, unknown>>
  /** Keeps the Worker alive until the promise settles, from within a request. */
  export function waitUntil(promise: Promise<unknown>): void
}
