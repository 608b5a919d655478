import { type Name, nameText } from '../dns/name.ts'
import type { ZoneImage } from '../zone/image.ts'
import type { NodeFiles } from './node-files.ts'
import { stampOf } from './node-stamp.ts'
import type { Files } from './runtime.ts'

/** A zone, and what the files that it was read from looked like. */
export interface SharedZone {
  readonly image: ZoneImage
  readonly stamps: ReadonlyMap<string, string>
}

interface Kept {
  readonly image: WeakRef<ZoneImage>
  readonly stamps: ReadonlyMap<string, string>
}

/** By then all who serve a zone have asked for it. Milliseconds. */
const HOLD = 60_000

/**
 * Zones for several threads: for as long as one of them is in use and its files are the same, whoever asks gets the same
 * image, whose memory the threads share.
 */
export class ZoneShare {
  readonly #files: NodeFiles
  /** By path and origin. */
  readonly #kept = new Map<string, Kept>()
  readonly #reading = new Map<string, Promise<SharedZone>>()
  /** What was read last, until all have asked for it. */
  readonly #held = new Map<string, ZoneImage>()

  constructor(files: NodeFiles) {
    this.#files = files
  }

  /** The files, with zones that are shared. */
  get files(): Files {
    const files = this.#files
    return {
      read: (path) => files.read(path),
      zone: async (path, origin) => (await this.zone(path, origin)).image,
      watch: (path, interval, changed) => files.watch(path, interval, changed),
      list: (folder) => files.list(folder),
      walk: (folder) => files.walk(folder),
      join: (folder, path) => files.join(folder, path),
    }
  }

  /** The zone as it is now. Rejects as reading it does. */
  async zone(path: string, origin: Name): Promise<SharedZone> {
    const key = `${path}\n${nameText(origin)}`
    // What somebody else is reading may be older than what is there by now; then it is read again.
    await this.#reading.get(key)?.catch(() => {})
    const kept = this.#kept.get(key)
    const image = kept?.image.deref()
    if (kept && image && (await isCurrent(kept.stamps))) {
      for (const [file, stamp] of kept.stamps) this.#files.stamped(file, stamp)
      return { image, stamps: kept.stamps }
    }
    const underWay = this.#reading.get(key)
    // Begun after we have asked.
    if (underWay) return underWay
    const reading = this.#read(key, path, origin)
    this.#reading.set(key, reading)
    return reading
  }

  async #read(key: string, path: string, origin: Name): Promise<SharedZone> {
    const stamps = new Map<string, string>()
    try {
      const image = await this.#files.zone(path, origin, (file, stamp) => void stamps.set(file, stamp))
      this.#kept.set(key, { image: new WeakRef(image), stamps })
      this.#hold(key, image)
      return { image, stamps }
    } finally {
      this.#reading.delete(key)
    }
  }

  #hold(key: string, image: ZoneImage): void {
    this.#held.set(key, image)
    const held = new WeakRef(image)
    setTimeout(() => {
      if (this.#held.get(key) === held.deref()) this.#held.delete(key)
    }, HOLD).unref()
  }
}

async function isCurrent(stamps: ReadonlyMap<string, string>): Promise<boolean> {
  const now = await Promise.all([...stamps].map(async ([file, stamp]) => (await stampOf(file)) === stamp))
  return now.every((same) => same)
}
