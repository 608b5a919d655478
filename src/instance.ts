import { type AnalyticsDataset, AnswererName, analyticsTap } from './analytics.ts'
import { BlockBuilder } from './block.ts'
import {
  HttpResources,
  Limits,
  type ListenerLimits,
  ReloadInterval,
  type ReloadSettings,
  type ServerTap,
  ServerTaps,
  Sites,
  Sockets,
  Tls,
  type TlsSettings,
} from './capabilities.ts'
import { ConfigError, ConfigErrors } from './corefile/error.ts'
import type { Corefile, ServerBlock } from './corefile/parse.ts'
import { Endpoints } from './endpoints.ts'
import type { Key } from './key.ts'
import { hiddenAtEdge, ListenerPlan, type Planned, type Scheme, type Site } from './listenerplan.ts'
import { Registry } from './metrics/registry.ts'
import type { Plugin, PluginModule } from './plugin.ts'
import type { ServerName } from './query.ts'
import type { Runtime } from './runtime/runtime.ts'
import { Server, type ServerOptions } from './server.ts'

export interface InstanceOptions {
  readonly corefile: Corefile
  /** All plugins, in chain order; a function gives those of one block. */
  readonly modules: readonly PluginModule[] | ((block: ServerBlock) => readonly PluginModule[])
  /** Why a directive is not among `modules`, and what to do, where somebody knows. */
  readonly absent?: (directive: string) => string | undefined
  readonly runtime: Runtime
  /** The port of plain DNS for keys that name none; 53 where left out. */
  readonly defaultPort?: number
}

/** One address and port to listen on, and what answers there. */
export interface Listener {
  readonly transport: Scheme
  readonly address: string
  readonly port: number
  /** True where no `bind` asked for this address: a machine without it is no error. */
  readonly optional: boolean
  readonly server: Server
  readonly site: Site
  /** The zones served, as the keys have them: without scheme and port. */
  readonly zones: readonly string[]
  readonly tls: TlsSettings | undefined
  readonly limits: ListenerLimits
  /** How many sockets share the address, each in a thread of its own. */
  readonly sockets: number
}

/** A Corefile put to work: its plugins made, its listeners known. Makes no I/O before `load`. */
export class Instance {
  readonly listeners: readonly Listener[]
  /** Notes for the user, with positions. */
  readonly warnings: readonly string[]
  /** How often the Corefile is to be looked at for changes, where it asks for it. Milliseconds. */
  readonly reload: ReloadSettings | undefined
  /** Where the blocks are reached: the listeners, or at the edge one place. */
  readonly sites: readonly Site[]
  readonly #plugins: readonly Plugin[]
  readonly #blocks: readonly BlockBuilder[]
  readonly #endpoints: Endpoints
  readonly #runtime: Runtime

  constructor(
    blocks: readonly BlockBuilder[],
    listeners: readonly Listener[],
    warnings: readonly string[],
    sites: readonly Site[],
    runtime: Runtime,
  ) {
    this.#blocks = blocks
    this.sites = sites
    this.#runtime = runtime
    this.#endpoints = new Endpoints(allOf(blocks, HttpResources), runtime)
    this.#plugins = blocks.flatMap((block) => block.plugins)
    this.listeners = listeners
    this.warnings = warnings
    this.reload = blocks.map((block) => block.find(ReloadInterval)).find((found) => found !== undefined)
  }

  /** Lets all plugins read their files. Throws ConfigErrors with everything that is wrong. */
  async load(): Promise<void> {
    const loading = this.#blocks.flatMap((block) =>
      block.plugins.map(async (plugin) => {
        try {
          await plugin.load?.()
          return []
        } catch (error) {
          return block.errorsOf(plugin, error)
        }
      }),
    )
    const errors = (await Promise.all(loading)).flat()
    if (errors.length > 0) throw new ConfigErrors(errors)
  }

  /** Starts timers, watches and HTTP endpoints. After a failure all is stopped that had started, or was about to. */
  async start(): Promise<void> {
    const started: Plugin[] = []
    try {
      for (const plugin of this.#plugins) {
        started.push(plugin)
        await plugin.start?.()
      }
      await this.#endpoints.open()
    } catch (error) {
      await stopAll(started)
      throw error
    }
  }

  /** Settles when the process may end: until then it is to go on serving. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.#plugins.map(async (plugin) => plugin.drain?.()))
  }

  /** Stops everything, whatever fails meanwhile. */
  async stop(): Promise<void> {
    await Promise.allSettled([this.#endpoints.close(), stopAll(this.#plugins)])
  }

  ready(): boolean {
    return this.#plugins.every((plugin) => plugin.ready?.() ?? true)
  }

  /**
   * What a Worker serves, and what a program is answered from: the `https://` blocks, or the plain ones where there is none.
   */
  edge(): Server {
    const site = edgeSite(this.#blocks)
    const name = { ...EDGE, index: this.#runtime.name === 'workers' ? EDGE.index : this.listeners.length }
    const resources = allOf(this.#blocks, HttpResources)
    const { analytics } = this.#runtime
    const watch = analytics && ((view: string) => this.#pointsOf(analytics, view))
    const taps = [...allOf(this.#blocks, ServerTaps), ...(watch ? [watch('')] : [])]
    return serverOf({ ...site, name }, { taps, resources }, watch)
  }

  #pointsOf(dataset: AnalyticsDataset, view: string): ServerTap {
    const [nameOf = () => ''] = allOf(this.#blocks, AnswererName)
    return analyticsTap({ dataset, view, location: this.#runtime.hostname ?? '', nameOf })
  }
}

async function stopAll(plugins: readonly Plugin[]): Promise<void> {
  await Promise.allSettled(plugins.map(async (plugin) => plugin.stop?.()))
}

const allOf = <T>(blocks: readonly BlockBuilder[], key: Key<T>): T[] => [
  ...new Set(blocks.flatMap((block) => block.all(key))),
]

/** At the edge the platform listens. */
const EDGE: ServerName = { text: 'https://:443', index: 0 }

function edgeSite(blocks: readonly BlockBuilder[]): Site {
  const zones = new Map(edgeBlocks(blocks).map((block) => [block, block.zones]))
  return { name: EDGE, transport: 'https', address: '', port: 443, zones }
}

function edgeBlocks(blocks: readonly BlockBuilder[]): readonly BlockBuilder[] {
  const overHttps = blocks.filter((block) => block.listeners.some(({ transport }) => transport === 'https'))
  return overHttps.length > 0 ? overHttps : blocks
}

/**
 * A server of these blocks and their zones there; aliases that lead out of a zone are asked of the server again. `watch`
 * makes a tap more for each, from the name of its view.
 */
function serverOf(
  { zones, name }: Site,
  options: Omit<ServerOptions, 'name'>,
  watch?: (view: string) => ServerTap,
): Server {
  const blocks = [...zones].map(([block, zones]) => {
    const served = block.serve()
    return { ...served, zones, taps: watch ? [...served.taps, watch(block.view)] : served.taps }
  })
  const server = new Server(blocks, { ...options, name })
  for (const block of zones.keys()) block.resolvers.set(name, (query) => server.respond(query))
  return server
}

/** Makes an instance from a Corefile. Pure. Throws ConfigErrors with everything that is wrong. */
export function configure(options: InstanceOptions): Instance {
  const errors: ConfigError[] = []
  const warnings: string[] = []
  const { runtime, modules } = options
  const modulesOf = typeof modules === 'function' ? modules : () => modules
  const metrics = runtime.metrics ?? new Registry()
  const common = { runtime, metrics, absent: options.absent, shared: new Map<Key<unknown>, unknown>() }
  const blocks = options.corefile.blocks.map((block) => {
    const builder = new BlockBuilder(block, { ...common, modules: modulesOf(block) }, warnings)
    errors.push(...builder.errors)
    return builder
  })
  const plan = new ListenerPlan(options.defaultPort)
  for (const block of blocks) {
    errors.push(...plan.add(block))
    warnings.push(...withoutTls(block))
  }
  if (errors.length > 0) throw new ConfigErrors(errors.toSorted(byPlace))
  const listeners = plan.planned.map((planned, index) => listenerOf(planned, index, allOf(blocks, ServerTaps)))
  let sites = listeners.map(({ site }) => site)
  if (runtime.name === 'workers') {
    for (const block of blocks) block.servers = []
    for (const block of edgeBlocks(blocks)) block.servers = [EDGE]
    warnings.push(...hiddenAtEdge(blocks, edgeBlocks(blocks)))
    sites = [edgeSite(blocks)]
  }
  common.shared.set(Sites, sites)
  return new Instance(blocks, listeners, warnings, sites, runtime)
}

/** As written, within a file. */
function byPlace({ position: a }: ConfigError, { position: b }: ConfigError): number {
  if (!a || !b || a.file !== b.file) return (a?.file ?? '').localeCompare(b?.file ?? '')
  return a.line - b.line || a.column - b.column
}

function listenerOf({ zones, ...planned }: Planned, index: number, taps: readonly ServerTap[]): Listener {
  const { url, transport, address, port, optional, texts } = planned
  const blocks = [...zones.keys()]
  const site = { name: { text: url, index }, transport, address, port, zones }
  for (const block of blocks) block.servers = [...block.servers, site.name]
  const server = serverOf(site, { taps })
  const tls = blocks.map((block) => block.find(Tls)).find((found) => found !== undefined)
  const limits = Object.assign({}, ...blocks.flatMap((block) => limitsOf(block, transport)))
  // As with CoreDNS the first block that leads here decides.
  const sockets = blocks[0].find(Sockets) ?? 1
  return { transport, address, port, optional, server, site, zones: texts, tls, limits, sockets }
}

const limitsOf = (block: BlockBuilder, transport: Scheme): Omit<ListenerLimits, 'only'>[] =>
  block.all(Limits).flatMap(({ only, ...limits }) => (only === undefined || only === transport ? [limits] : []))

/** As with CoreDNS a missing certificate is no error: the listener then stands behind a proxy that has one. */
function withoutTls(block: BlockBuilder): string[] {
  if (block.find(Tls) || block.runtime.name !== 'node') return []
  const keys = block.source.keys.filter((key) => key.transport !== 'dns')
  const message = 'no tls directive in the block, so that it is served without TLS, for a proxy in front'
  return keys.map((key) => new ConfigError(`${key.text}: ${message}`, key.at).message)
}
