import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '../corefile/error.ts'
import type { PluginModule } from '../plugin.ts'
import { withPluginTable } from './plugintable.ts'

/**
 * Makes src/plugins.gen.ts, the chain as code, src/plugins/index.gen.ts, every plugin by its name, and the README's table.
 * `node src/cli/generate.ts [--check]`.
 */

const CONFIG = 'plugin.cfg'
const CHAIN = 'src/plugins.gen.ts'
const EXPORTS = 'src/plugins/index.gen.ts'
const DIRECTIVE = /^[A-Za-z][A-Za-z0-9_]*$/
const MODULE = /^[A-Za-z0-9@._/-]+$/

/** One line of plugin.cfg: a directive, and what to import its plugin from (as seen from src). */
export interface ChainEntry {
  readonly directive: string
  readonly specifier: string
}

/** Reads the text of plugin.cfg. `exists` says whether a file (a path from the project's folder) is there. Throws ConfigError. */
export function parseChain(text: string, exists: (path: string) => boolean): ChainEntry[] {
  const entries: ChainEntry[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.replace(/#.*/, '').trim()
    if (words === '') continue
    const fail = (message: string): ConfigError =>
      new ConfigError(message, { file: CONFIG, line: index + 1, column: 1 })
    const [, directive, module] = words.match(/^([^:\s]+)\s*:\s*(\S+)$/) ?? []
    if (!directive) throw fail(`a line must be <directive>:<module>, got "${words}"`)
    if (!DIRECTIVE.test(directive)) throw fail(`a directive is letters, digits and underscores, got "${directive}"`)
    if (!MODULE.test(module)) throw fail(`a module is a folder's name, a path or a package, got "${module}"`)
    if (entries.some((entry) => entry.directive === directive)) throw fail(`${directive} is already in the list`)
    entries.push({ directive, specifier: specifierOf(module, exists, fail) })
  }
  return entries
}

function specifierOf(module: string, exists: (path: string) => boolean, fail: (message: string) => Error): string {
  if (module.startsWith('./')) {
    if (!exists(module)) throw fail(`there is no such file, got "${module}"`)
    return `.${module}`
  }
  if (module.includes('/')) return module
  const path = `plugins/${module}/setup.ts`
  if (!exists(`src/${path}`)) throw fail(`there is no src/${path}, got "${module}"`)
  return `./${path}`
}

/** The text of src/plugins.gen.ts. */
export function renderChain(entries: readonly ChainEntry[]): string {
  const local = (entry: ChainEntry): string => `${entry.directive}Plugin`
  const imports = entries.map((entry) => `import { plugin as ${local(entry)} } from '${entry.specifier}'`)
  return `// Generated from plugin.cfg by \`npm run generate\`. Do not edit.
import type { PluginModule } from './plugin.ts'
${imports.join('\n')}

/** All plugins, in the order in which they see a query. */
export const modules: readonly PluginModule[] = [
${entries.map((entry) => `  ${local(entry)},`).join('\n')}
]
`
}

/** The text of src/plugins/index.gen.ts: each plugin under a name of its own, so that bundlers leave out the rest. */
export function renderExports(folders: readonly string[]): string {
  const line = (folder: string): string => `export { plugin as ${folder}Plugin } from './${folder}/setup.ts'`
  return `// Generated from the folders here by \`npm run generate\`. Do not edit.\n${folders.map(line).join('\n')}\n`
}

async function main(args: readonly string[]): Promise<number> {
  const root = new URL('../../', import.meta.url)
  const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')
  const exists = (path: string): boolean => existsSync(new URL(path, root))
  const isCheck = args.includes('--check')
  const put = (path: string, text: string): boolean => {
    if (exists(path) && read(path) === text) return true
    if (isCheck) console.error(`${path} is out of date: run npm run generate`)
    else {
      writeFileSync(new URL(path, root), text)
      console.log(`wrote ${path}`)
    }
    return !isCheck
  }
  const folders = readdirSync(new URL('src/plugins/', root)).filter((name) => exists(`src/plugins/${name}/setup.ts`))
  const isExported = put(EXPORTS, renderExports(folders.sort()))
  if (!put(CHAIN, renderChain(parseChain(read(CONFIG), exists))) || !isExported) return 1
  const { modules } = (await import(new URL(CHAIN, root).href)) as { modules: readonly PluginModule[] }
  const page = (name: string): string => (exists(pageOf(name)) ? read(pageOf(name)) : '')
  return put('README.md', withPluginTable(read('README.md'), modules, page)) ? 0 : 1
}

const pageOf = (name: string): string => `src/plugins/${name}/README.md`

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = await main(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
