import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { resolve as absolute, join } from 'node:path'
import { ConfigError } from '../corefile/error.ts'
import type { Log } from '../runtime/runtime.ts'
import type { Target } from './front.ts'

/**
 * Bundles the Worker into `folder`, with the very tool and settings that deploy it. wrangler.toml's build command runs as
 * well, for the Corefile `conf`. Throws ConfigError with what wrangler says.
 */
export async function bundleWorker(folder: string, conf?: string): Promise<void> {
  const env = {
    ...process.env,
    WRANGLER_SEND_METRICS: 'false',
    CI: '1',
    ...(conf === undefined ? {} : { COREDGE_CONF: conf }),
  }
  const wrangler = join(createRequire(import.meta.url).resolve('wrangler'), '../../bin/wrangler.js')
  const args = [wrangler, 'deploy', '--dry-run', '--outdir', folder]
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new ConfigError(`cannot bundle the Worker:\n${said.trim()}`)
}

const CONFIG = 'wrangler.toml'

/** A Worker under miniflare, as wrangler.toml describes it. */
export interface LocalWorker extends Target {
  stop(): Promise<void>
}

/** Loads miniflare and wrangler, which takes a second. */
export const loadTools = () => Promise.all([import('miniflare'), import('wrangler')])

interface WorkerLine {
  readonly level: string
  readonly message: string
}

/**
 * Starts the bundle in `folder` with the assets of one build. What the Worker logs goes to `log`. `cache`: a folder for the
 * platform's Cache API, which then outlives the Worker.
 */
export async function startWorker(folder: string, assets: string, log: Log, cache?: string): Promise<LocalWorker> {
  const [{ Miniflare, Log: MiniflareLog, LogLevel }, { unstable_getMiniflareWorkerOptions: readOptions }] =
    await loadTools()
  const { assets: described, ...workerOptions } = readOptions(CONFIG).workerOptions
  const bundle = absolute(folder)
  const options = {
    ...workerOptions,
    name: 'coredge',
    modulesRoot: bundle,
    modules: [{ type: 'ESModule', path: join(bundle, 'worker.js') }],
    // A folder, without the Workers of miniflare that serve assets: these stand before the Worker, which is to see every
    // request first, and take more time than it.
    serviceBindings: { ...workerOptions.serviceBindings, [described!.binding!]: { disk: { path: absolute(assets) } } },
    host: HOST,
    port: 0,
    ...(cache === undefined ? {} : { cachePersist: cache }),
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
