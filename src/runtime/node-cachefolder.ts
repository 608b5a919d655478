import { lstatSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/**
 * Where what can be made again is kept: $COREDGE_CACHE, else $XDG_CACHE_HOME/coredge, else ~/.cache/coredge. Undefined where the
 * first is set and empty, or there is no home.
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.COREDGE_CACHE !== undefined) return env.COREDGE_CACHE || undefined
  // Relative paths there are to be ignored (XDG Base Directory Specification).
  if (env.XDG_CACHE_HOME && isAbsolute(env.XDG_CACHE_HOME)) return join(env.XDG_CACHE_HOME, 'coredge')
  const home = env.HOME || homedir()
  return home ? join(home, '.cache', 'coredge') : undefined
}

/** Makes a folder where only this user can write. Throws Error with a one-line reason where there is another one. */
export function ownFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (!isOwn(folder)) throw new Error('others can write there')
}

/** Is it a folder where only this user can write? What others have put there must be neither served nor run. */
export function isOwn(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false })
  if (!found?.isDirectory() || (found.mode & 0o022) !== 0) return false
  return process.geteuid === undefined || found.uid === process.geteuid()
}
