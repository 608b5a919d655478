import type { PluginModule } from '../plugin.ts'
import * as builtins from '../plugins/index.gen.ts'

/** A plugin that coredge brings, by its name. */
export function builtin(name: string): PluginModule | undefined {
  const key = `${name}Plugin`
  return Object.hasOwn(builtins, key) ? (builtins as Record<string, PluginModule>)[key] : undefined
}

export const isOurs = (name: string): boolean => builtin(name) !== undefined

/** Why a plugin that coredge brings is not in the chain. */
export const absent = (name: string): string | undefined =>
  isOurs(name) ? `plugin.cfg leaves it out; add the line ${name}:${name}` : undefined
