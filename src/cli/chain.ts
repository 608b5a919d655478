import { ConfigError, type Position } from '../corefile/error.ts'

/** The list of plugins, in the order in which they see a query. It is looked for in the folder where coredge runs. */
export const CHAIN_FILE = 'plugin.cfg'

const DIRECTIVE = /^[A-Za-z][A-Za-z0-9_]*$/
const MODULE = /^[A-Za-z0-9@._/-]+$/

/** One line of plugin.cfg. */
export interface ChainEntry {
  readonly directive: string
  /** The name of a folder of src/plugins, a path that starts with a dot or a slash, or a package. */
  readonly module: string
  readonly kind: 'builtin' | 'path' | 'package'
  readonly at: Position
}

/** Reads the text of plugin.cfg; `isBuiltin` says whether coredge brings a plugin. Throws ConfigError. */
export function parseChain(text: string, isBuiltin: (name: string) => boolean): ChainEntry[] {
  const entries: ChainEntry[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.replace(/#.*/, '').trim()
    if (words === '') continue
    const at = { file: CHAIN_FILE, line: index + 1, column: 1 }
    const fail = (message: string): ConfigError => new ConfigError(message, at)
    const [, directive, module] = words.match(/^([^:\s]+)\s*:\s*(\S+)$/) ?? []
    if (!directive) throw fail(`a line must be <directive>:<module>, got "${words}"`)
    if (!DIRECTIVE.test(directive)) throw fail(`a directive is letters, digits and underscores, got "${directive}"`)
    if (!MODULE.test(module)) throw fail(`a module is a plugin's name, a path or a package, got "${module}"`)
    if (entries.some((entry) => entry.directive === directive)) throw fail(`${directive} is already in the list`)
    const kind = /^[./]/.test(module) ? 'path' : isBuiltin(module) ? 'builtin' : 'package'
    entries.push({ directive, module, kind, at })
  }
  return entries
}
