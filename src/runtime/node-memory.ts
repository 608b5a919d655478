import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** By then whoever asked for a zone has put it in the place of the one before. Milliseconds. */
const REPLACED = 500

let isDue = false

/**
 * Gives memory back that starting took and serving has no use for: some ten megabytes, which the engine would keep for minutes.
 * Takes some 30 milliseconds.
 */
export function releaseMemory(): void {
  collect('last-resort')
}

/**
 * Gives the memory of a zone back that is about to be replaced. The engine does not count what threads can share as memory that
 * is worth collecting: without this it would grow with each reload. Takes some ten milliseconds.
 */
export function releaseReplaced(): void {
  if (isDue) return
  isDue = true
  setTimeout(() => {
    isDue = false
    collect('regular')
  }, REPLACED).unref()
}

function collect(flavor: 'regular' | 'last-resort'): void {
  setFlagsFromString('--expose-gc')
  const collector: unknown = runInNewContext('globalThis.gc')
  setFlagsFromString('--no-expose-gc')
  if (typeof collector === 'function') collector({ type: 'major', execution: 'sync', flavor })
}
