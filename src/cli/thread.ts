import { Worker } from 'node:worker_threads'
import type { Family } from '../metrics/family.ts'
import { reasonOf } from '../reason.ts'
import { Calls, type Handlers } from '../runtime/node-calls.ts'
import { sibling } from '../runtime/node-sibling.ts'
import type { CorefileRecord } from '../runtime/recording.ts'
import type { Adoption, Preparation } from './lead.ts'

/** How long who reads metrics waits for a thread that has other things to do. Milliseconds. */
const PATIENCE = 1000
/** Beyond the listeners' own grace. Milliseconds. */
const STOP_PATIENCE = 8000

/** A thread that serves, from outside. */
export class Thread {
  /** What it counted when it was asked last. */
  families: readonly Family[] = []
  readonly #worker = new Worker(sibling('follower', import.meta.url))
  readonly #calls: Calls
  #prepared: CorefileRecord | undefined
  #isStopping = false
  #reason = ''

  /** `gone` is told once when the thread has ended by itself. */
  constructor(handlers: Handlers, gone: (reason: string) => void) {
    this.#calls = new Calls(this.#worker, handlers)
    this.#worker.on('error', (error) => {
      this.#reason = reasonOf(error)
    })
    this.#worker.once('exit', (code) => {
      const reason = this.#reason || `exit code ${code}`
      this.#calls.end(new Error(`the thread has ended: ${reason}`))
      if (!this.#isStopping) gone(reason)
    })
  }

  async prepare(preparation: Preparation): Promise<void> {
    await this.#calls.call('prepare', preparation)
    this.#prepared = preparation.record
  }

  /** Serves a configuration, whether it has prepared it before or not. */
  async adopt(preparation: Preparation, adoption: Adoption): Promise<void> {
    if (this.#prepared !== preparation.record) await this.prepare(preparation)
    await this.#calls.call('adopt', adoption)
  }

  /** What it has counted by now; what it had before where it does not answer in time. */
  async gather(): Promise<readonly Family[]> {
    const now = this.#calls.call<readonly Family[]>('gather').catch(() => undefined)
    this.families = (await within(PATIENCE, now)) ?? this.families
    return this.families
  }

  /** Answers what is under way, and ends. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await within(
      STOP_PATIENCE,
      this.#calls.call('stop').catch(() => {}),
    )
    // Only now it has counted what was under way.
    await this.gather()
    await this.#worker.terminate()
  }

  /** Ends at once, as if by itself. */
  async kill(reason: string): Promise<void> {
    this.#reason = reason
    await this.#worker.terminate()
  }
}

/** What the promise brings; undefined after so many milliseconds. */
async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | undefined> {
  let late: NodeJS.Timeout | undefined
  const timeout = new Promise<undefined>((resolve) => {
    late = setTimeout(() => resolve(undefined), milliseconds)
  })
  return Promise.race([promise, timeout]).finally(() => clearTimeout(late))
}
