import type { Name } from '../src/dns/name.ts'
import type { Connection, DatagramFactory, Files, Runtime } from '../src/runtime/runtime.ts'
import { compileZone } from '../src/zone/compile.ts'
import type { ZoneImage } from '../src/zone/image.ts'

export interface FakeRuntimeOptions {
  /** Contents by path. */
  readonly files?: { readonly [path: string]: string }
  /** The content of a file that is not in `files`; undefined where there is none. */
  readonly otherwise?: (path: string) => string | undefined
  readonly name?: Runtime['name']
  readonly hostname?: string
  /** Addresses by interface; `lo` alone where left out. */
  readonly interfaces?: { readonly [name: string]: readonly string[] }
  /** What opens connections; without it there is no network. */
  readonly connect?: Runtime['connect']
  readonly datagram?: DatagramFactory
}

interface Watch {
  readonly path: string
  readonly interval: number
  readonly changed: () => void
}

/** A runtime in memory: files from a record, changes told by hand, the log kept. */
export class FakeRuntime implements Runtime {
  readonly name: Runtime['name']
  readonly hostname: string
  /** Lines as Node prints them, `[INFO]` and so on in front. */
  readonly logged: string[] = []
  readonly watches: Watch[] = []
  readonly #options: FakeRuntimeOptions
  readonly #files = new Map<string, string>()
  readonly #pending: Promise<unknown>[] = []
  readonly datagram?: DatagramFactory

  constructor(options: FakeRuntimeOptions = {}) {
    this.#options = options
    this.name = options.name ?? 'node'
    this.hostname = options.hostname ?? 'host.example'
    if (options.datagram) this.datagram = options.datagram
    for (const [path, content] of Object.entries(options.files ?? {})) this.#files.set(path, content)
  }

  readonly log = {
    info: (line: string): void => void this.logged.push(`[INFO] ${line}`),
    warn: (line: string): void => void this.logged.push(`[WARNING] ${line}`),
    error: (line: string): void => void this.logged.push(`[ERROR] ${line}`),
  }

  readonly files: Files = {
    read: async (path) => {
      const content = this.#files.get(path) ?? this.#options.otherwise?.(path)
      if (content === undefined) throw new Error(`cannot read ${path}: no such file`)
      return new TextEncoder().encode(content)
    },
    zone: async (path: string, origin: Name): Promise<ZoneImage> =>
      compileZone(await this.files.read(path), { origin, file: path }),
    watch: (path, interval, changed) => {
      const watch = { path, interval, changed }
      this.watches.push(watch)
      return () => void this.watches.splice(this.watches.indexOf(watch), 1)
    },
    list: async (folder) => {
      const prefix = folder === '.' ? '' : `${folder}/`
      const below = [...this.#files.keys()].filter((path) => path.startsWith(prefix))
      if (below.length === 0 && !this.#options.otherwise) throw new Error(`cannot list ${folder}: no such folder`)
      return [...new Set(below.map((path) => path.slice(prefix.length).split('/')[0]))]
    },
    walk: async (folder) => {
      const prefix = folder === '.' ? '' : `${folder}/`
      const below = [...this.#files.keys()].filter((path) => path.startsWith(prefix)).sort()
      if (below.length === 0 && !this.#options.otherwise)
        throw new Error(`cannot read folder ${folder}: no such folder`)
      return below.map((path) => path.slice(prefix.length)).filter((path) => !/(^|\/)\./.test(path))
    },
    join: (folder, path) => (path.startsWith('/') ? path : `${folder}/${path}`),
  }

  /** Writes a file, or removes it without content, and tells those who watch it; settles when they have read it. */
  async change(path: string, content?: string): Promise<void> {
    const isNames = this.#files.has(path) !== (content !== undefined)
    if (content === undefined) this.#files.delete(path)
    else this.#files.set(path, content)
    const concerns = (watched: string): boolean => watched === path || (isNames && path.startsWith(`${watched}/`))
    for (const watch of [...this.watches]) if (concerns(watch.path)) watch.changed()
    while (this.#pending.length > 0) await Promise.allSettled(this.#pending.splice(0))
  }

  connect(options: Parameters<Runtime['connect']>[0]): Promise<Connection> {
    return this.#options.connect?.(options) ?? Promise.reject(new Error(`no network: ${options.host}:${options.port}`))
  }

  interfaceAddresses(name: string): readonly string[] | undefined {
    const interfaces = this.#options.interfaces ?? { lo: ['127.0.0.1', '::1'] }
    return Object.hasOwn(interfaces, name) ? interfaces[name] : undefined
  }

  waitUntil(promise: Promise<unknown>): void {
    this.#pending.push(promise)
    promise.catch(() => {})
  }
}
