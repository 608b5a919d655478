import { createHash } from 'node:crypto'
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { rm, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { type Name, nameText } from '../dns/name.ts'
import { VERSION } from '../version.ts'
import { VERSION as FORMAT } from '../zone/format.ts'
import { openImage, ZoneImage } from '../zone/image.ts'
import { isOwn, ownFolder } from './node-cachefolder.ts'
import { digestFile, type ImageNote, readImageFile, writeImageFile } from './node-imagefile.ts'
import { systemReason } from './node-reason.ts'

/** What the files may take together, unless the newest alone takes more. Octets. */
const MOST = 256 * 1024 * 1024
/** What a writer that did not finish has left behind goes after this time. Milliseconds. */
const STALE = 3_600_000

/** A folder of compiled zones, named after what they were compiled from, so that the same text need not be compiled again. */
export class ImageCache {
  readonly folder: string
  readonly #files: string

  constructor(folder: string) {
    this.folder = folder
    this.#files = join(folder, 'zones')
  }

  /**
   * The image of what a zone file has now; undefined where there is none, or none that can be trusted. `read` is called with the
   * path of every file whose content counts, before it is looked at.
   */
  async find(path: string, origin: Name, read: (path: string) => Promise<void>): Promise<ZoneImage | undefined> {
    if (!isOwn(this.#files)) return undefined
    await read(path)
    const file = this.#fileOf(await digestFile(path), origin)
    const found = await readImageFile(file).catch((error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' ? 'missing' : undefined,
    )
    if (found === 'missing') return undefined
    if (!found) {
      await rm(file, { force: true }).catch(() => {})
      return undefined
    }
    if (!(await isFor(path, found.note, read))) return undefined
    const now = new Date()
    await utimes(file, now, now).catch(() => {})
    return new ZoneImage(openImage(found.image).bytes, found.note.warnings)
  }

  /** Keeps the image of a text with this digest; returns in which file. Throws Error with a one-line reason where that cannot be. */
  store(digest: string, origin: Name, image: Uint8Array, note: ImageNote): string {
    const file = this.#fileOf(digest, origin)
    const unfinished = `${file}.${process.pid}.new`
    try {
      ownFolder(this.#files)
      writeImageFile(unfinished, image, note)
      renameSync(unfinished, file)
      this.#prune()
      return file
    } catch (error) {
      if (existsSync(unfinished)) rmSync(unfinished)
      throw new Error(`cannot keep compiled zones in ${this.#files}: ${systemReason(error)}`)
    }
  }

  #fileOf(digest: string, origin: Name): string {
    const key = createHash('sha256').update([VERSION, FORMAT, nameText(origin), digest].join('\n'))
    return join(this.#files, `${key.digest('hex').slice(0, 40)}.zone`)
  }

  /** Removes what was used longest ago. */
  #prune(): void {
    const now = Date.now()
    const files = readdirSync(this.#files).flatMap((name) => {
      const file = join(this.#files, name)
      const found = statSync(file, { throwIfNoEntry: false })
      return found ? [{ file, size: found.size, used: found.mtimeMs }] : []
    })
    let left = MOST
    files.sort((a, b) => b.used - a.used)
    for (const [i, { file, size, used }] of files.entries()) {
      left -= size
      const isStale = file.endsWith('.new') && now - used > STALE
      if (isStale || (i > 0 && left < 0)) rmSync(file, { force: true })
    }
  }
}

/** Is an image that was compiled from the same text the one for this file too? Its warnings and includes depend on the path. */
async function isFor(path: string, note: ImageNote, read: (path: string) => Promise<void>): Promise<boolean> {
  if (note.warnings.length === 0 && note.includes.length === 0) return true
  if (note.path !== path) return false
  for (const [included, digest] of note.includes) {
    await read(included)
    if ((await digestFile(included).catch(() => undefined)) !== digest) return false
  }
  return true
}
