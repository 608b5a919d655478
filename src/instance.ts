import { BlockBuilder } from './block.ts'
import {
  Bind,
  HttpResources,
  Limits,
  type ListenerLimits,
  ReloadInterval,
  type ServerTap,
  ServerTaps,
  Tls,
  type TlsSettings,
} from './capabilities.ts'
import { ConfigError, ConfigErrors, type Position } from './corefile/error.ts'
import type { Corefile, ServerKey } from './corefile/parse.ts'
import { nameText } from './dns/name.ts'
import { Endpoints } from './endpoints.ts'
import { addressText } from './httpaddress.ts'
import type { Key } from './key.ts'
import { Registry } from './metrics/registry.ts'
import type { Plugin, PluginModule } from './plugin.ts'
import type { ServerName } from './query.ts'
import type { Runtime } from './runtime/runtime.ts'
import { Server, type ServerOptions } from './server.ts'

export interface InstanceOptions {
  readonly corefile: Corefile
  /** All plugins, in chain order. */
  readonly modules: readonly PluginModule[]
  readonly runtime: Runtime
  /** The port of plain DNS for keys that name none; 53 where left out. */
  readonly defaultPort?: number
}

/** How a listener is reached: plain DNS is UDP and TCP both. */
export type Scheme = ServerKey['transport']

/** One address and port to listen on, and what answers there. */
export interface Listener {
  readonly transport: Scheme
  readonly address: string
  readonly port: number
  /** True where no `bind` asked for this address: a machine without it is no error. */
  readonly optional: boolean
  readonly server: Server
  /** The zones served, as the keys have them: without scheme and port. */
  readonly zones: readonly string[]
  readonly tls: TlsSettings | undefined
  readonly limits: ListenerLimits
}

/** Blocks without `bind` are reached from this machine only. */
const LOOPBACK: readonly string[] = ['127.0.0.1', '::1']
const DEFAULT_PORT: Record<Scheme, number> = { dns: 53, tls: 853, https: 443 }

/** A Corefile put to work: its plugins made, its listeners known. Makes no I/O before `load`. */
export class Instance {
  readonly listeners: readonly Listener[]
  /** Notes for the user, with positions. */
  readonly warnings: readonly string[]
  /** How often the Corefile is to be looked at for changes, where it asks for it. Milliseconds. */
  readonly reload: { readonly interval: number; readonly jitter: number } | undefined
  readonly #plugins: readonly Plugin[]
  readonly #blocks: readonly BlockBuilder[]
  readonly #endpoints: Endpoints

  constructor(
    blocks: readonly BlockBuilder[],
    listeners: readonly Listener[],
    warnings: readonly string[],
    runtime: Runtime,
  ) {
    this.#blocks = blocks
    this.#endpoints = new Endpoints(allOf(blocks, HttpResources), runtime)
    this.#plugins = blocks.flatMap((block) => block.plugins)
    this.listeners = listeners
    this.warnings = warnings
    this.reload = blocks.map((block) => block.find(ReloadInterval)).find((found) => found !== undefined)
  }

  /** Lets all plugins read their files. Throws ConfigErrors with everything that is wrong. */
  async load(): Promise<void> {
    const results = await Promise.allSettled(this.#plugins.map(async (plugin) => plugin.load?.()))
    const errors = results.flatMap((result) => (result.status === 'rejected' ? asErrors(result.reason) : []))
    if (errors.length > 0) throw new ConfigErrors(errors)
  }

  /** Starts timers, watches and HTTP endpoints. After a failure what had started is stopped again. */
  async start(): Promise<void> {
    const started: Plugin[] = []
    try {
      for (const plugin of this.#plugins) {
        await plugin.start?.()
        started.push(plugin)
      }
      await this.#endpoints.open()
    } catch (error) {
      await Promise.allSettled(started.map(async (plugin) => plugin.stop?.()))
      throw error
    }
  }

  /** Settles when the process may end: until then it is to go on serving. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.#plugins.map(async (plugin) => plugin.drain?.()))
  }

  async stop(): Promise<void> {
    await this.#endpoints.close()
    await Promise.allSettled(this.#plugins.map(async (plugin) => plugin.stop?.()))
  }

  ready(): boolean {
    return this.#plugins.every((plugin) => plugin.ready?.() ?? true)
  }

  /** What a Worker serves: the `https://` blocks, or the plain ones where there is none. */
  edge(): Server {
    const blocks = edgeBlocks(this.#blocks)
    const resources = allOf(this.#blocks, HttpResources)
    return serverOf(blocks, { name: EDGE, taps: allOf(this.#blocks, ServerTaps), resources }, true)
  }
}

const allOf = <T>(blocks: readonly BlockBuilder[], key: Key<T>): T[] => [
  ...new Set(blocks.flatMap((block) => block.all(key))),
]

/** At the edge the platform listens. */
const EDGE: ServerName = { text: 'https://:443', index: 0 }

function edgeBlocks(blocks: readonly BlockBuilder[]): readonly BlockBuilder[] {
  const overHttps = blocks.filter((block) => block.listeners.some(({ transport }) => transport === 'https'))
  return overHttps.length > 0 ? overHttps : blocks
}

/** A server of these blocks; what they resolve anew (aliases that leave a zone) goes through it too. */
function serverOf(blocks: readonly BlockBuilder[], options: ServerOptions, isOnly = false): Server {
  const server = new Server(
    blocks.map((block) => block.serve()),
    options,
  )
  for (const block of blocks) if (isOnly || !block.resolver) block.resolver = (query) => server.respond(query)
  return server
}

function asErrors(reason: unknown): ConfigError[] {
  if (reason instanceof ConfigErrors) return [...reason.errors]
  if (reason instanceof ConfigError) return [reason]
  return [new ConfigError(reason instanceof Error ? reason.message : String(reason))]
}

/** Makes an instance from a Corefile. Pure. Throws ConfigErrors with everything that is wrong. */
export function configure(options: InstanceOptions): Instance {
  const errors: ConfigError[] = []
  const warnings: string[] = []
  const { runtime } = options
  const common = { ...options, metrics: runtime.metrics ?? new Registry(), shared: new Map<Key<unknown>, unknown>() }
  const blocks = options.corefile.blocks.map((block) => {
    const builder = new BlockBuilder(block, common, warnings)
    errors.push(...builder.errors)
    return builder
  })
  const plan = new ListenerPlan(options.defaultPort ?? DEFAULT_PORT.dns)
  for (const block of blocks) {
    errors.push(...plan.add(block))
    warnings.push(...withoutTls(block))
  }
  if (errors.length > 0) throw new ConfigErrors(errors)
  const listeners = plan.listeners(allOf(blocks, ServerTaps))
  if (runtime.name === 'workers') {
    for (const block of blocks) block.servers = []
    for (const block of edgeBlocks(blocks)) block.servers = [EDGE]
  }
  return new Instance(blocks, listeners, warnings, runtime)
}

/** As with CoreDNS a missing certificate is no error: the listener then stands behind a proxy that has one. */
function withoutTls(block: BlockBuilder): string[] {
  if (block.find(Tls) || block.runtime.name !== 'node') return []
  const keys = block.source.keys.filter((key) => key.transport !== 'dns')
  const message = 'no tls directive in the block, so that it is served without TLS, for a proxy in front'
  return keys.map((key) => new ConfigError(`${key.text}: ${message}`, key.at).message)
}

interface Planned {
  readonly transport: Scheme
  readonly address: string
  readonly port: number
  optional: boolean
  readonly zones: string[]
  readonly blocks: BlockBuilder[]
}

/** Gathers which blocks stand behind which address and port, and finds zones served twice. */
class ListenerPlan {
  readonly #planned = new Map<string, Planned>()
  /** By port and zone: the blocks that serve it so far. */
  readonly #claims = new Map<string, Claim[]>()
  readonly #defaultPort: number

  constructor(defaultPort: number) {
    this.#defaultPort = defaultPort
  }

  add(block: BlockBuilder): ConfigError[] {
    const errors: ConfigError[] = []
    const addresses = boundAddresses(block)
    for (const key of block.source.keys) {
      const port = key.port ?? (key.transport === 'dns' ? this.#defaultPort : DEFAULT_PORT[key.transport])
      const error = this.#claim(block, key, port, addresses)
      if (error) errors.push(error)
      for (const address of addresses ?? LOOPBACK) this.#listen(block, key, address, port, !addresses)
    }
    return errors
  }

  #listen(block: BlockBuilder, key: ServerKey, address: string, port: number, optional: boolean): void {
    const { transport } = key
    const id = `${transport}://${addressText({ host: address, port })}`
    const planned = this.#planned.get(id) ?? { transport, address, port, optional, zones: [], blocks: [] }
    this.#planned.set(id, planned)
    planned.optional &&= optional
    planned.zones.push(zoneText(key))
    if (!planned.blocks.includes(block)) planned.blocks.push(block)
  }

  #claim(
    block: BlockBuilder,
    key: ServerKey,
    port: number,
    addresses: readonly string[] | undefined,
  ): ConfigError | undefined {
    for (const zone of key.zones) {
      const id = `${key.transport}:${port}:${nameText(zone)}`
      const claims = this.#claims.get(id) ?? []
      this.#claims.set(id, claims)
      const rival = claims.find((claim) => overlaps(claim, block, addresses))
      if (rival && port !== 0) return new ConfigError(`${alreadyServed(key.text, rival.at)}, got "${key.text}"`, key.at)
      claims.push({ addresses, hasView: block.hasView, at: key.at })
    }
    return undefined
  }

  listeners(taps: readonly ServerTap[]): Listener[] {
    return [...this.#planned].map(([id, { transport, address, port, optional, zones, blocks }], index) => {
      const name = { text: id, index }
      for (const block of blocks) block.servers = [...block.servers, name]
      const server = serverOf(blocks, { name, taps })
      const tls = blocks.map((block) => block.find(Tls)).find((found) => found !== undefined)
      const limits = Object.assign({}, ...blocks.flatMap((block) => limitsOf(block, transport)))
      return { transport, address, port, optional, server, zones, tls, limits }
    })
  }
}

const limitsOf = (block: BlockBuilder, transport: Scheme): Omit<ListenerLimits, 'only'>[] =>
  block.all(Limits).flatMap(({ only, ...limits }) => (only === undefined || only === transport ? [limits] : []))

function zoneText({ text, port }: ServerKey): string {
  const withoutScheme = text.replace(/^[a-z0-9]+:\/\//i, '')
  return port === undefined ? withoutScheme : withoutScheme.slice(0, withoutScheme.lastIndexOf(':'))
}

interface Claim {
  /** Undefined: bound to no address in particular. */
  readonly addresses: readonly string[] | undefined
  readonly hasView: boolean
  readonly at: Position
}

/** A block without `bind` meets every other on its port, as with CoreDNS: which addresses it means is not its own choice. */
function overlaps(claim: Claim, block: BlockBuilder, addresses: readonly string[] | undefined): boolean {
  if (claim.hasView || block.hasView) return false
  if (!claim.addresses || !addresses) return true
  return claim.addresses.some((address) => addresses.includes(address))
}

const alreadyServed = (key: string, at: Position): string =>
  `${key} is already served by the block at line ${at.line}; only a view can tell two blocks for one zone and port apart`

function boundAddresses(block: BlockBuilder): readonly string[] | undefined {
  const binds = block.all(Bind)
  if (binds.length === 0) return undefined
  const addresses = binds.flatMap(({ addresses, except }) => addresses.filter((address) => !except.includes(address)))
  return [...new Set(addresses)]
}
