import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { stampOf } from './node-stamp.ts'
import { folderStamp } from './node-walk.ts'

/** Editors write in several steps; what happens within this time counts as one change. Milliseconds. */
const SETTLE = 50
/** A file is read when it has looked the same for so long: half a zone may look like a whole one. Milliseconds. */
const QUIET = 150
/** One that changes all the time is read nevertheless. */
const MOST_LOOKS = 20
/** In place of a file's name: all of the folder's. */
const ANY = ''

/**
 * Calls `changed` when the file was written to, replaced, made or removed. Its folder is watched, since editors and
 * ConfigMaps put new files in a file's place; and it is looked at every `interval` ms for where notices do not come
 * (network file systems). `stamp`: what it looked like when its content was read. Returns how to end it.
 */
export function watchFile(path: string, stamp: string | undefined, interval: number, changed: () => void): () => void {
  const watched = new Watched(() => stampOf(path), stamp, changed)
  const unwatch = watchName(dirname(path), basename(path), () => watched.look())
  return watched.every(interval, unwatch)
}

/** As `watchFile`, for the names of the files below a folder. Notices come for the folder itself, not for those below it. */
export function watchFolder(
  folder: string,
  stamp: string | undefined,
  interval: number,
  changed: () => void,
): () => void {
  const watched = new Watched(() => folderStamp(folder), stamp, changed)
  const unwatch = watchName(folder, ANY, () => watched.look())
  return watched.every(interval, unwatch)
}

class Watched {
  readonly #stampOf: () => Promise<string>
  readonly #changed: () => void
  #stamp: string | undefined
  /** The stamp of a change that may still go on, and how often that was looked at. */
  #unrest: { stamp: string; looks: number } | undefined
  #timer: NodeJS.Timeout | undefined
  #isEnded = false

  constructor(stampOf: () => Promise<string>, stamp: string | undefined, changed: () => void) {
    this.#stampOf = stampOf
    this.#changed = changed
    this.#stamp = stamp
    this.look(0)
  }

  look(delay = SETTLE): void {
    if (this.#isEnded || this.#timer) return
    this.#timer = setTimeout(() => this.#check(), delay)
    this.#timer.unref()
  }

  /** Looks every so many milliseconds too. Returns how to end all of it, notices by `unwatch`. */
  every(interval: number, unwatch: () => void): () => void {
    const timer = setInterval(() => this.look(), Math.max(interval, SETTLE))
    timer.unref()
    return () => {
      clearInterval(timer)
      unwatch()
      this.#isEnded = true
      clearTimeout(this.#timer)
    }
  }

  async #check(): Promise<void> {
    this.#timer = undefined
    const stamp = await this.#stampOf()
    if (this.#isEnded || this.#isUnderWay(stamp) || stamp === this.#stamp) return
    const isFirst = this.#stamp === undefined
    this.#stamp = stamp
    if (!isFirst) this.#changed()
  }

  /** Is it still being written to, as far as can be told? Then it is looked at again. */
  #isUnderWay(stamp: string): boolean {
    if (this.#stamp === undefined || stamp === this.#stamp) {
      this.#unrest = undefined
      return false
    }
    const { looks, stamp: before } = this.#unrest ?? { looks: 0, stamp: undefined }
    const isUnderWay = stamp !== before && looks < MOST_LOOKS
    this.#unrest = isUnderWay ? { stamp, looks: looks + 1 } : undefined
    if (isUnderWay) this.look(QUIET)
    return isUnderWay
  }
}

/** One watch per folder, however many of its files are looked at. */
interface FolderWatch {
  readonly watcher: FSWatcher
  readonly listeners: Map<string, Set<() => void>>
}
const folders = new Map<string, FolderWatch>()

function watchName(folder: string, name: string, listener: () => void): () => void {
  const there = folders.get(folder) ?? openWatch(folder)
  if (!there) return () => {}
  const listeners = there.listeners.get(name) ?? new Set()
  there.listeners.set(name, listeners.add(listener))
  return () => {
    if (!listeners.delete(listener)) return
    if (listeners.size === 0) there.listeners.delete(name)
    if (there.listeners.size === 0) closeWatch(folder, there)
  }
}

/** Undefined where the folder cannot be watched: then only looking at intervals is left. */
function openWatch(folder: string): FolderWatch | undefined {
  try {
    const listeners: FolderWatch['listeners'] = new Map()
    const watcher = watch(folder, { persistent: false }, (_event, name) => notify(listeners, name))
    const opened = { watcher, listeners }
    watcher.on('error', () => closeWatch(folder, opened))
    folders.set(folder, opened)
    return opened
  } catch {
    return undefined
  }
}

function closeWatch(folder: string, opened: FolderWatch): void {
  opened.watcher.close()
  if (folders.get(folder) === opened) folders.delete(folder)
}

/** A name that starts with two dots is Kubernetes's: all files of a ConfigMap change by it. */
function notify(listeners: FolderWatch['listeners'], name: string | null): void {
  const isForAll = name === null || name.startsWith('..')
  const concerned = isForAll ? [...listeners.values()] : [listeners.get(name) ?? [], listeners.get(ANY) ?? []]
  for (const set of concerned) for (const listener of set) listener()
}
