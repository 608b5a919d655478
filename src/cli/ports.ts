import { UsageError } from './flags.ts'

/** A port given on the command line; undefined where none was. Throws UsageError. */
export function parsePort(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new UsageError(`-${flag}: must be a port from 0 to 65535, got "${text}"`)
  return port
}
