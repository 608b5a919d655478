import { readdir, readFile, realpath } from 'node:fs/promises'
import { dirname, isAbsolute, relative, resolve } from 'node:path'
import { ConfigError } from '../corefile/error.ts'
import type { Name } from '../dns/name.ts'
import { compileZoneAsync } from '../zone/compile.ts'
import type { ZoneImage } from '../zone/image.ts'
import type { IncludedFile } from '../zone/master.ts'
import { stampOf, watchFile } from './node-watch.ts'
import { joinPath } from './path.ts'
import type { Files } from './runtime.ts'

/** Why a file cannot be had, in words. */
const REASONS: { readonly [code: string]: string } = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is no folder',
  EMFILE: 'too many open files',
  ELOOP: 'too many links',
}

/** The files of the machine. */
export class NodeFiles implements Files {
  /** What each file looked like when it was last read, so that a watch misses no change made since. */
  readonly #stamps = new Map<string, string>()

  /** Every file that was read so far, or looked for in vain. */
  get paths(): readonly string[] {
    return [...this.#stamps.keys()]
  }

  async read(path: string): Promise<Uint8Array> {
    this.#stamps.set(path, await stampOf(path))
    try {
      return await readFile(path)
    } catch (error) {
      throw new ConfigError(`cannot read ${path}: ${reasonOf(error)}`)
    }
  }

  async zone(path: string, origin: Name): Promise<ZoneImage> {
    return compileZoneAsync(await this.read(path), { origin, file: path }, (included, from) =>
      this.#include(this.join(dirname(from), included), dirname(path)),
    )
  }

  /** What a zone file includes is looked for beside it, and must lie below the folder of the zone. */
  async #include(path: string, folder: string): Promise<IncludedFile> {
    const place = relative(await realpath(folder), await realpath(path).catch(() => resolve(path)))
    if (place.startsWith('..') || isAbsolute(place)) throw new Error(`${path} is outside the folder of the zone file`)
    return { path, bytes: await this.read(path) }
  }

  watch(path: string, interval: number, changed: () => void): () => void {
    return watchFile(path, this.#stamps.get(path), interval, changed)
  }

  async list(folder: string): Promise<string[]> {
    try {
      return (await readdir(folder)).sort()
    } catch (error) {
      throw new ConfigError(
        `cannot read folder ${folder}: ${reasonOf(error).replace('no such file', 'no such folder')}`,
      )
    }
  }

  join(folder: string, path: string): string {
    return joinPath(folder, path)
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return (code && REASONS[code]) ?? message
}
