import type { PluginModule } from '../plugin.ts'
import type { Contents } from '../runtime/memory.ts'
import type { Log } from '../runtime/runtime.ts'
import type { BlockOptions } from './corefile.ts'

/** What does not depend on where the configuration comes from. */
export interface CommonOptions {
  /** Contents of files by their paths. Paths that are not here are files of the machine on Node; elsewhere there are none. */
  readonly files?: Contents
  /** Where log lines go; on Node to stdout and stderr, elsewhere to the console. */
  readonly log?: Log
  /** The port of plain DNS for keys that name none; 53 where left out. 0: the system chooses. */
  readonly port?: number
}

/** A server from the text of a Corefile. */
export interface CorefileOptions extends CommonOptions {
  readonly corefile: string
  /** What the Corefile is called in messages, and on Node where `import` starts from; `Corefile` where left out. */
  readonly name?: string
  /** The plugins that it may use, in the order of the chain: `allPlugins`, or those that a small bundle is to have. */
  readonly plugins: readonly PluginModule[]
  /** Variables for `{$NAME}`. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** A server from values of a program. */
export interface BlocksOptions extends CommonOptions {
  readonly blocks: readonly BlockOptions[]
}

/** A server from what `coredge build` made, in a Worker that has it as static assets. */
export interface AssetsOptions extends CommonOptions {
  /** The binding: `env.ASSETS`. */
  readonly assets: { fetch(url: string): Promise<Response> }
  readonly plugins: readonly PluginModule[]
  /** Variables for `{$NAME}`, before those of the build. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** Where a server's configuration comes from, and what it runs with. */
export type ServerOptions = CorefileOptions | BlocksOptions | AssetsOptions
