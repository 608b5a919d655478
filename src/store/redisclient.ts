import { createClient, createCluster, createSentinel } from '@redis/client'
import { type RedisOptions, StoreError } from './store.ts'

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

interface Scanner {
  scan(
    cursor: string,
    options: { MATCH: string; TYPE: string; COUNT: number },
  ): Promise<{ cursor: string; keys: string[] }>
}

/** A connection to Redis, in one of its forms. */
export interface RedisConnection {
  readonly commands: RedisCommands
  /** The names of hashes that match a pattern, one set for each server. */
  scan(pattern: string): AsyncIterable<readonly string[]>
  /** True while the server tells of changes. */
  readonly isTold: boolean
  close(): Promise<void>
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

const SCAN_COUNT = 1000
/** A connection that broke is tried again after so many milliseconds, twice as many each time, up to the last. */
const RECONNECT = { first: 50, last: 1000 } as const
/** What servers say that know no RESP3, or do not let this user be told of changes. */
const NO_TRACKING = /NOPROTO|unknown command|NOPERM|unknown subcommand/i

/** Connects, and keeps connecting. Does not wait longer than the time to connect: who asks meanwhile is told why. */
export async function connectRedis(options: RedisOptions, events: RedisEvents): Promise<RedisConnection> {
  const { mode } = options
  if (mode === 'cluster') return connectCluster(options, events)
  if (mode) return connectSentinel(options, mode.sentinel, events)
  return connectServer(options, events)
}

interface Client extends RedisCommands, Scanner {
  readonly isReady: boolean
  sendCommand(args: readonly string[]): Promise<unknown>
  on(event: string, listener: (value: never) => void): unknown
  connect(): Promise<unknown>
  destroy(): void
}

/** One server, which tells of changes where it can: of all keys with our prefix, as one that is new is news too. */
async function connectServer(options: RedisOptions, events: RedisEvents): Promise<RedisConnection> {
  const [{ host, port }] = options.addresses
  let client: Client
  let isTold = false
  let isOver = false
  const track = async (): Promise<void> => {
    await client.sendCommand(['CLIENT', 'TRACKING', 'OFF'])
    const prefix = options.prefix === '' ? [] : ['PREFIX', options.prefix]
    await client.sendCommand(['CLIENT', 'TRACKING', 'ON', 'BCAST', ...prefix])
    isTold = true
  }
  const make = (tracks: boolean): void => {
    client = createClient({
      ...settings(options),
      socket: { ...socketSettings(options), host, port },
      database: options.db ?? 0,
      RESP: tracks ? 3 : 2,
      emitInvalidate: tracks,
      disableOfflineQueue: true,
    } as Parameters<typeof createClient>[0]) as unknown as Client
    client.on('error', (error: Error) => {
      if (!tracks || isTold || !NO_TRACKING.test(error.message)) return events.failed(error.message)
      client.destroy()
      if (!isOver) make(false)
    })
    client.on('ready', () => {
      // What changed while there was no connection nobody has told.
      events.changed(undefined)
      if (tracks) track().catch((error: Error) => events.warn(`does not tell of changes: ${error.message}`))
    })
    client.on('end', () => {
      isTold = false
    })
    client.on('invalidate', (key: unknown) => events.changed(key === null ? undefined : String(key)))
    client.connect().catch(() => {})
  }
  make(true)
  await until(() => client.isReady, options.connectTimeout)
  return {
    get commands() {
      return client
    },
    get isTold() {
      return isTold && client.isReady
    },
    scan: (pattern) => scanOne(client, pattern),
    async close() {
      isOver = true
      client.destroy()
    },
  }
}

async function connectCluster(options: RedisOptions, events: RedisEvents): Promise<RedisConnection> {
  const cluster = createCluster({
    rootNodes: options.addresses.map(({ host, port }) => ({ socket: { ...socketSettings(options), host, port } })),
    defaults: { ...settings(options), socket: socketSettings(options) },
  } as Parameters<typeof createCluster>[0])
  cluster.on('error', (error: Error) => events.failed(error.message))
  await patient(cluster.connect(), options)
  return {
    commands: cluster as unknown as RedisCommands,
    isTold: false,
    async *scan(pattern) {
      for (const master of cluster.masters) {
        const node = (await cluster.nodeClient(master)) as unknown as Scanner
        yield* scanOne(node, pattern)
      }
    },
    close: async () => cluster.destroy(),
  }
}

async function connectSentinel(options: RedisOptions, name: string, events: RedisEvents): Promise<RedisConnection> {
  const sentinel = createSentinel({
    name,
    sentinelRootNodes: [...options.addresses],
    nodeClientOptions: { ...settings(options), socket: socketSettings(options), database: options.db ?? 0 },
    sentinelClientOptions: { socket: socketSettings(options) },
  } as Parameters<typeof createSentinel>[0])
  sentinel.on('error', (error: Error) => events.failed(error.message))
  await patient(sentinel.connect(), options)
  return {
    commands: sentinel as unknown as RedisCommands,
    isTold: false,
    scan: (pattern) => scanOne(sentinel as unknown as Scanner, pattern),
    close: async () => sentinel.destroy(),
  }
}

async function* scanOne(client: Scanner, pattern: string): AsyncGenerator<readonly string[]> {
  let cursor = '0'
  do {
    const page = await client.scan(cursor, { MATCH: pattern, TYPE: 'hash', COUNT: SCAN_COUNT })
    yield page.keys
    cursor = page.cursor
  } while (cursor !== '0')
}

function settings({ username, password }: RedisOptions): object {
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) }
}

function socketSettings({ tls, connectTimeout }: RedisOptions): object {
  const reconnectStrategy = (retries: number): number =>
    Math.min(RECONNECT.first * 2 ** Math.min(retries, 10), RECONNECT.last)
  return { connectTimeout, reconnectStrategy, ...(tls ? { tls: true, ...tls } : {}) }
}

/** Waits for a connection, but not for ever. */
async function patient(connecting: Promise<unknown>, { connectTimeout, addresses }: RedisOptions): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const enough = new Promise((resolve) => {
    timer = setTimeout(resolve, connectTimeout * addresses.length)
  })
  try {
    await Promise.race([connecting, enough])
  } catch (error) {
    throw new StoreError((error as Error).message)
  } finally {
    clearTimeout(timer)
  }
  connecting.catch(() => {})
}

async function until(isSo: () => boolean, timeout: number): Promise<void> {
  const end = Date.now() + timeout
  while (!isSo() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5))
}
