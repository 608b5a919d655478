import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Failure } from './failure.ts'

/** Wrangler, which deploys Workers, and what it brings: a bundler, and workerd to try them with. It is no dependency. */

/** The version that coredge is tested with. */
const WRANGLER = '4.116.0'

/** The path of wrangler's module: the folder's own, or the one beside coredge. */
function wranglerPath(): string {
  for (const from of [join(process.cwd(), 'x.js'), import.meta.url]) {
    try {
      return createRequire(from).resolve('wrangler')
    } catch {
      // The next place.
    }
  }
  throw new Failure(`Workers need wrangler, which is not installed here: npm install --save-dev wrangler@${WRANGLER}`)
}

/** Imports wrangler, or one of its own dependencies. */
export async function importTool<T>(name: 'wrangler' | 'esbuild' | 'miniflare'): Promise<T> {
  const wrangler = wranglerPath()
  const path = name === 'wrangler' ? wrangler : createRequire(wrangler).resolve(name)
  const module = await import(pathToFileURL(path).href)
  // CommonJS: Node does not find all names in it.
  return { ...module.default, ...module }
}

/** The program `wrangler`. */
export const wranglerBin = (): string => join(wranglerPath(), '../../bin/wrangler.js')
