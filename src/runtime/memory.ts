import type { Name } from '../dns/name.ts'
import { compileZone } from '../zone/compile.ts'
import type { LoadedZone } from '../zone/view.ts'
import { joinPath } from './path.ts'
import type { Files } from './runtime.ts'

/** Contents by path. */
export type Contents = { readonly [path: string]: string | Uint8Array }

interface Watch {
  readonly path: string
  readonly interval: number
  readonly changed: () => void
}

/** Files in memory. What is not there is looked for in `below`, other files, where these are given. */
export class MemoryFiles implements Files {
  readonly watches: Watch[] = []
  readonly #contents: Map<string, Uint8Array>
  readonly #below: Files | undefined

  constructor(contents: Contents = {}, below?: Files) {
    this.#contents = new Map(Object.entries(contents).map(([path, content]) => [path, octetsOf(content)]))
    this.#below = below
  }

  async read(path: string): Promise<Uint8Array> {
    const content = this.#contents.get(path) ?? (await this.#below?.read(path))
    if (!content) throw new Error(`cannot read ${path}: no such file`)
    return content
  }

  async zone(path: string, origin: Name): Promise<LoadedZone> {
    if (this.#below && !this.#contents.has(path)) return this.#below.zone(path, origin)
    return compileZone(await this.read(path), { origin, file: path })
  }

  watch(path: string, interval: number, changed: () => void): () => void {
    const watch = { path, interval, changed }
    this.watches.push(watch)
    const unwatchBelow = this.#contents.has(path) ? undefined : this.#below?.watch(path, interval, changed)
    return () => {
      this.watches.splice(this.watches.indexOf(watch), 1)
      unwatchBelow?.()
    }
  }

  async list(folder: string): Promise<string[]> {
    const paths = this.#pathsIn(folder)
    if (paths.length === 0 && this.#below) return this.#below.list(folder)
    if (paths.length === 0) throw new Error(`cannot list ${folder}: no such folder`)
    return [...new Set(paths.map((path) => path.split('/')[0]))]
  }

  async walk(folder: string): Promise<string[]> {
    const paths = this.#pathsIn(folder)
    if (paths.length === 0 && this.#below) return this.#below.walk(folder)
    if (paths.length === 0) throw new Error(`cannot read folder ${folder}: no such folder`)
    return paths.filter((path) => !/(^|\/)\./.test(path)).sort()
  }

  join(folder: string, path: string): string {
    return joinPath(folder, path)
  }

  /** Writes a file, or removes it where there is no content, and tells those who watch it or a folder that it is new in. */
  change(path: string, content?: string | Uint8Array): void {
    const isNames = this.#contents.has(path) !== (content !== undefined)
    if (content === undefined) this.#contents.delete(path)
    else this.#contents.set(path, octetsOf(content))
    const concerns = (watched: string): boolean => watched === path || (isNames && path.startsWith(`${watched}/`))
    for (const watch of [...this.watches]) if (concerns(watch.path)) watch.changed()
  }

  /** Relative to the folder. */
  #pathsIn(folder: string): string[] {
    const prefix = folder === '.' ? '' : `${folder}/`
    return [...this.#contents.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length))
  }
}

const octetsOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content
