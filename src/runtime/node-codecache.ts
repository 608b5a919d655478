import { readdir, rm } from 'node:fs/promises'
import { enableCompileCache, flushCompileCache, getCompileCacheDir } from 'node:module'
import { basename, join } from 'node:path'
import { cacheFolder, ownFolder } from './node-cachefolder.ts'

/** Where code is kept. */
let folder: string | undefined

/** Keeps the code of modules as the engine compiled it, for the next start: it takes half the time then, and less memory. */
export function keepCode(): void {
  const cache = cacheFolder()
  if (cache === undefined || process.env.NODE_COMPILE_CACHE !== undefined) return
  const code = join(cache, 'code')
  try {
    ownFolder(code)
    enableCompileCache(code)
  } catch {
    // Where it cannot be kept, starts are slower: nothing that needs an answer.
    return
  }
  folder = code
}

/**
 * Writes what was compiled by now, where that is new: up to half a second, for which nobody must wait who is served already. Removes
 * what other versions of Node have left: each has folders of its own, as settings of the engine have.
 */
export function settleCode(): void {
  if (folder === undefined) return
  flushCompileCache()
  void removeOld(folder).catch(() => {
    // Then the next start does.
  })
}

async function removeOld(folder: string): Promise<void> {
  const own = getCompileCacheDir()
  if (own === undefined) return
  const isOurs = (name: string): boolean => name === basename(own) || name.startsWith(`${process.version}-`)
  for (const name of await readdir(folder))
    if (!isOurs(name)) await rm(join(folder, name), { recursive: true, force: true })
}
