import { createClient } from '@redis/client'
import { systemReason } from '../runtime/node-reason.ts'
import { settings, socketSettings } from './redissettings.ts'
import type { RedisOptions } from './store.ts'

/** The commands in use, which the client for one server, for a cluster and for sentinels all have. */
export interface RedisCommands {
  hmGet(key: string, fields: readonly string[]): Promise<(string | null)[]>
  hLen(key: string): Promise<number>
  hKeys(key: string): Promise<string[]>
  hGetAll(key: string): Promise<Record<string, string>>
  hScan(key: string, cursor: string, options: { COUNT: number }): Promise<HashPage>
  hSet(key: string, fieldsAndValues: readonly string[]): Promise<unknown>
  expire(key: string, seconds: number): Promise<unknown>
  unlink(key: string): Promise<unknown>
  eval(script: string, options: { keys: readonly string[]; arguments: readonly string[] }): Promise<unknown>
}

interface HashPage {
  readonly cursor: string
  readonly entries: readonly { readonly field: string; readonly value: string }[]
}

export interface Scanner {
  scan(
    cursor: string,
    options: { MATCH: string; TYPE: string; COUNT: number },
  ): Promise<{ cursor: string; keys: string[] }>
}

export interface RedisClient extends RedisCommands, Scanner {
  readonly isReady: boolean
  sendCommand(args: readonly string[]): Promise<unknown>
  on(event: string, listener: (value: never) => void): unknown
  connect(): Promise<unknown>
  destroy(): void
}

/** Told of what happens. */
export interface RedisEvents {
  /** A key has changed, or where it is undefined any may have. */
  changed(key: string | undefined): void
  /** The connection is in trouble, for this reason. */
  failed(reason: string): void
  /** Something is not as good as it could be. */
  warn(line: string): void
}

export interface RedisAddress {
  readonly host: string
  readonly port: number
}

/** What servers say that know no RESP3, or do not let this user be told of changes. */
const NO_TRACKING = /NOPROTO|unknown command|NOPERM|unknown subcommand/i

/**
 * A connection to one server, which tells of changes where it can (CLIENT TRACKING, Redis 6): of all keys with our prefix, as one
 * that is new is news too.
 */
export class TrackedServer {
  readonly #options: RedisOptions
  readonly #address: RedisAddress
  readonly #events: RedisEvents
  #client!: RedisClient
  #isTold = false
  #isOver = false

  constructor(options: RedisOptions, address: RedisAddress, events: RedisEvents) {
    this.#options = options
    this.#address = address
    this.#events = events
    this.#connect(true)
  }

  get client(): RedisClient {
    return this.#client
  }

  get isTold(): boolean {
    return this.#isTold && this.#client.isReady
  }

  close(): void {
    this.#isOver = true
    this.#client.destroy()
  }

  #connect(tracks: boolean): void {
    const client = createClient({
      ...settings(this.#options),
      socket: { ...socketSettings(this.#options), ...this.#address },
      database: this.#options.db ?? 0,
      RESP: tracks ? 3 : 2,
      emitInvalidate: tracks,
      disableOfflineQueue: true,
    } as Parameters<typeof createClient>[0]) as unknown as RedisClient
    this.#client = client
    const { changed, failed, warn } = this.#events
    client.on('error', (error: Error) => {
      if (!tracks || this.#isTold || !NO_TRACKING.test(error.message)) return failed(systemReason(error))
      warn(`does not tell of changes: ${error.message}`)
      client.destroy()
      if (!this.#isOver) this.#connect(false)
    })
    client.on('ready', () => {
      // What changed while there was no connection nobody has told.
      changed(undefined)
      if (tracks) this.#track().catch((error: Error) => warn(`does not tell of changes: ${error.message}`))
    })
    client.on('end', () => {
      this.#isTold = false
    })
    client.on('invalidate', (key: unknown) => changed(key === null ? undefined : String(key)))
    client.connect().catch(() => {})
  }

  async #track(): Promise<void> {
    const { prefix } = this.#options
    await this.#client.sendCommand(['CLIENT', 'TRACKING', 'OFF'])
    await this.#client.sendCommand(['CLIENT', 'TRACKING', 'ON', 'BCAST', ...(prefix === '' ? [] : ['PREFIX', prefix])])
    this.#isTold = true
  }
}

/** Connections to the masters of a cluster, or to the one that sentinels name: each tells of the changes of its keys. */
export class TrackedMasters {
  readonly #options: RedisOptions
  readonly #events: RedisEvents
  readonly #servers = new Map<string, TrackedServer>()
  /** What was complained of: once is enough for all of them. */
  readonly #told = new Set<string>()

  constructor(options: RedisOptions, events: RedisEvents) {
    this.#options = options
    // The connection that reads says what is wrong with it; a server that does not tell is as before.
    const warn = (line: string): void => {
      if (!this.#told.has(line)) events.warn(line)
      this.#told.add(line)
    }
    this.#events = { changed: events.changed, failed: () => {}, warn }
  }

  get isTold(): boolean {
    return this.#servers.size > 0 && [...this.#servers.values()].every(({ isTold }) => isTold)
  }

  /** These are the masters now. */
  set(addresses: readonly RedisAddress[]): void {
    const wanted = new Map(addresses.map((address) => [`${address.host}:${address.port}`, address]))
    for (const [name, server] of this.#servers) {
      if (wanted.has(name)) continue
      server.close()
      this.#servers.delete(name)
    }
    for (const [name, { host, port }] of wanted)
      if (!this.#servers.has(name))
        this.#servers.set(name, new TrackedServer(this.#options, { host, port }, this.#events))
  }

  close(): void {
    this.set([])
  }
}
