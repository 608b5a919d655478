import type { ConfigError, Position } from './corefile/error.ts'
import type { DirectiveSpec, Use } from './corefile/spec.ts'
import { RCODE } from './dns/constants.ts'
import { EDE } from './dns/edns.ts'
import type { Name } from './dns/name.ts'
import type { Key } from './key.ts'
import type { Registry } from './metrics/registry.ts'
import { ANSWERER, type Query, type ServerName, type Transport } from './query.ts'
import { Reply } from './reply.ts'
import type { Runtime } from './runtime/runtime.ts'

/** What answers a query: the rest of the chain, or all of it. */
export type Handler = (query: Query) => Reply | Promise<Reply>

/**
 * What a directive puts into a server block. Life: `setup` made it; `load` reads files; `start` opens what needs time or the
 * network; queries; `stop`. After a reload new objects are made and loaded before the old ones stop.
 */
export interface Plugin {
  /** The directive's name; log lines and metrics show it. */
  readonly name: string
  /** Answers, or passes on by `next(query)`. Not async where it need not wait. Left out: the plugin only configures. */
  serve?(query: Query, next: Handler): Reply | Promise<Reply>
  /** Reads files through the runtime; no timers, sockets or other effects, so that `check` and `build` run it too. */
  load?(): void | Promise<void>
  /** Timers, watches, listeners. */
  start?(): void | Promise<void>
  /** The process is about to end: it goes on serving until this has settled. Not called before a reload. */
  drain?(): void | Promise<void>
  stop?(): void | Promise<void>
  /** False while the plugin is not fit to answer. */
  ready?(): boolean
  /** True where queries of other classes than IN are wanted too (chaos, forward). */
  readonly anyClass?: boolean
  /**
   * In a few words why it passes this query on, or answers it itself, for `coredge query --explain`: `example.net. is in none
   * of its zones`. Called while that happens, and only when a query is being explained. Changes nothing.
   */
  explain?(query: Query, passes: boolean): string | undefined
  /** Its `start` speaks to others (NOTIFY, probes), and it answers as well without: left out where one query is tried. */
  readonly announces?: boolean
  /** It only looks on and tells others: left out where a query is tried. */
  readonly observes?: boolean
}

/** How a plugin is known to the Corefile. One object per folder of src/plugins, exported as `plugin` from its setup.ts. */
export interface PluginModule<Spec extends DirectiveSpec = DirectiveSpec> {
  /** The directive. */
  readonly name: string
  readonly directive: Spec
  /** Where it works; both sides where left out. `ignored`: accepted there without effect, with a warning. */
  readonly runtimes?: {
    readonly workers?: 'error' | 'ignored'
    readonly node?: 'error' | 'ignored'
    readonly why: string
  }
  /**
   * What it does in the chain, so that `check` can tell where the order of a Corefile misleads: it answers, keeps answers, changes
   * what is asked, or decides who may ask. Left out: its place matters to nobody who reads a Corefile.
   */
  readonly part?: 'answer' | 'cache' | 'question' | 'access'
  /**
   * Makes plugins from all uses of the directive in one block, in the order written. Pure: no I/O. Errors: `throw
   * use.error(…)`. More than one plugin stands in the chain in the order returned.
   */
  setup(uses: readonly Use<Spec>[], block: Block): Plugin | readonly Plugin[]
}

/** A plugin whose directive is known to the types. */
export interface DefinedPlugin<Spec extends DirectiveSpec> extends PluginModule {
  readonly directive: Spec
}

/** Ties a module's `setup` to the types of its directive's arguments. */
export function definePlugin<const Spec extends DirectiveSpec>(module: PluginModule<Spec>): DefinedPlugin<Spec> {
  return module as unknown as DefinedPlugin<Spec>
}

/** The server block that a directive stands in, as `setup` sees it. */
export interface Block {
  /** The block's zones, one per key, folded. */
  readonly zones: readonly Name[]
  /** How the block is reached. */
  readonly listeners: readonly { readonly transport: Transport | 'dns'; readonly port: number }[]
  readonly runtime: Runtime
  /** What the process counts; plugins add what is theirs. */
  readonly metrics: Registry
  /** The block's plugins in chain order; complete from `load` on. */
  readonly plugins: readonly Plugin[]
  /** The name of the block's `view`, '' without one; there from `load` on. */
  readonly view: string
  /** The listeners that lead here; complete from `load` on. */
  readonly servers: readonly ServerName[]
  /** One value for all blocks of a configuration, made by the first that asks. */
  shared<T>(key: Key<T>, make: () => T): T
  /** Gives a capability to the other plugins of this block (and to the server). Several may provide the same. */
  provide<T>(key: Key<T>, value: T): void
  /** The first value provided; setup runs in chain order, so plugins later in the chain see earlier ones. */
  find<T>(key: Key<T>): T | undefined
  /** All values provided; complete from `load` on. */
  all<T>(key: Key<T>): readonly T[]
  /** Asks the server again from the top, as if `query` had come in: for CNAME targets outside a zone, and the like. */
  resolve(query: Query): Reply | Promise<Reply>
  /** A note for the user that does not stop the start. */
  warn(message: string, at?: Position): void
  /** Reports an error that `load` found, with a position; it is thrown by the caller. */
  error(message: string, at?: Position): ConfigError
}

/** What the end of every chain answers. */
export const NOBODY: Reply = new Reply({ rcode: RCODE.SERVFAIL }).withError(EDE.OTHER, 'no plugin answered')

/** The end of every chain: where `next` is this, no plugin follows. */
export const nobodyAnswered: Handler = (query) => {
  query.original.answerer = ANSWERER.SERVER
  return NOBODY
}

/** Puts something around a plugin of a chain, for those who want to know whom a query comes to. */
export type Watcher = (plugin: Plugin, handler: Handler) => Handler

/**
 * Folds a chain once, so that a query costs one call per plugin, and one more for each watcher. `last` answers what nobody
 * else did.
 */
export function compose(plugins: readonly Plugin[], last: Handler, watchers: readonly Watcher[] = []): Handler {
  return plugins.reduceRight<Handler>((next, plugin) => {
    if (!plugin.serve) return next
    const handler: Handler = (query) => plugin.serve!(query, next)
    return watchers.reduce((inner, watch) => watch(plugin, inner), handler)
  }, last)
}

/** Post-processes a reply and stays synchronous where the reply already is. */
export function after(
  reply: Reply | Promise<Reply>,
  change: (reply: Reply) => Reply | Promise<Reply>,
): Reply | Promise<Reply> {
  return reply instanceof Promise ? reply.then(change) : change(reply)
}
