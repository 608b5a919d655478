import { setTimeout as wait } from 'node:timers/promises'
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

/** How long is waited for connections to close that are just being made: the library waits for these, be it for ever. Milliseconds. */
const CLOSING = 1000

/**
 * Connects, and keeps connecting. Waits for that no longer than `patience`, and not once it is known to have failed: who asks
 * meanwhile is told why. Without `patience` it is waited for, for the time to connect, and that it fails rejects.
 */
export async function connectRedis(options: RedisOptions, events: RedisEvents): Promise<RedisConnection> {
  const { mode } = options
  if (mode === 'cluster') return connectCluster(options, events)
  if (mode) return connectSentinel(options, mode.sentinel, events)
  return connectServer(options, events)
}

async function connectServer(options: RedisOptions, events: RedisEvents): Promise<RedisConnection> {
  const { patience, connectTimeout } = options
  let isAway = false
  const failed = (reason: string): void => {
    isAway = patience !== undefined
    events.failed(reason)
  }
  const server = new TrackedServer(options, options.addresses[0], { ...events, failed })
  await until(() => server.client.isReady || isAway, Math.min(connectTimeout, patience ?? connectTimeout))
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
  let isOver = false
  await connected(() => cluster.connect(), { ...options, isOver: () => isOver, failed: events.failed })
  look()
  return {
    get commands() {
      // The library knows no better than to look for a master that it has not heard of.
      if (!cluster.isReady) throw new Error('offline')
      return cluster as unknown as RedisCommands
    },
    get isTold() {
      return masters.isTold
    },
    async *scan(pattern) {
      if (!cluster.isReady) throw new Error('offline')
      for (const master of cluster.masters) {
        const node = (await cluster.nodeClient(master)) as unknown as Scanner
        yield* scanOne(node, pattern)
      }
    },
    async close() {
      isOver = true
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
  let isOver = false
  await connected(() => sentinel.connect(), { ...options, isOver: () => isOver, failed: events.failed })
  return {
    commands: sentinel as unknown as RedisCommands,
    get isTold() {
      return masters.isTold
    },
    scan: (pattern) => scanOne(sentinel as unknown as Scanner, pattern),
    async close() {
      isOver = true
      masters.close()
      await Promise.race([sentinel.destroy(), wait(CLOSING, undefined, { ref: false })])
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

interface Connecting extends RedisOptions {
  isOver(): boolean
  failed(reason: string): void
}

/** Waits for a connection, but not for ever. */
async function connected(connect: () => Promise<unknown>, options: Connecting): Promise<void> {
  const { connectTimeout, addresses, patience } = options
  const longest = connectTimeout * addresses.length
  const enough = new AbortController()
  const late = wait(Math.min(longest, patience ?? longest), undefined, enough).catch(() => {})
  const first = connect().catch((error: Error) => {
    if (patience === undefined) throw new StoreError(error.message)
    options.failed(error.message)
    void connectLater(connect, options)
  })
  first.catch(() => {})
  await Promise.race([first, late]).finally(() => enough.abort())
}

/** The library gives up where it could not connect at first. */
async function connectLater(connect: () => Promise<unknown>, { isOver, failed }: Connecting): Promise<void> {
  for (let isConnected = false; !isConnected; ) {
    await wait(LOOK, undefined, { ref: false })
    if (isOver()) return
    isConnected = await connect().then(
      () => true,
      (error: Error) => {
        failed(error.message)
        return false
      },
    )
  }
}

async function until(isSo: () => boolean, timeout: number): Promise<void> {
  const end = Date.now() + timeout
  while (!isSo() && Date.now() < end) await wait(5)
}
