import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { systemReason } from '../runtime/node-reason.ts'
import { Failure } from './failure.ts'

/** Files that a command line names. All throw Failure with the reason in words. */

export const readText = (path: string): string => attempt(`cannot read ${path}`, () => readFileSync(path, 'utf8'))

export const writeText = (path: string, text: string): void =>
  attempt(`cannot write ${path}`, () => writeFileSync(path, text))

/** Makes a folder, and those above it that are not there. */
export const makeFolder = (path: string): void => attempt(`cannot make the folder ${path}`, () => makeFolders(path))

/** Not with `recursive`, which goes on for ever where the system says that a folder it has just shown is not there (/proc). */
function makeFolders(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    makeFolders(dirname(path))
    mkdirSync(path)
  }
}

/** Does it, and tells in words why it cannot be done. */
export function attempt<T>(what: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw new Failure(`${what}: ${systemReason(error)}`)
  }
}
