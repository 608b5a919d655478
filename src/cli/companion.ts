import { ConfigError, ConfigErrors } from '../corefile/error.ts'
import type { Corefile } from '../corefile/parse.ts'
import { configure, type Instance, type Listener } from '../instance.ts'
import type { PluginModule } from '../plugin.ts'
import type { CorefileRecord } from '../runtime/recording.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { type CorefileReader, fingerprint } from './corefile.ts'
import { ListenerChange } from './listenerchange.ts'
import type { OpenListener } from './listeners.ts'

export interface CompanionOptions {
  readonly reader: CorefileReader
  /** For plain DNS keys that name no port. */
  readonly defaultPort: number | undefined
  /** Plain DNS is served at another port than the Corefile says, where this gives another. */
  readonly mapPort?: (port: number) => number
  readonly modules: readonly PluginModule[]
  readonly runtime: Runtime
}

/** A configuration that has been read, checked and loaded, and could be served. */
export interface Prepared {
  readonly corefile: Corefile
  readonly instance: Instance
  readonly record: CorefileRecord
}

/**
 * Serves a Corefile on this machine's sockets. A reload changes to another configuration without losing a query: sockets
 * that both have stay open. Where anything in the new one fails, the old one stays as it was.
 */
export class Companion {
  readonly #options: CompanionOptions
  #current: Prepared | undefined
  #open = new Map<string, OpenListener>()
  /** Reloads wait for each other. */
  #queue: Promise<unknown> = Promise.resolve()

  constructor(options: CompanionOptions) {
    this.#options = options
  }

  get listeners(): readonly OpenListener[] {
    return [...this.#open.values()]
  }

  get current(): Prepared | undefined {
    return this.#current
  }

  /** Reads, checks and loads the configuration as it is now. Throws ConfigErrors. */
  async prepare(): Promise<Prepared> {
    const { reader, defaultPort, modules, runtime } = this.#options
    const { record, corefile } = reader.read()
    const parsed = corefile()
    // A file that was emptied by mistake, or is just being written, must not end all service.
    if (parsed.blocks.length === 0)
      throw new ConfigErrors([new ConfigError(`${record.file}: there is no server block`)])
    const instance = configure({ corefile: parsed, modules, runtime, defaultPort })
    await instance.load()
    for (const warning of [...parsed.warnings, ...instance.warnings]) runtime.log.warn(warning)
    return { corefile: parsed, instance, record }
  }

  /** Serves what was prepared in place of what was served before. On failure throws, and nothing has changed. */
  adopt(prepared: Prepared): Promise<void> {
    const adopted = this.#queue.then(() => this.#adopt(prepared))
    this.#queue = adopted.catch(() => {})
    return adopted
  }

  /** Goes on for as long as the plugins want that, answers what is under way, then closes everything. */
  stop(): Promise<void> {
    const stopped = this.#queue.then(async () => {
      await this.#current?.instance.drain()
      await Promise.all(this.listeners.map((listener) => listener.close()))
      await this.#current?.instance.stop()
      this.#open = new Map()
    })
    this.#queue = stopped
    return stopped
  }

  #listenersOf({ listeners }: Instance): readonly Listener[] {
    const { mapPort = (port) => port } = this.#options
    return listeners.map((planned) =>
      planned.transport === 'dns' ? { ...planned, port: mapPort(planned.port) } : planned,
    )
  }

  async #adopt(prepared: Prepared): Promise<void> {
    const { instance } = prepared
    await instance.start()
    const change = new ListenerChange(this.#open, this.#listenersOf(instance), (line) =>
      this.#options.runtime.log.warn(line),
    )
    try {
      await change.make()
    } catch (error) {
      await instance.stop()
      throw error
    }
    const old = this.#current
    this.#current = prepared
    this.#open = change.open
    instance.reload?.inUse(fingerprint(prepared.record))
    // Queries under way in sockets that go are answered by the plugins that go.
    this.#options.runtime.waitUntil(change.closeStale().then(() => old?.instance.stop()))
  }
}
