import { readdir } from 'node:fs/promises'
import { ConfigError } from '../corefile/error.ts'
import type { Name } from '../dns/name.ts'
import type { ZoneImage } from '../zone/image.ts'
import { readWhole } from './node-read.ts'
import { systemReason } from './node-reason.ts'
import { stampOf } from './node-stamp.ts'
import { folderStamp, walkFolder } from './node-walk.ts'
import { watchFile, watchFolder } from './node-watch.ts'
import { readZone } from './node-zone.ts'
import { joinPath } from './path.ts'
import type { Files } from './runtime.ts'

/** What the files of the machine may do beyond being read. */
export interface NodeFilesOptions {
  /** The folder where compiled zones are kept; none are where left out. */
  readonly cache?: string
  /** Told what went wrong where that is no reason to fail. */
  readonly warn?: (line: string) => void
}

/** The files of the machine. */
export class NodeFiles implements Files {
  /** What each file looked like when it was last read, so that a watch misses no change made since. */
  readonly #stamps = new Map<string, string>()
  /** Folders whose files were asked for. */
  readonly #walked = new Set<string>()
  readonly #options: NodeFilesOptions

  constructor(options: NodeFilesOptions = {}) {
    this.#options = options
  }

  /** Every file that was read so far, or looked for in vain, and every folder that was walked. */
  get paths(): readonly string[] {
    return [...this.#stamps.keys()]
  }

  async read(path: string): Promise<Uint8Array> {
    this.#stamps.set(path, await stampOf(path))
    try {
      return await readWhole(path)
    } catch (error) {
      throw new ConfigError(`cannot read ${path}: ${systemReason(error)}`)
    }
  }

  /** `seen` is told what each file that the zone was read from looked like before. */
  zone(path: string, origin: Name, seen: (file: string, stamp: string) => void = () => {}): Promise<ZoneImage> {
    const { cache, warn = () => {} } = this.#options
    const stamped = (file: string, stamp: string): void => {
      this.stamped(file, stamp)
      seen(file, stamp)
    }
    return readZone(path, origin, {
      read: async (file) => {
        const bytes = await this.read(file)
        seen(file, this.#stamps.get(file)!)
        return bytes
      },
      stamp: async (file) => stamped(file, await stampOf(file)),
      stamped,
      cache,
      warn,
    })
  }

  /** Somebody else has read a file that looked like this. */
  stamped(path: string, stamp: string): void {
    this.#stamps.set(path, stamp)
  }

  watch(path: string, interval: number, changed: () => void): () => void {
    const watch = this.#walked.has(path) ? watchFolder : watchFile
    return watch(path, this.#stamps.get(path), interval, changed)
  }

  async list(folder: string): Promise<string[]> {
    try {
      return (await readdir(folder)).sort()
    } catch (error) {
      throw noFolder(folder, error)
    }
  }

  async walk(folder: string): Promise<string[]> {
    this.#walked.add(folder)
    this.#stamps.set(folder, await folderStamp(folder))
    try {
      return await walkFolder(folder)
    } catch (error) {
      throw noFolder(folder, error)
    }
  }

  join(folder: string, path: string): string {
    return joinPath(folder, path)
  }
}

const noFolder = (folder: string, error: unknown): ConfigError =>
  new ConfigError(`cannot read folder ${folder}: ${systemReason(error).replace('no such file', 'no such folder')}`)
