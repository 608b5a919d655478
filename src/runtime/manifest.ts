import { foldName, type Name, nameText } from '../dns/name.ts'
import type { CorefileRecord } from './recording.ts'

/**
 * What a build takes along for a Worker: the Corefile as it was read, and every file that its plugins asked for. A file's
 * octets lie in assets named after their content, in parts where there are too many for one.
 */
export interface Manifest {
  readonly corefile: CorefileRecord
  /** By path: parts. */
  readonly files: Readonly<Record<string, readonly string[]>>
  /** Compiled zones, by `zoneKey`: parts. */
  readonly zones: Readonly<Record<string, readonly string[]>>
  /** By path: names in a folder. By `walkKey`: paths of the files below it. */
  readonly folders: Readonly<Record<string, readonly string[]>>
}

/** The manifest's own asset. */
export const MANIFEST = 'manifest.json'

/** Platforms take no larger assets: 25 MiB on Workers. Octets. */
export const MAX_ASSET = 24 * 1024 * 1024

/** A zone file compiles differently for another origin. */
export function zoneKey(path: string, origin: Name): string {
  return `${nameText(foldName(origin))} ${path}`
}

/** Where a manifest has what `walk` found below a folder. */
export function walkKey(folder: string): string {
  return `${folder}/**`
}
