import { realpathSync } from 'node:fs'
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import { joinPath } from './path.ts'

/**
 * The path of the file that `$INCLUDE named` means in the file `from` of the zone file `zone`: it is looked for beside the former,
 * and must lie below the folder of the latter. Throws Error with a one-line reason.
 */
export function includedPath(named: string, from: string, zone: string): string {
  const path = joinPath(dirname(from), named)
  const folder = dirname(zone)
  const isWithin = isBelow(resolve(path), resolve(folder))
  // Links count for where they lead. What is not there leads nowhere: reading tells.
  const target = isWithin ? targetOf(path) : undefined
  if (!isWithin || (target !== undefined && !isBelow(target, realpathSync.native(folder))))
    throw new Error(`${path} is outside the folder of the zone file`)
  return path
}

function isBelow(path: string, folder: string): boolean {
  const place = relative(folder, path)
  return place.split(sep)[0] !== '..' && !isAbsolute(place)
}

function targetOf(path: string): string | undefined {
  try {
    return realpathSync.native(path)
  } catch {
    return undefined
  }
}
