import { insteadOf } from './absent.ts'
import { ChainWatcher, Debug, type ErrorSink, Errors, ReplyOptions, ReplyTap, UdpSize, View } from './capabilities.ts'
import { checkDirective } from './corefile/check.ts'
import { ConfigError, ConfigErrors, type Position } from './corefile/error.ts'
import type { DirectiveNode, ServerBlock } from './corefile/parse.ts'
import type { Use } from './corefile/spec.ts'
import { didYouMean } from './corefile/suggest.ts'
import { RCODE } from './dns/constants.ts'
import { EDE } from './dns/edns.ts'
import { type Name, nameText } from './dns/name.ts'
import { typeName } from './dns/rdata/registry.ts'
import { FaultLog } from './faultlog.ts'
import { hexdump } from './hexdump.ts'
import { type Key, key } from './key.ts'
import type { Registry } from './metrics/registry.ts'
import { after, type Block, compose, type Handler, nobodyAnswered, type Plugin, type PluginModule } from './plugin.ts'
import { printable } from './printable.ts'
import type { Query, ServerName } from './query.ts'
import { reasonOf } from './reason.ts'
import type { Reply } from './reply.ts'
import type { Runtime } from './runtime/runtime.ts'
import type { ServedBlock } from './servedblock.ts'
import { ZoneError, ZoneErrors } from './zone/error.ts'

export interface BlockOptions {
  readonly modules: readonly PluginModule[]
  readonly absent: ((directive: string) => string | undefined) | undefined
  readonly runtime: Runtime
  readonly metrics: Registry
  /** What the blocks of a configuration share. */
  readonly shared: Map<Key<unknown>, unknown>
}

/** How often one query has been asked again from the top: zones whose aliases lead to each other must end. */
export const Resolves: Key<number> = key('block/resolves')
const MAX_RESOLVES = 16

/** One server block while it is set up: checks its directives, makes its plugins, and knows what they provide. */
export class BlockBuilder implements Block {
  readonly source: ServerBlock
  readonly zones: readonly Name[]
  readonly listeners: Block['listeners']
  readonly runtime: Runtime
  readonly metrics: Registry
  servers: readonly ServerName[] = []
  readonly plugins: readonly Plugin[]
  readonly errors: readonly ConfigError[]
  readonly #provided = new Map<Key<unknown>, unknown[]>()
  readonly #shared: Map<Key<unknown>, unknown>
  readonly #warnings: string[]
  #served: ServedBlock | undefined
  /** The servers that the block is part of, by name; filled by whoever puts the blocks together. */
  readonly resolvers: Map<ServerName, Handler> = new Map()
  /** Where the directives stand that made the plugins. */
  readonly #places = new Map<Plugin, Position>()

  constructor(source: ServerBlock, options: BlockOptions, warnings: string[]) {
    this.source = source
    this.zones = source.keys.flatMap((key) => key.zones)
    this.listeners = source.keys.map(({ transport, port }) => ({ transport, port: port ?? 0 }))
    this.runtime = options.runtime
    this.metrics = options.metrics
    this.#shared = options.shared
    this.#warnings = warnings
    const errors: ConfigError[] = []
    this.errors = errors
    this.plugins = this.#setUp(options, errors)
    // A line too much outside of all braces makes such a block.
    const [key] = source.keys
    if (key && source.directives.length === 0)
      this.warn(`server block: has no directives, so that its queries are refused, got "${key.text}"`, source.at)
  }

  #setUp({ modules, absent }: BlockOptions, errors: ConfigError[]): Plugin[] {
    const nodes = Map.groupBy(this.source.directives, (node) => node.name)
    for (const [name, written] of nodes)
      if (!modules.some((module) => module.name === name))
        errors.push(...written.map((node) => unknownDirective(node, modules, absent)))
    const plugins: Plugin[] = []
    for (const module of modules) {
      const written = nodes.get(module.name)
      if (!written) continue
      try {
        const made = this.#setUpModule(module, written)
        for (const plugin of made) this.#places.set(plugin, written[0].at)
        plugins.push(...made)
      } catch (error) {
        errors.push(...positioned(error, module.name, written[0].at))
      }
    }
    return plugins
  }

  #setUpModule(module: PluginModule, nodes: readonly DirectiveNode[]): readonly Plugin[] {
    const [first, second] = nodes
    const verdict = module.runtimes?.[this.runtime.name]
    if (verdict === 'error') throw new ConfigError(`${module.name}: ${module.runtimes!.why}`, first.at)
    if (second && module.directive.once)
      throw new ConfigError(`${module.name}: may stand only once in a server block`, second.at)
    const uses = checkAll(nodes, module)
    const made = module.setup(uses, this)
    if (verdict === 'ignored') {
      this.warn(`${module.name}: has no effect here: ${module.runtimes!.why}`, first.at)
      return []
    }
    return Array.isArray(made) ? made : [made as Plugin]
  }

  get hasView(): boolean {
    return this.all(View).length > 0
  }

  get view(): string {
    return this.find(View)?.name ?? ''
  }

  /** The block as a server runs it; made once, so that all its listeners share it. */
  serve(): ServedBlock {
    this.#served ??= {
      zones: this.zones,
      handler: this.plugins.some((plugin) => plugin.serve) ? this.#chain() : undefined,
      anyClass: this.plugins.some((plugin) => plugin.anyClass),
      views: this.all(View),
      taps: this.all(ReplyTap),
      errors: this.#countPanics(this.find(Errors) ?? this.#logErrors()),
      udpCap: this.find(UdpSize) ?? 65_535,
      options: this.all(ReplyOptions),
    }
    return this.#served
  }

  #chain(): Handler {
    return compose(this.plugins, nobodyAnswered, this.all(ChainWatcher))
  }

  /** Errors with a code are foreseen, the network's and our own; the rest are what Go programs panic about. */
  #countPanics(sink: ErrorSink): ErrorSink {
    const panics = this.metrics.counter('coredns_panics_total', 'Faults in the code that cost a query.')
    return {
      failed: (query, error) => {
        sink.failed(query, error)
        if (error instanceof Error && 'code' in error) return
        panics.increment()
        if (this.find(Debug) && query.original.message) this.#dump(query.original.message)
      },
    }
  }

  /** Who debugs wants to send the query again. */
  #dump(message: Uint8Array): void {
    const { log } = this.runtime
    for (const line of hexdump(message)) {
      if (log.print) log.print(line)
      else log.info(line)
    }
  }

  /** Without the errors plugin faults still leave a line: one, and then their number. */
  #logErrors(): ErrorSink {
    const faults = new FaultLog((line) => this.runtime.log.error(line))
    return {
      failed: (query, error) => {
        const reason = printable(String(error))
        faults.add(reason, () => {
          const stack = error instanceof Error && this.find(Debug) ? error.stack : undefined
          return `${nameText(query.name)} ${typeName(query.type)}: ${stack ?? reason}`
        })
      },
    }
  }

  provide<T>(key: Key<T>, value: T): void {
    const there = this.#provided.get(key)
    if (there) there.push(value)
    else this.#provided.set(key, [value])
  }

  find<T>(key: Key<T>): T | undefined {
    return this.all(key)[0]
  }

  all<T>(key: Key<T>): readonly T[] {
    return (this.#provided.get(key) ?? []) as T[]
  }

  shared<T>(key: Key<T>, make: () => T): T {
    if (!this.#shared.has(key)) this.#shared.set(key, make())
    return this.#shared.get(key) as T
  }

  resolve(query: Query): Reply | Promise<Reply> {
    // Queries that plugins make of themselves came to no server; then one is as good as another.
    const resolver = this.resolvers.get(query.server) ?? this.resolvers.values().next().value
    if (!resolver) throw new Error('the server is not put together yet')
    const count = (query.get(Resolves) ?? 0) + 1
    if (count > MAX_RESOLVES) return query.reply({ rcode: RCODE.SERVFAIL }).withError(EDE.OTHER, 'too many aliases')
    query.hint(Resolves, count)
    const { original } = query
    const { answerer } = original
    return after(resolver(query), (reply) => {
      // Who asks anew answers, not who was asked.
      original.answerer = answerer
      return reply
    })
  }

  /** Where the directive stands that made the plugin. */
  placeOf(plugin: Plugin): Position | undefined {
    return this.#places.get(plugin)
  }

  /** What is wrong where a plugin's `load` threw. */
  errorsOf(plugin: Plugin, error: unknown): readonly ConfigError[] {
    return positioned(error, plugin.name, this.#places.get(plugin))
  }

  warn(message: string, at?: Position): void {
    this.#warnings.push(this.error(message, at).message)
  }

  error(message: string, at?: Position): ConfigError {
    return new ConfigError(message, at)
  }
}

function checkAll(nodes: readonly DirectiveNode[], module: PluginModule): Use[] {
  const errors: ConfigError[] = []
  const uses: Use[] = []
  for (const node of nodes) {
    try {
      uses.push(checkDirective(node, module.directive))
    } catch (error) {
      errors.push(...positioned(error, node.name, node.at))
    }
  }
  if (errors.length > 0) throw new ConfigErrors(errors)
  return uses
}

/** What a plugin threw, as errors at its directive. A mistake in a zone file has a place of its own. */
function positioned(error: unknown, directive: string, at: Position | undefined): readonly ConfigError[] {
  if (error instanceof ConfigErrors) return error.errors.flatMap((error) => positioned(error, directive, at))
  if (error instanceof ConfigError) return [error.position ? error : new ConfigError(error.message, at)]
  if (error instanceof ZoneErrors) return error.errors.map(({ message }) => new ConfigError(message))
  const message = reasonOf(error)
  return [error instanceof ZoneError ? new ConfigError(message) : new ConfigError(`${directive}: ${message}`, at)]
}

function unknownDirective(
  { name, at }: DirectiveNode,
  modules: readonly PluginModule[],
  absent: BlockOptions['absent'],
): ConfigError {
  const why = absent?.(name)
  if (why !== undefined) return new ConfigError(`${name}: ${why}, got "${name}"`, at)
  const instead = insteadOf(name)
  if (instead) return new ConfigError(`${name}: CoreDNS has it, coredge does not; ${instead}, got "${name}"`, at)
  const meant = didYouMean(
    name,
    modules.map((module) => module.name),
  )
  const isPossible = meant === '' && /^[a-z][\w-]*$/i.test(name)
  // A program hands its plugins over; the command line has a list of them.
  const how = absent ? `a plugin is added by a line in plugin.cfg: ${name}:PACKAGE` : 'it is none of the plugins given'
  return new ConfigError(`${name}: unknown directive${meant}, got "${name}"${isPossible ? `; ${how}` : ''}`, at)
}
