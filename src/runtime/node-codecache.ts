import { readdirSync, rmSync } from 'node:fs'
import { enableCompileCache, flushCompileCache, getCompileCacheDir } from 'node:module'
import { basename, join } from 'node:path'
import { cacheFolder, ownFolder } from './node-cachefolder.ts'

/** By then what a server needs has been compiled. Milliseconds. */
const SETTLED = 5000

/** Keeps the code of modules as the engine compiled it, for the next start: it takes half the time then, and less memory. */
export function keepCode(): void {
  const folder = cacheFolder()
  if (folder === undefined || process.env.NODE_COMPILE_CACHE !== undefined) return
  const code = join(folder, 'code')
  try {
    ownFolder(code)
    enableCompileCache(code)
  } catch {
    // Where it cannot be kept, starts are slower: nothing that needs an answer.
    return
  }
  setTimeout(() => settle(code), SETTLED).unref()
}

/** Writes what was compiled, and removes what other versions of Node have left: each has a folder of its own. */
function settle(folder: string): void {
  flushCompileCache()
  const own = getCompileCacheDir()
  if (own === undefined) return
  try {
    for (const name of readdirSync(folder))
      if (name !== basename(own)) rmSync(join(folder, name), { recursive: true, force: true })
  } catch {
    // Then the next start removes it.
  }
}
