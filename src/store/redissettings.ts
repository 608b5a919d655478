import type { RedisOptions } from './store.ts'

/** A connection that broke is tried again after so many milliseconds, twice as many each time, up to the last. */
const RECONNECT = { first: 50, last: 1000 } as const

/** Who we are, for the client library. */
export function settings({ username, password }: RedisOptions): object {
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) }
}

export function socketSettings({ tls, connectTimeout }: RedisOptions): object {
  const reconnectStrategy = (retries: number): number =>
    Math.min(RECONNECT.first * 2 ** Math.min(retries, 10), RECONNECT.last)
  return { connectTimeout, reconnectStrategy, ...(tls ? { tls: true, ...tls } : {}) }
}
