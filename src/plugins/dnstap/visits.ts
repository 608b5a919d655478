import { reasonOf } from '../../reason.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import type { CollectorOptions } from './collector.ts'
import { FLUSH_INTERVAL, type Outlet } from './outlet.ts'
import type { FrameQueue } from './queue.ts'
import { FrameSender } from './sender.ts'

/** A visit that has not ended by then was broken off with the request that it belonged to. Milliseconds. */
const LONGEST_VISIT = 15_000
/** After a visit that failed. */
const PAUSE = 2000
/** How often nothing came before a visit ends. */
const IDLE_TURNS = 3

/**
 * A collector as a Worker reaches it. There a connection belongs to the request that made it, so it is opened when messages
 * are there, takes along what other requests add meanwhile, and is closed soon after the last.
 */
export class Visits implements Outlet {
  readonly isWanted = true
  readonly #options: CollectorOptions
  readonly #queue: FrameQueue
  readonly #runtime: Runtime
  /** Date.now() before which no visit begins: one is under way, or has failed. */
  #notBefore = 0

  constructor(options: CollectorOptions, runtime: Runtime) {
    this.#options = options
    this.#queue = options.queue
    this.#runtime = runtime
  }

  get chunk(): Uint8Array {
    return this.#queue.chunk
  }

  get dropped(): number {
    return this.#queue.dropped
  }

  place(size: number): number {
    return this.#queue.place(size)
  }

  placed(): void {
    const now = Date.now()
    if (now < this.#notBefore) return
    this.#notBefore = now + LONGEST_VISIT
    this.#runtime.waitUntil(this.#visit())
  }

  start(): void {}

  async stop(): Promise<void> {}

  async #visit(): Promise<void> {
    const { endpoint, connect, log } = this.#options
    try {
      const sender = await FrameSender.open(await connect())
      const end = Date.now() + LONGEST_VISIT / 2
      await this.#bring(sender, end)
      await sender.finish()
      this.#notBefore = 0
      // What came while it said goodbye.
      if (this.#queue.frames > 0) this.placed()
    } catch (error) {
      this.#notBefore = Date.now() + PAUSE
      log.warn(`plugin/dnstap: no connection to ${endpoint}: ${reasonOf(error)}`)
    }
  }

  /** Sends what is there, and what comes while it is at it. */
  async #bring(sender: FrameSender, end: number): Promise<void> {
    let lost: Error | undefined
    sender.onEnd((reason) => {
      lost = reason
    })
    for (let idle = 0; idle < IDLE_TURNS && Date.now() < end; idle++) {
      while (!lost && sender.waiting < this.#options.writeBuffer) {
        const frames = this.#queue.take()
        if (!frames) break
        sender.write(frames)
        idle = 0
      }
      if (lost) throw lost
      await new Promise((resolve) => setTimeout(resolve, FLUSH_INTERVAL))
    }
  }
}
