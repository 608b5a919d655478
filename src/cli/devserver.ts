import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, ConfigErrors } from '../corefile/error.ts'
import type { Listener } from '../instance.ts'
import type { PluginModule } from '../plugin.ts'
import { MANIFEST } from '../runtime/manifest.ts'
import { nodeRuntime } from '../runtime/node.ts'
import { NodeFiles } from '../runtime/node-files.ts'
import type { NodeLog } from '../runtime/node-log.ts'
import type { Files, Log } from '../runtime/runtime.ts'
import { buildAssets } from './build.ts'
import { bundleWorker } from './bundle.ts'
import { Companion, type Prepared } from './companion.ts'
import type { CorefileReader } from './corefile.ts'
import { describeError } from './errors.ts'
import { Front } from './front.ts'
import { LOCAL_KV, type LocalWorker, loadTools, startWorker } from './localworker.ts'

export interface DevOptions {
  readonly reader: CorefileReader
  /** As given to the reader. */
  readonly conf: string | undefined
  readonly modules: readonly PluginModule[]
  readonly log: NodeLog
  /** For what is made while it runs; it is removed at the end. */
  readonly folder: string
  readonly mapPort: (port: number) => number
}

/** A configuration ready for both sides. */
interface Next {
  readonly prepared: Prepared
  readonly assets: string
}

/** The port for plain DNS where a Corefile names none: not 53, which is for root. */
export const DEV_PORT = 1053

/**
 * One Corefile on both sides: the server of this machine, and the Worker under miniflare behind a front. They change
 * together or not at all.
 */
export class DevServer {
  readonly front = new Front()
  readonly companion: Companion
  readonly #options: DevOptions
  readonly #files = new NodeFiles()
  readonly #watches = new Map<string, () => void>()
  readonly #workerLog: Log
  #builds = 0
  #assets: string | undefined
  #manifest: string | undefined
  #worker: LocalWorker | undefined

  constructor(options: DevOptions) {
    this.#options = options
    const { reader, modules, log, mapPort } = options
    // Plugins do not look after their files themselves here: one watch serves both sides.
    const runtime = { ...nodeRuntime(log), files: unwatched(this.#files) }
    const place = (planned: Listener): Listener => ({
      ...planned,
      port: planned.transport === 'dns' ? mapPort(planned.port) : planned.port,
      sockets: 1,
    })
    this.companion = new Companion({ reader, modules, runtime, place, defaultPort: DEV_PORT })
    this.#workerLog = {
      info: (line) => log.info(`worker: ${line}`),
      warn: (line) => log.warn(`worker: ${line}`),
      error: (line) => log.error(`worker: ${line}`),
    }
  }

  /** Starts both sides. Throws ConfigErrors where the configuration is wrong. */
  async start(): Promise<void> {
    const { folder } = this.#options
    await mkdir(folder, { recursive: true })
    const { prepared, assets } = await this.#prepare()
    await this.companion.adopt(prepared)
    await Promise.all([bundleWorker(this.#bundle), loadTools()])
    const worker = await this.#startWorker(assets)
    await this.#switchTo(worker, assets)
  }

  /** Changes both sides to the configuration as it is now. Where it is wrong throws, and both stay as they were. */
  async update(): Promise<void> {
    await this.#adopt(await this.#prepare())
  }

  /** Calls `changed` when a file of the configuration changes; after an update to be called again, as there may be others. */
  watch(interval: number, changed: () => void): void {
    for (const path of this.#files.paths)
      if (!this.#watches.has(path)) this.#watches.set(path, this.#files.watch(path, interval, changed))
  }

  get #bundle(): string {
    return join(this.#options.folder, 'worker')
  }

  async #prepare(): Promise<Next> {
    const { folder, reader } = this.#options
    const assets = join(folder, `assets-${++this.#builds}`)
    const [node, edge] = await Promise.allSettled([this.companion.prepare(), buildAssets(reader, assets, this.#files)])
    const problems = new Set<string>()
    for (const side of [node, edge])
      if (side.status === 'rejected') for (const line of describeError(side.reason)) problems.add(line)
    if (edge.status === 'fulfilled') for (const problem of edge.value.problems) problems.add(problem)
    if (node.status === 'fulfilled' && problems.size === 0) return { prepared: node.value, assets }
    await rm(assets, { recursive: true, force: true })
    throw new ConfigErrors([...problems].map((problem) => new ConfigError(problem)))
  }

  async #adopt({ prepared, assets }: Next): Promise<void> {
    if ((await manifestIn(assets)) === this.#manifest) {
      // Nothing has changed for the Worker, which is spared a new start.
      await rm(assets, { recursive: true, force: true })
      return this.companion.adopt(prepared)
    }
    const worker = await this.#startWorker(assets)
    try {
      await this.companion.adopt(prepared)
    } catch (error) {
      await worker.stop()
      throw error
    }
    await this.#switchTo(worker, assets)
  }

  async #startWorker(assets: string): Promise<LocalWorker> {
    const worker = await startWorker(this.#bundle, assets, this.#workerLog, { kv: LOCAL_KV })
    try {
      await mustServe(worker)
      return worker
    } catch (error) {
      await worker.stop()
      throw error
    }
  }

  async #switchTo(worker: LocalWorker, assets: string): Promise<void> {
    const old = this.#worker
    const oldAssets = this.#assets
    this.#worker = worker
    this.#assets = assets
    this.#manifest = await manifestIn(assets)
    await this.front.switchTo(worker)
    await old?.stop()
    if (oldAssets) await rm(oldAssets, { recursive: true, force: true })
  }

  async stop(): Promise<void> {
    for (const unwatch of this.#watches.values()) unwatch()
    await Promise.all([this.companion.stop(), this.front.close()])
    await this.#worker?.stop()
    await rm(this.#options.folder, { recursive: true, force: true })
  }
}

/** The same files, whose readers are told nothing of changes. */
function unwatched(files: NodeFiles): Files {
  return {
    read: (path) => files.read(path),
    zone: (path, origin) => files.zone(path, origin),
    list: (folder) => files.list(folder),
    walk: (folder) => files.walk(folder),
    join: (folder, path) => files.join(folder, path),
    watch: () => () => {},
  }
}

const manifestIn = (assets: string): Promise<string> => readFile(join(assets, MANIFEST), 'utf8')

/** A Worker makes its server at the first request, whatever it asks for; where it cannot it answers 503 and says why. */
async function mustServe({ host, port }: LocalWorker): Promise<void> {
  const response = await fetch(`http://${host}:${port}/`)
  if (response.status === 503) throw new ConfigError(`worker: ${(await response.text()).trim()}`)
  await response.arrayBuffer()
}
