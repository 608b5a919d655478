import { createHash } from 'node:crypto'
import { readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../corefile/error.ts'
import type { Name } from '../dns/name.ts'
import { MANIFEST, MAX_ASSET, type Manifest, SMALL_ASSET, SMALL_ASSETS, walkKey, zoneKey } from '../runtime/manifest.ts'
import { systemReason } from '../runtime/node-reason.ts'
import type { CorefileRecord } from '../runtime/recording.ts'
import type { Files } from '../runtime/runtime.ts'
import { ZoneImage } from '../zone/image.ts'
import type { LoadedZone } from '../zone/view.ts'
import { Failure } from './failure.ts'
import { makeFolder } from './files.ts'
import { writeZones, type ZonePacking } from './zoneassets.ts'

/** Reads through to other files, and keeps all that was asked for: what a Worker will ask for again. */
export class RecordingFiles implements Files {
  readonly #files: Files
  readonly files = new Map<string, Uint8Array>()
  readonly zones = new Map<string, Uint8Array>()
  readonly folders = new Map<string, readonly string[]>()

  constructor(files: Files) {
    this.#files = files
  }

  async read(path: string): Promise<Uint8Array> {
    const content = await this.#files.read(path)
    this.files.set(path, content)
    return content
  }

  async zone(path: string, origin: Name): Promise<LoadedZone> {
    const image = await this.#files.zone(path, origin)
    if (!(image instanceof ZoneImage)) throw new Error(`${path}: only a whole zone can be taken along`)
    this.zones.set(zoneKey(path, origin), image.bytes)
    return image
  }

  async list(folder: string): Promise<string[]> {
    const names = await this.#files.list(folder)
    this.folders.set(folder, names)
    return names
  }

  async walk(folder: string): Promise<string[]> {
    const paths = await this.#files.walk(folder)
    this.folders.set(walkKey(folder), paths)
    return paths
  }

  watch(path: string, interval: number, changed: () => void): () => void {
    return this.#files.watch(path, interval, changed)
  }

  join(folder: string, path: string): string {
    return this.#files.join(folder, path)
  }
}

/**
 * Writes what was recorded as a folder of assets, in place of the build there was. Until all is written that one stays. Throws
 * ConfigError where something else is there.
 */
export async function writeAssets(
  folder: string,
  corefile: CorefileRecord,
  recorded: RecordingFiles,
  packing?: ZonePacking,
): Promise<void> {
  const temporary = `${folder}.${process.pid}.new`
  try {
    await mustBeOurs(folder)
    await rm(temporary, { recursive: true, force: true })
    makeFolder(temporary)
    const parts = new Parts(temporary)
    const manifest: Manifest = {
      corefile,
      files: await writeAll(parts, recorded.files),
      zones: await writeZones(recorded.zones, (content) => parts.write(content), packing),
      folders: Object.fromEntries(recorded.folders),
      small: parts.small,
    }
    await writeFile(join(temporary, MANIFEST), JSON.stringify(manifest))
    await replaceFolder(folder, temporary)
  } catch (error) {
    throw (error as NodeJS.ErrnoException).errno === undefined
      ? error
      : new Failure(`cannot write ${folder}: ${systemReason(error)}`)
  } finally {
    // What went wrong before is what matters.
    await rm(temporary, { recursive: true, force: true }).catch(() => {})
  }
}

/** How assets with parts of files are named. */
const PART = /^[0-9a-f]{32}\.bin$/

/** Whoever names a folder of his own by a slip must not lose it. */
async function mustBeOurs(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return []
    throw new ConfigError(
      `cannot write ${folder}: ${error.code === 'ENOTDIR' ? 'it is no folder' : systemReason(error)}`,
    )
  })
  if (names.some((name) => name !== MANIFEST && !PART.test(name)))
    throw new ConfigError(`cannot write ${folder}: there is something else than a build; name another folder by -out`)
}

async function replaceFolder(folder: string, by: string): Promise<void> {
  const old = `${folder}.${process.pid}.old`
  for (let tries = 0; ; tries++) {
    try {
      await rm(old, { recursive: true, force: true })
      await rename(folder, old).catch(unlessMissing)
      await rename(by, folder)
      return await rm(old, { recursive: true, force: true })
    } catch (error) {
      // Another build of the same folder came in between.
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY' || tries === 10) throw error
    }
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

async function writeAll(
  to: Parts,
  contents: ReadonlyMap<string, Uint8Array>,
): Promise<Record<string, readonly string[]>> {
  const names: Record<string, readonly string[]> = {}
  for (const [key, content] of contents) {
    const parts: string[] = []
    for (let at = 0; at === 0 || at < content.length; at += MAX_ASSET)
      parts.push(await to.write(content.subarray(at, at + MAX_ASSET)))
    names[key] = parts
  }
  return names
}

/** What files and zones are made of: assets, or where it is little a part of the manifest. */
class Parts {
  readonly small: Record<string, string> = {}
  readonly #folder: string
  #room = SMALL_ASSETS

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Gives the name. The same content has the same one, so that a deployment uploads only what is new. */
  async write(content: Uint8Array): Promise<string> {
    const name = `${createHash('sha256').update(content).digest('hex').slice(0, 32)}.bin`
    if (Object.hasOwn(this.small, name)) return name
    if (content.length <= SMALL_ASSET && content.length <= this.#room) {
      this.#room -= content.length
      this.small[name] = Buffer.from(content).toString('base64')
    } else await writeFile(join(this.#folder, name), content)
    return name
  }
}
