import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError, ConfigErrors } from '../corefile/error.ts'
import type { PluginModule } from '../plugin.ts'
import { modules as listed } from '../plugins.gen.ts'
import { reasonOf } from '../reason.ts'
import { builtin, isOurs } from './builtin.ts'
import { CHAIN_FILE, type ChainEntry, parseChain } from './chain.ts'
import { importPlugin } from './external.ts'

/** The plugins of a folder: those that its plugin.cfg lists, or without one those of coredge's own list. */

/** The lines of the folder's plugin.cfg; undefined without one. Throws ConfigError. */
export function readChain(folder = '.'): readonly ChainEntry[] | undefined {
  const file = resolve(folder, CHAIN_FILE)
  if (!existsSync(file)) return undefined
  return parseChain(readFileSync(file, 'utf8'), isOurs)
}

/** The plugins of a folder, in chain order. Throws ConfigErrors. */
export async function loadModules(folder = '.'): Promise<readonly PluginModule[]> {
  const entries = readChain(folder)
  if (!entries) return listed
  const loaded = await Promise.all(
    entries.map(async (entry) => {
      try {
        return checked(entry, await moduleOf(entry, folder))
      } catch (error) {
        return error instanceof ConfigError ? error : new ConfigError(`${entry.directive}: ${whyNot(error)}`, entry.at)
      }
    }),
  )
  const errors = loaded.filter((one) => one instanceof ConfigError)
  if (errors.length > 0) throw new ConfigErrors(errors)
  return loaded as PluginModule[]
}

async function moduleOf({ module, kind }: ChainEntry, folder: string): Promise<unknown> {
  if (kind === 'builtin') return builtin(module)
  return (await importPlugin(module, pathToFileURL(resolve(folder, CHAIN_FILE)))).plugin
}

function checked({ directive, module, at }: ChainEntry, plugin: unknown): PluginModule {
  const made = plugin as PluginModule | undefined
  if (typeof made?.setup !== 'function' || typeof made.name !== 'string')
    throw new ConfigError(`${module} must export \`plugin\`, made by definePlugin`, at)
  if (made.name !== directive) throw new ConfigError(`${module} is the plugin of the directive "${made.name}"`, at)
  return made
}

/** A mistake in a plugin's code has its place in the first line of its stack. */
function whyNot(error: unknown): string {
  const place = error instanceof Error ? error.stack?.match(/^(?:file:|\/|[A-Z]:\\)\S*:\d+$/m)?.[0] : undefined
  return place ? `${reasonOf(error)} (${place})` : reasonOf(error)
}

/** Those of the folder where coredge runs. */
export const modules: readonly PluginModule[] = await loadModules()
