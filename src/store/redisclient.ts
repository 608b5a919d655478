import { createCluster, createSentinel } from '@redis/client'
import { systemReason } from '../runtime/node-reason.ts'
import { settings, socketSettings } from './redissettings.ts'
import {
  type RedisAddress,
  type RedisCommands,
  type RedisEvents,
  type Scanner,
  TrackedMasters,
  TrackedServer,
} from './redistracking.ts'
import { type RedisOptions, StoreError } from './store.ts'

export type { RedisCommands, RedisEvents } from './redistracking.ts'

/** A connection to Redis, in one of its forms. */
export interface RedisConnection {
  readonly commands: RedisCommands
  /** The names of hashes that match a pattern, one set for each server. */
  scan(pattern: string): AsyncIterable<readonly string[]>
  /** True while the server tells of changes, or all of them do. */
  readonly isTold: boolean
  close(): Promise<void>
}

const SCAN_COUNT = 1000
/** How often to look whether a cluster has other masters, and how soon to ask it where one does not answer. Milliseconds. */
const LOOK = 1000

/** Connects, and keeps connecting. Does not wait longer than the time to connect: who asks meanwhile is told why. */
export async function connectRedis(options: RedisOptions, events: RedisEvents): Promise<RedisConnection> {
  const { mode } = options
  if (mode === 'cluster') return connectCluster(options, events)
  if (mode) return connectSentinel(options, mode.sentinel, events)
  return connectServer(options, events)
}

async function connectServer(options: RedisOptions, events: RedisEvents): Promise<RedisConnection> {
  const server = new TrackedServer(options, options.addresses[0], events)
  await until(() => server.client.isReady, options.connectTimeout)
  return {
    get commands() {
      return server.client
    },
    get isTold() {
      return server.isTold
    },
    scan: (pattern) => scanOne(server.client, pattern),
    close: async () => server.close(),
  }
}

async function connectCluster(options: RedisOptions, events: RedisEvents): Promise<RedisConnection> {
  const cluster = createCluster({
    rootNodes: options.addresses.map(({ host, port }) => ({ socket: { ...socketSettings(options), host, port } })),
    defaults: { ...settings(options), socket: socketSettings(options) },
    topologyRefreshOnReconnectionAttemptStrategy: LOOK,
  } as Parameters<typeof createCluster>[0])
  cluster.on('error', (error: Error) => events.failed(systemReason(error)))
  const masters = new TrackedMasters(options, events)
  const look = (): void => masters.set(cluster.masters)
  const timer = setInterval(look, LOOK)
  timer.unref()
  await patient(cluster.connect(), options)
  look()
  return {
    commands: cluster as unknown as RedisCommands,
    get isTold() {
      return masters.isTold
    },
    async *scan(pattern) {
      for (const master of cluster.masters) {
        const node = (await cluster.nodeClient(master)) as unknown as Scanner
        yield* scanOne(node, pattern)
      }
    },
    async close() {
      clearInterval(timer)
      masters.close()
      cluster.destroy()
    },
  }
}

async function connectSentinel(options: RedisOptions, name: string, events: RedisEvents): Promise<RedisConnection> {
  const sentinel = createSentinel({
    name,
    sentinelRootNodes: [...options.addresses],
    nodeClientOptions: { ...settings(options), socket: socketSettings(options), database: options.db ?? 0 },
    sentinelClientOptions: { socket: socketSettings(options) },
  } as Parameters<typeof createSentinel>[0])
  sentinel.on('error', (error: Error) => events.failed(systemReason(error)))
  const masters = new TrackedMasters(options, events)
  sentinel.on('topology-change', ({ type, node }: { type: string; node: RedisAddress }) => {
    if (type === 'MASTER_CHANGE') masters.set([node])
  })
  await patient(sentinel.connect(), options)
  return {
    commands: sentinel as unknown as RedisCommands,
    get isTold() {
      return masters.isTold
    },
    scan: (pattern) => scanOne(sentinel as unknown as Scanner, pattern),
    async close() {
      masters.close()
      await sentinel.destroy()
    },
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

/** Waits for a connection, but not for ever. */
async function patient(connecting: Promise<unknown>, { connectTimeout, addresses }: RedisOptions): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const enough = new Promise((resolve) => {
    timer = setTimeout(resolve, connectTimeout * addresses.length)
  })
  try {
    await Promise.race([connecting, enough])
  } catch (error) {
    throw new StoreError(systemReason(error))
  } finally {
    clearTimeout(timer)
  }
  connecting.catch(() => {})
}

async function until(isSo: () => boolean, timeout: number): Promise<void> {
  const end = Date.now() + timeout
  while (!isSo() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5))
}
