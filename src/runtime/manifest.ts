import { foldedText, type Name } from '../dns/name.ts'
import type { CutPlan } from '../zone/cut.ts'
import type { CorefileRecord } from './recording.ts'

/**
 * What a build takes along for a Worker: the Corefile as it was read, and every file that its plugins asked for. A file's
 * octets lie in assets named after their content, in parts where there are too many for one.
 */
export interface Manifest {
  readonly corefile: CorefileRecord
  /** By path: parts. */
  readonly files: Readonly<Record<string, readonly string[]>>
  /** Compiled zones, by `zoneKey`. */
  readonly zones: Readonly<Record<string, ZoneAssets>>
  /** By path: names in a folder. By `walkKey`: paths of the files below it. */
  readonly folders: Readonly<Record<string, readonly string[]>>
  /** Assets so small that they are here, by name, in base64: a new isolate need not fetch them one after the other. */
  readonly small: Readonly<Record<string, string>>
}

/** Where a compiled zone lies: with others in one asset, `at` so many octets from its start. */
export interface ZoneAssets {
  readonly asset: string
  readonly at: number
  /** Octets: of the image, or of its head where it is cut. */
  readonly size: number
  /** For a large zone, of which a Worker fetches only the pieces that it needs. */
  readonly cut?: CutAssets
}

/** How an image was cut, and the assets with its pieces. */
export interface CutAssets {
  readonly plan: CutPlan
  readonly pieces: readonly string[]
}

/** The manifest's own asset. */
export const MANIFEST = 'manifest.json'

/** Platforms take no larger assets: 25 MiB on Workers. Octets. */
export const MAX_ASSET = 24 * 1024 * 1024

/** What is no larger is in the manifest itself, as long as there is room for it. Octets. */
export const SMALL_ASSET = 4096
export const SMALL_ASSETS = 65_536

/** A zone file compiles differently for another origin. */
export function zoneKey(path: string, origin: Name): string {
  return `${foldedText(origin)} ${path}`
}

/** Where a manifest has what `walk` found below a folder. */
export function walkKey(folder: string): string {
  return `${folder}/**`
}
