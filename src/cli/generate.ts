import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '../corefile/error.ts'
import type { PluginModule } from '../plugin.ts'
import { CHAIN_FILE, type ChainEntry, parseChain } from './chain.ts'
import { withPluginTable } from './plugintable.ts'

/**
 * Makes src/plugins.gen.ts, the chain as code, src/plugins/index.gen.ts, every plugin by its name, and the README's table.
 * `node src/cli/generate.ts [--check]`.
 */

const CHAIN = 'src/plugins.gen.ts'
const EXPORTS = 'src/plugins/index.gen.ts'
/** The text of src/plugins.gen.ts. */
export function renderChain(entries: readonly ChainEntry[]): string {
  const local = (entry: ChainEntry): string => `${entry.directive}Plugin`
  // Others are loaded by the command line, and bundled by the build, as plugin.cfg says then.
  const builtins = entries.filter(({ kind }) => kind === 'builtin')
  const imports = builtins.map(
    (entry) => `import { plugin as ${local(entry)} } from './plugins/${entry.module}/setup.ts'`,
  )
  return `// Generated from plugin.cfg by \`npm run generate\`. Do not edit.
import type { PluginModule } from './plugin.ts'
${imports.join('\n')}

/** All plugins of coredge, in the order in which they see a query. */
export const modules: readonly PluginModule[] = [
${builtins.map((entry) => `  ${local(entry)},`).join('\n')}
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
  const chain = parseChain(read(CHAIN_FILE), (name) => folders.includes(name))
  if (!put(CHAIN, renderChain(chain)) || !isExported) return 1
  const builtins = (await import(new URL(EXPORTS, root).href)) as Record<string, PluginModule>
  const page = (name: string): string => (exists(pageOf(name)) ? read(pageOf(name)) : '')
  return put('README.md', withPluginTable(read('README.md'), Object.values(builtins), page)) ? 0 : 1
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
