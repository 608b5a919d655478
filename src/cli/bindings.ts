import { existsSync, readFileSync } from 'node:fs'

/** Files that wrangler takes its configuration from. */
const CONFIGS = ['wrangler.json', 'wrangler.jsonc', 'wrangler.toml'] as const

/**
 * What is wrong with a KV binding, as far as the folder's wrangler configuration tells; undefined where nothing is, or there is no
 * configuration here.
 */
export function kvBindingFault(binding: string): string | undefined {
  const config = CONFIGS.find((file) => existsSync(file))
  if (!config || kvBindings(readFileSync(config, 'utf8')).includes(binding)) return undefined
  return `${config} has no KV namespace with the binding ${binding}: it needs [[kv_namespaces]] with binding = "${binding}"`
}

/** The names of the KV bindings in a configuration, TOML or JSON. */
export function kvBindings(text: string): string[] {
  const bare = text.replace(/^\s*(#|\/\/).*$/gm, '')
  const tables = [...bare.matchAll(/\[\[\s*(?:env\.\w+\.)?kv_namespaces\s*\]\]([^[]*)/g)].map((match) => match[1])
  const arrays = [...bare.matchAll(/"?kv_namespaces"?\s*[=:]\s*\[([^\]]*)\]/g)].map((match) => match[1])
  return [...tables, ...arrays].flatMap((part) =>
    [...part.matchAll(/"?binding"?\s*[=:]\s*["']([^"']+)["']/g)].map((match) => match[1]),
  )
}
