import { Registry } from '../metrics/registry.ts'
import { type Contents, MemoryFiles } from '../runtime/memory.ts'
import type { Command, Connection, DatagramFactory, Files, Log, Runtime } from '../runtime/runtime.ts'
import { MemoryStore } from '../store/memory.ts'

/** What a runtime in memory has. */
export interface FakeRuntimeOptions {
  /** Contents by path. */
  readonly files?: Contents
  /** The content of a file that is not in `files`; undefined where there is none. */
  readonly otherwise?: (path: string) => string | undefined
  /** Whose runtime it is to be; Node's where left out. */
  readonly name?: Runtime['name']
  /** What this server is called; `host.example` where left out. */
  readonly hostname?: string
  /** Addresses by interface; `lo` alone where left out. */
  readonly interfaces?: { readonly [name: string]: readonly string[] }
  /** What opens connections; without it there is no network. */
  readonly connect?: Runtime['connect']
  /** What sends datagrams; without it there is no UDP. */
  readonly datagram?: DatagramFactory
  /** What opens stores of zones; empty ones in memory where left out. */
  readonly stores?: Runtime['stores']
  /** Where each query is told of. */
  readonly analytics?: Runtime['analytics']
  /** What runs commands; without it there is none to run. */
  readonly run?: Runtime['run']
  /** What takes connections; without it there is nothing to listen on. */
  readonly listenStream?: Runtime['listenStream']
}

/** A runtime in memory: files from a record, changes told by hand, the log kept. */
export class FakeRuntime implements Runtime {
  readonly name: Runtime['name']
  readonly hostname: string
  /** Lines as Node prints them, `[INFO]` and so on in front. */
  readonly logged: string[] = []
  readonly metrics: Registry = new Registry()
  readonly files: MemoryFiles
  readonly datagram?: DatagramFactory
  readonly stores: NonNullable<Runtime['stores']>
  readonly listenStream?: Runtime['listenStream']
  readonly analytics?: Runtime['analytics']
  readonly run: Runtime['run']
  readonly perRequestIo: boolean
  readonly log: Log = {
    info: (line) => void this.logged.push(`[INFO] ${line}`),
    warn: (line) => void this.logged.push(`[WARNING] ${line}`),
    error: (line) => void this.logged.push(`[ERROR] ${line}`),
    print: (line) => void this.logged.push(line),
  }
  readonly #options: FakeRuntimeOptions
  readonly #pending: Promise<unknown>[] = []

  constructor(options: FakeRuntimeOptions = {}) {
    this.#options = options
    this.name = options.name ?? 'node'
    this.hostname = options.hostname ?? 'host.example'
    const memory = async (): Promise<MemoryStore> => new MemoryStore()
    this.stores = options.stores ?? { sqlite: memory, redis: memory, kv: memory }
    this.run = options.run ?? noCommand
    this.perRequestIo = this.name === 'workers'
    if (options.datagram) this.datagram = options.datagram
    if (options.analytics) this.analytics = options.analytics
    if (options.listenStream) this.listenStream = options.listenStream
    this.files = new MemoryFiles(options.files, options.otherwise && madeUp(options.otherwise))
  }

  /** Who watches files, and how often they look. Milliseconds. */
  get watches(): MemoryFiles['watches'] {
    return this.files.watches
  }

  /** Writes a file, or removes it without content, and tells those who watch it; settles when they have read it. */
  async change(path: string, content?: string): Promise<void> {
    this.files.change(path, content)
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

/** Files that are there when somebody asks for them; folders are empty. */
function madeUp(contentOf: (path: string) => string | undefined): Files {
  const files = new MemoryFiles()
  return {
    async read(path) {
      const content = contentOf(path)
      return content === undefined ? files.read(path) : new TextEncoder().encode(content)
    },
    async zone(path, origin) {
      return new MemoryFiles({ [path]: await this.read(path) }).zone(path, origin)
    },
    list: async () => [],
    walk: async () => [],
    watch: () => () => {},
    join: (folder, path) => files.join(folder, path),
  }
}

function noCommand([program]: readonly string[]): Command {
  return { ended: Promise.reject(new Error(`no commands: ${program}`)), kill: () => {} }
}
