import type { Name } from '../dns/name.ts'
import type { Listener } from '../instance.ts'
import type { Family } from '../metrics/family.ts'
import { mergeFamilies } from '../metrics/merge.ts'
import type { NodeLog } from '../runtime/node-log.ts'
import type { ZoneShare } from '../runtime/node-zoneshare.ts'
import type { CorefileRecord } from '../runtime/recording.ts'
import { ZoneErrors } from '../zone/error.ts'
import type { Followers } from './companion.ts'
import { Failure } from './failure.ts'
import { Thread } from './thread.ts'

/** What a thread needs to read a configuration. */
export interface Preparation {
  readonly record: CorefileRecord
  readonly defaultPort: number | undefined
  /** Which of an address's sockets is the thread's; 0 is the parent's. */
  readonly index: number
}

/** What a thread needs to serve it: ports by listener. */
export interface Adoption {
  readonly ports: ReadonlyMap<string, number>
}

/** A zone on its way to a thread: the image, in memory that both share where it is large, or what is wrong. */
export interface LentZone {
  readonly stamps: ReadonlyMap<string, string>
  readonly bytes: Uint8Array | undefined
  readonly warnings: readonly string[]
  readonly errors: readonly { reason: string; file: string; line: number; column: number }[]
}

export interface LeadOptions {
  readonly log: NodeLog
  readonly zones: ZoneShare
  readonly defaultPort: number | undefined
  /** The process cannot go on. */
  readonly fail: (reason: string) => void
}

/** A thread that ends so soon is not replaced at once. Milliseconds. */
const SOON = 10_000
const PAUSE = 1000

/** Leads the threads that serve beside this one: all have the same configuration, and one that dies is replaced. */
export class Lead implements Followers {
  readonly #options: LeadOptions
  readonly #threads = new Map<number, Thread>()
  /** What threads that are gone have counted. */
  #retired: readonly Family[] = []
  /** What was prepared last; what is served. */
  #next: { readonly record: CorefileRecord; readonly threads: number } | undefined
  #current: { readonly record: CorefileRecord; readonly threads: number; readonly adoption: Adoption } | undefined
  #isStopping = false

  constructor(options: LeadOptions) {
    this.#options = options
  }

  get threads(): readonly Thread[] {
    return [...this.#threads.values()]
  }

  async prepare(record: CorefileRecord, listeners: readonly Listener[]): Promise<void> {
    const threads = Math.max(1, ...listeners.map(({ sockets }) => sockets)) - 1
    this.#next = { record, threads }
    for (let index = 1; index <= threads; index++) if (!this.#threads.has(index)) this.#start(index)
    const preparing = [...this.#threads]
      .filter(([index]) => index <= threads)
      .map(([index, thread]) => thread.prepare(this.#preparation(record, index)))
    try {
      await Promise.all(preparing)
    } catch (error) {
      await this.#keep(this.#current?.threads ?? 0)
      throw new Failure(`a thread cannot serve this: ${(error as Error).message}`)
    }
  }

  async adopt(ports: ReadonlyMap<string, number>): Promise<void> {
    const { record, threads } = this.#next!
    this.#current = { record, threads, adoption: { ports } }
    const staying = [...this.#threads].filter(([index]) => index <= threads)
    await Promise.all([this.#keep(threads), ...staying.map(([index, thread]) => this.#bring(index, thread))])
  }

  /** What all threads have counted, also those that are gone. */
  async gather(): Promise<readonly (readonly Family[])[]> {
    return [...(await Promise.all(this.threads.map((thread) => thread.gather()))), this.#retired]
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#keep(0)
  }

  #preparation(record: CorefileRecord, index: number): Preparation {
    return { record, defaultPort: this.#options.defaultPort, index }
  }

  #start(index: number): Thread {
    const { log, fail } = this.#options
    const begun = performance.now()
    const handlers = {
      zone: (what: { readonly path: string; readonly origin: Name }) => this.#lend(what.path, what.origin),
      print: ({ stream, lines }: { readonly stream: 'out' | 'err'; readonly lines: Uint8Array }) =>
        log.relay(stream, lines),
      fail,
    }
    const thread = new Thread(handlers, (reason) => {
      if (this.#threads.get(index) !== thread) return
      this.#threads.delete(index)
      this.#retire(thread)
      if (this.#isStopping || !this.#current || index > this.#current.threads) return
      log.error(`thread ${index + 1} has ended (${reason}); another takes its place`)
      setTimeout(() => void this.#replace(index), performance.now() - begun < SOON ? PAUSE : 0)
    })
    this.#threads.set(index, thread)
    return thread
  }

  async #replace(index: number): Promise<void> {
    if (this.#isStopping || !this.#current || index > this.#current.threads || this.#threads.has(index)) return
    await this.#bring(index, this.#start(index))
  }

  /** Has a thread serve what is served. One that cannot is ended, and replaced. */
  async #bring(index: number, thread: Thread): Promise<void> {
    const { record, adoption } = this.#current!
    try {
      await thread.adopt(this.#preparation(record, index), adoption)
    } catch (error) {
      await thread.kill((error as Error).message)
    }
  }

  /** Stops all threads but so many. */
  async #keep(threads: number): Promise<void> {
    const surplus = [...this.#threads].filter(([index]) => index > threads)
    await Promise.all(
      surplus.map(async ([index, thread]) => {
        await thread.stop()
        this.#threads.delete(index)
        this.#retire(thread)
      }),
    )
  }

  #retire({ families }: Thread): void {
    const lasting = families.filter(({ type }) => type !== 'gauge')
    this.#retired = mergeFamilies([this.#retired, lasting])
  }

  async #lend(path: string, origin: Name): Promise<LentZone> {
    try {
      const { image, stamps } = await this.#options.zones.zone(path, origin)
      return { stamps, bytes: image.bytes, warnings: image.warnings, errors: [] }
    } catch (error) {
      if (!(error instanceof ZoneErrors)) throw error
      const errors = error.errors.map(({ reason, file, line, column }) => ({ reason, file, line, column }))
      return { stamps: new Map(), bytes: undefined, warnings: [], errors }
    }
  }
}
