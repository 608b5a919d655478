import { ConfigError, ConfigErrors } from '../corefile/error.ts'
import type { Corefile } from '../corefile/parse.ts'
import { configure, type Instance, type Listener } from '../instance.ts'
import type { PluginModule } from '../plugin.ts'
import type { CorefileRecord } from '../runtime/recording.ts'
import { noticesOf, type Runtime } from '../runtime/runtime.ts'
import { absent } from './builtin.ts'
import { type CorefileReader, fingerprint } from './corefile.ts'
import { Failure } from './failure.ts'
import { ListenerChange } from './listenerchange.ts'
import type { OpenListener } from './listeners.ts'

export interface CompanionOptions {
  readonly reader: Pick<CorefileReader, 'read'>
  /** For plain DNS keys that name no port. */
  readonly defaultPort: number | undefined
  /** Changes where is listened; undefined: not there. */
  readonly place?: (planned: Listener) => Listener | undefined
  /** Other threads that serve the same. */
  readonly followers?: Followers
  readonly modules: readonly PluginModule[]
  readonly runtime: Runtime
}

/** What follows a companion: threads that serve what it serves, at the same addresses. */
export interface Followers {
  /** Reads, checks and loads a configuration in as many threads as its listeners ask for. */
  prepare(record: CorefileRecord, listeners: readonly Listener[]): Promise<void>
  /** Serves what was prepared last. `ports` are those that are bound, by the listener's id. */
  adopt(ports: ReadonlyMap<string, number>): Promise<void>
  stop(): Promise<void>
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
  /** One configuration is adopted after the other, and the end comes after that. */
  #queue: Promise<unknown> = Promise.resolve()
  /** Reloads wait for each other: threads know one configuration that is prepared. */
  #reloads: Promise<unknown> = Promise.resolve()
  #isClosing = false

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
    const notices = noticesOf(runtime)
    // Before what is wrong, as that may come of it.
    for (const warning of parsed.warnings) notices.warn(warning)
    const instance = configure({ corefile: parsed, modules, absent, runtime, defaultPort })
    await instance.load()
    this.#goesOn()
    await this.#options.followers?.prepare(record, instance.listeners)
    for (const warning of instance.warnings) notices.warn(warning)
    return { corefile: parsed, instance, record }
  }

  /** Serves what was prepared in place of what was served before. On failure throws, and nothing has changed. */
  adopt(prepared: Prepared): Promise<void> {
    const adopted = this.#queue.then(() => this.#adopt(prepared))
    this.#queue = adopted.catch(() => {})
    return adopted
  }

  /** Changes to the configuration as it is now, one change after the other. On failure throws, and nothing has changed. */
  reload(): Promise<void> {
    const reloaded = this.#reloads.then(async () => this.adopt(await this.prepare()))
    this.#reloads = reloaded.catch(() => {})
    return reloaded
  }

  /** Goes on for as long as the plugins want that, answers what is under way, then closes everything. */
  stop(): Promise<void> {
    this.#queue = this.#queue.then(() => this.#current?.instance.drain())
    return this.close()
  }

  /** Answers what is under way, then closes everything. */
  close(): Promise<void> {
    const closed = this.#queue.then(async () => {
      this.#isClosing = true
      const followers = this.#options.followers?.stop()
      await Promise.all([followers, ...this.listeners.map((listener) => listener.close())])
      await this.#current?.instance.stop()
      this.#open = new Map()
    })
    this.#queue = closed
    return closed
  }

  /** Nothing is to be opened that nobody would close. */
  #goesOn(): void {
    if (this.#isClosing) throw new Failure('the server is about to end')
  }

  #listenersOf({ listeners }: Instance): readonly Listener[] {
    const { place = (planned) => planned } = this.#options
    return listeners.map(place).filter((planned) => planned !== undefined)
  }

  async #adopt(prepared: Prepared): Promise<void> {
    const { instance } = prepared
    this.#goesOn()
    await instance.start()
    const { log, isFollower } = this.#options.runtime
    const warn = (line: string): void => log.warn(line)
    const change = new ListenerChange(this.#open, this.#listenersOf(instance), warn, isFollower)
    try {
      await change.make()
    } catch (error) {
      await instance.stop()
      throw error
    }
    const old = this.#current
    this.#current = prepared
    this.#open = change.open
    await this.#options.followers?.adopt(new Map([...change.open].map(([id, { port }]) => [id, port])))
    instance.reload?.inUse(fingerprint(prepared.record))
    // Queries under way in sockets that go are answered by the plugins that go.
    this.#options.runtime.waitUntil(change.closeStale().then(() => old?.instance.stop()))
  }
}
