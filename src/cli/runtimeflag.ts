import type { Runtime } from '../runtime/runtime.ts'
import { UsageError } from './flags.ts'

/** The value of `-for`. Throws UsageError. */
export function readRuntime(text = 'node'): Runtime['name'] {
  if (text === 'node' || text === 'workers') return text
  throw new UsageError(`-for: must be node or workers, got "${text}"`)
}
