import type { Name } from '../dns/name.ts'
import type { Log } from '../runtime/runtime.ts'
import { type Owner, type Snapshot, StoreError, type ZoneStore } from './store.ts'

/** A store that failed is tried again after this. Milliseconds. */
const BACKOFF = 1000
/** How many reads may find out at the same time whether it is back. */
const MOST_TRIES = 8
/** Different things to complain about, before they are told anew. */
const MOST_COMPLAINTS = 500
/** What is read before this part of its time is over is not read again ahead of time. */
const EARLY = 0.7

export interface AccessOptions {
  readonly store: ZoneStore
  /** How old what is served may be. Milliseconds. */
  readonly refresh: number
  /** How long a read may take. Milliseconds. */
  readonly timeout: number
  /** The plugin's name, for the log. */
  readonly plugin: string
  readonly log: Log
  /** Lets a promise settle although the request that made it is gone. */
  keepAlive(promise: Promise<unknown>): void
}

/** Reading from a store on behalf of queries: knows the time, whether the store is there, and says so in the log. */
export class StoreAccess {
  readonly options: AccessOptions
  /** How old something may be before it is read again ahead of time. Milliseconds. */
  readonly early: number
  /** The time as of the last `tick`. Milliseconds. */
  now = 0
  /** How many reads have begun. */
  reads = 0
  #down: StoreError | undefined
  #failedAt = 0
  #underWay = 0
  readonly #told = new Set<string>()

  constructor(options: AccessOptions) {
    this.options = options
    this.early = options.refresh * EARLY
  }

  tick(): void {
    this.now = Date.now()
  }

  /** What is wrong with the store, as far as known. */
  get down(): StoreError | undefined {
    return this.#down
  }

  /** May a store that is down be tried again? */
  get mayTry(): boolean {
    return !this.#down || (this.now - this.#failedAt >= BACKOFF && this.#underWay < MOST_TRIES)
  }

  /** See ZoneStore. */
  read(apex: Name, owners: readonly Owner[], others: readonly Owner[]): Promise<Snapshot | undefined> {
    return this.attempt(() => this.options.store.read(apex, owners, others))
  }

  /** Asks the store; where it does not answer it counts as down from then on, until it does. Rejects with StoreError. */
  async attempt<T>(ask: () => Promise<T>): Promise<T> {
    this.reads++
    this.#underWay++
    try {
      const result = await this.#inTime(ask())
      this.#isUp()
      return result
    } catch (error) {
      throw this.#isDown(error)
    } finally {
      this.#underWay--
    }
  }

  /** Settles when all that was asked has been answered, or the time for that is over. */
  async drain(): Promise<void> {
    const end = Date.now() + this.options.timeout
    while (this.#underWay > 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  /** Says what is wrong with the data, once. */
  complain(text: string): void {
    if (this.#told.has(text)) return
    if (this.#told.size >= MOST_COMPLAINTS) this.#told.clear()
    this.#told.add(text)
    this.options.log.warn(`plugin/${this.options.plugin}: ${text}`)
  }

  async #inTime<T>(promise: Promise<T>): Promise<T> {
    const { timeout, store } = this.options
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      const error = new StoreError(`${store.label}: no answer within ${timeout}ms`)
      timer = setTimeout(() => reject(error), timeout)
    })
    try {
      return await Promise.race([promise, late])
    } finally {
      clearTimeout(timer)
    }
  }

  #isUp(): void {
    if (!this.#down) return
    this.#down = undefined
    this.options.log.info(`plugin/${this.options.plugin}: ${this.options.store.label}: is back`)
  }

  #isDown(error: unknown): StoreError {
    const { store, plugin, log } = this.options
    const reason = error instanceof StoreError ? error : new StoreError(`${store.label}: ${(error as Error).message}`)
    if (!this.#down) log.error(`plugin/${plugin}: ${reason.message}`)
    this.#down = reason
    this.#failedAt = Date.now()
    return reason
  }
}
