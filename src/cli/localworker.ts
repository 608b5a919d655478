import { existsSync } from 'node:fs'
import { resolve as absolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type * as Miniflare from 'miniflare'
import type * as Wrangler from 'wrangler'
import type { Log } from '../runtime/runtime.ts'
import { BUNDLE } from './bundle.ts'
import type { Target } from './front.ts'
import { importTool } from './tools.ts'

const CONFIG = 'wrangler.toml'
/** What stands in for one that a folder does not have. */
const OWN_CONFIG = fileURLToPath(new URL('../../wrangler.toml', import.meta.url))

/** The configuration of the folder, or where it has none our own. */
export const localConfig = (): string => (existsSync(CONFIG) ? CONFIG : OWN_CONFIG)

/** Where `wrangler dev` and `wrangler kv --local` keep KV, so that all see the same. */
export const LOCAL_KV = '.wrangler/state/v3/kv'

/** A Worker under miniflare, as wrangler.toml describes it. */
export interface LocalWorker extends Target {
  stop(): Promise<void>
}

/** Loads miniflare and wrangler, which takes a second. */
export const loadTools = (): Promise<[typeof Miniflare, typeof Wrangler]> =>
  Promise.all([importTool<typeof Miniflare>('miniflare'), importTool<typeof Wrangler>('wrangler')])

interface WorkerLine {
  readonly level: string
  readonly message: string
}

/** What outlives a local Worker. */
export interface Persistence {
  /** A folder for the platform's Cache API. */
  readonly cache?: string
  /** A folder for Workers KV. */
  readonly kv?: string
}

/** Starts the bundle in `folder` with the assets of one build. What the Worker logs goes to `log`. */
export async function startWorker(
  folder: string,
  assets: string,
  log: Log,
  { cache, kv }: Persistence = {},
): Promise<LocalWorker> {
  const [{ Miniflare, Log: MiniflareLog, LogLevel }, { unstable_getMiniflareWorkerOptions: readOptions }] =
    await loadTools()
  const { assets: described, ...workerOptions } = readOptions(localConfig()).workerOptions
  const bundle = absolute(folder)
  const options = {
    ...workerOptions,
    name: 'coredge',
    modulesRoot: bundle,
    modules: [{ type: 'ESModule', path: join(bundle, BUNDLE) }],
    // A folder, without the Workers of miniflare that serve assets: these stand before the Worker, which is to see every
    // request first, and take more time than it.
    serviceBindings: { ...workerOptions.serviceBindings, [described!.binding!]: { disk: { path: absolute(assets) } } },
    host: HOST,
    port: 0,
    ...(cache === undefined ? {} : { cachePersist: cache }),
    ...(kv === undefined ? {} : { kvPersist: kv }),
    // No look-ups of its own on the network.
    cf: false,
    telemetry: { enabled: false },
    log: new MiniflareLog(LogLevel.WARN),
    logRequests: false,
    handleStructuredLogs: ({ level, message }: WorkerLine) => {
      if (level === 'error') log.error(message)
      else if (level === 'warn') log.warn(message)
      else log.info(message)
    },
  }
  const miniflare = keepingSignals(() => new Miniflare(options))
  const url = await miniflare.ready
  return { host: HOST, port: Number(url.port), stop: () => miniflare.dispose() }
}

const HOST = '127.0.0.1'

/** Miniflare ends the process itself when a signal comes, without waiting for anybody; who started it decides that here. */
function keepingSignals<T>(action: () => T): T {
  const signals = ['SIGINT', 'SIGTERM'] as const
  const before = signals.map((signal) => process.listeners(signal))
  const made = action()
  for (const [i, signal] of signals.entries())
    for (const listener of process.listeners(signal)) if (!before[i].includes(listener)) process.off(signal, listener)
  return made
}
