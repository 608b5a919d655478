import { existsSync, readFileSync, statSync } from 'node:fs'
import * as module from 'node:module'
import { extname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { insteadOf } from '../absent.ts'
import { reasonOf } from '../reason.ts'
import { Failure } from './failure.ts'

/** Plugins that are no part of coredge: packages and files that plugin.cfg names. */

const EXTENSION = extname(import.meta.url)
const OURS: Readonly<Record<string, string>> = {
  coredge: new URL(`../index.node${EXTENSION}`, import.meta.url).href,
  'coredge/testing': new URL(`../testing${EXTENSION}`, import.meta.url).href,
}

/** Imports a plugin as `from`, a file of the user's, would. Rejects with a reason of one line. */
export async function importPlugin(specifier: string, from: URL): Promise<{ readonly plugin?: unknown }> {
  // CoreDNS's own list has such lines.
  if (/^[\w-]+\.[\w.-]+\//.test(specifier))
    throw new Failure(`plugins here are npm packages and files, and no modules of Go, got "${specifier}"`)
  const instead = insteadOf(specifier)
  if (instead) throw new Failure(`coredge brings no plugin "${specifier}": ${instead}`)
  teachLoader()
  const path = /^[./]/.test(specifier) ? entryOf(fileURLToPath(new URL(specifier, from))) : undefined
  try {
    return await import(path ? pathToFileURL(path).href : `${PREFIX}${specifier}#${from.href}`)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${specifier}'`))
      throw new Failure(`coredge brings no plugin "${specifier}", and there is no such package here; npm install it`)
    throw error
  }
}

/** The file to import for a path: itself, or for a package's folder what its package.json exports. */
export function entryOf(path: string): string {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory()
  if (isFolder === undefined) throw new Failure(`there is no file or folder ${path}`)
  if (!isFolder) return path
  const file = join(path, 'package.json')
  if (!existsSync(file)) throw new Failure(`there is no package.json in ${path}`)
  const { exports, main } = JSON.parse(readFileSync(file, 'utf8'))
  return join(path, exported(exports) ?? main ?? 'index.js')
}

/** The target of a package's main export, as far as it says without conditions or with the usual ones. */
function exported(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports
  if (typeof exports !== 'object' || exports === null) return undefined
  for (const [key, value] of Object.entries(exports))
    if (['.', 'node', 'import', 'default'].includes(key)) return exported(value)
  return undefined
}

/** Marks packages that are looked for from another place than the module that imports them: `coredge-plugin:NAME#URL`. */
const PREFIX = 'coredge-plugin:'

let isTaught = false

/**
 * Teaches Node's loader what plugins need: `coredge` is this very program, of which there must not be two; and TypeScript
 * works in packages as well.
 */
function teachLoader(): void {
  if (isTaught) return
  isTaught = true
  module.registerHooks({
    resolve(specifier, context, next) {
      if (Object.hasOwn(OURS, specifier)) return { url: OURS[specifier], shortCircuit: true }
      if (!specifier.startsWith(PREFIX)) return next(specifier, context)
      const [name, parentURL] = specifier.slice(PREFIX.length).split('#')
      return next(name, { ...context, parentURL })
    },
    load(url, context, next) {
      if (!/\/node_modules\/.*\.m?ts$/.test(url)) return next(url, context)
      return { format: 'module', source: withoutTypes(fileURLToPath(url)), shortCircuit: true }
    },
  })
}

/** Node warns of the function as an experiment, which is nothing to the user. */
function withoutTypes(path: string): string {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return module.stripTypeScriptTypes(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Failure(`${path}: ${reasonOf(error)}`)
  } finally {
    process.emitWarning = emitWarning
  }
}
