import { writeFileSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type * as Esbuild from 'esbuild'
import { ConfigError } from '../corefile/error.ts'
import { modules } from '../plugins.gen.ts'
import { CHAIN_FILE, type ChainEntry } from './chain.ts'
import { entryOf } from './external.ts'
import { attempt, makeFolder } from './files.ts'
import { readChain } from './modules.ts'
import { type Share, sharesOf } from './shares.ts'
import { importTool } from './tools.ts'

/** The folder of this program's modules: src, or in the package lib. */
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const EXTENSION = extname(import.meta.url)

/** The bundle's file in its folder. */
export const BUNDLE = 'worker.js'

export interface BundleOptions {
  /** Take the engine for regular expressions along although no plugin needs it at once; true where left out. */
  readonly patterns?: boolean
  /** The plugins to take along, of those in the list; all of them where left out. */
  readonly directives?: ReadonlySet<string>
}

/** A Worker as one file. */
export interface Bundle {
  readonly file: string
  /** Octets. */
  readonly size: number
  readonly gzip: number
  /** What each part takes of it, the largest plugins first; nothing, those in the list that are not taken along. */
  readonly shares: readonly Share[]
}

/**
 * Bundles the Worker, with plugins of the list of the folder where it runs and no others: an isolate compiles them all before it can
 * answer. Throws ConfigError.
 */
export async function bundleWorker(folder: string, options: BundleOptions = {}): Promise<Bundle> {
  const esbuild = await importTool<typeof Esbuild>('esbuild')
  const entry = join(ROOT, `worker${EXTENSION}`)
  const listed = readChain() ?? modules.map(({ name }) => builtinEntry(name))
  const chain = listed.filter(({ directive }) => options.directives?.has(directive) ?? true)
  const { outputFiles, metafile } = await build(esbuild, entry, folder, chain, options)
  const file = join(folder, BUNDLE)
  makeFolder(folder)
  for (const { path, contents } of outputFiles) attempt(`cannot write ${path}`, () => writeFileSync(path, contents))
  const code = outputFiles.find(({ path }) => path.endsWith(BUNDLE))!.contents
  const { length: size } = code
  const gzip = gzipSync(code).length
  const names = chain.map(({ directive }) => directive)
  const others = listed.filter((entry) => !chain.includes(entry)).map(({ directive }) => ({ name: directive, size: 0 }))
  return { file, size, gzip, shares: [...sharesOf(metafile, `plugins.gen${EXTENSION}`, names), ...others] }
}

const builtinEntry = (name: string): ChainEntry => ({
  directive: name,
  module: name,
  kind: 'builtin',
  at: { file: CHAIN_FILE, line: 1, column: 1 },
})

async function build(
  esbuild: typeof Esbuild,
  entry: string,
  folder: string,
  chain: readonly ChainEntry[],
  options: BundleOptions,
): Promise<{ outputFiles: Esbuild.OutputFile[]; metafile: Esbuild.Metafile }> {
  try {
    return await esbuild.build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      target: 'es2024',
      charset: 'utf8',
      conditions: ['workerd', 'worker', 'browser'],
      external: ['cloudflare:*', 'node:*'],
      minify: true,
      // Deployed too, so that stacks in the log show the sources.
      sourcemap: 'linked',
      outdir: folder,
      logLevel: 'silent',
      plugins: [ours(chain, options)],
    })
  } catch (error) {
    const { errors = [] } = error as Esbuild.BuildFailure
    if (errors.length === 0) throw error
    throw new ConfigError(`cannot bundle the Worker:\n${errors.map(messageOf).join('\n')}`)
  }
}

const messageOf = ({ text, location }: Esbuild.Message): string =>
  location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text

/** What is special here: the list of plugins, one `coredge` for all of them, and an engine that may stay at home. */
function ours(chain: readonly ChainEntry[], { patterns = true }: BundleOptions): Esbuild.Plugin {
  return {
    name: 'coredge',
    setup(bundler) {
      bundler.onLoad({ filter: /[\\/]plugins\.gen\.[jt]s$/ }, () => ({ contents: chainText(chain), resolveDir: '.' }))
      bundler.onResolve({ filter: /^coredge$/ }, () => ({ path: join(ROOT, `index.workerd${EXTENSION}`) }))
      bundler.onResolve({ filter: /[\\/]regexp\.[jt]s$/ }, ({ kind }) =>
        kind === 'dynamic-import' && !patterns ? { path: 'patterns', namespace: 'left-out' } : undefined,
      )
      bundler.onLoad({ filter: /./, namespace: 'left-out' }, () => ({
        contents: `export const compilePattern = () => { throw new Error('regular expressions were not part of the build') }`,
      }))
    },
  }
}

/** plugins.gen for this chain; packages are looked for from the folder where it runs. */
function chainText(chain: readonly ChainEntry[]): string {
  const lines = chain.map((entry, i) => `import { plugin as p${i} } from ${JSON.stringify(specifierOf(entry))}`)
  return `${lines.join('\n')}\nexport const modules = [${chain.map((_, i) => `p${i}`)}]\n`
}

function specifierOf({ module, kind }: ChainEntry): string {
  if (kind === 'builtin') return join(ROOT, 'plugins', module, `setup${EXTENSION}`)
  return kind === 'path' ? entryOf(resolve(module)) : module
}
