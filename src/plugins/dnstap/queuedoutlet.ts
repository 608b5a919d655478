import { FLUSH_INTERVAL, type Outlet } from './outlet.ts'
import type { FrameQueue } from './queue.ts'

/** An outlet whose messages gather in a queue, and go out when there are many, or a moment later. */
export abstract class QueuedOutlet implements Outlet {
  protected readonly queue: FrameQueue
  #flush: ReturnType<typeof setTimeout> | undefined

  constructor(queue: FrameQueue) {
    this.queue = queue
  }

  abstract readonly isWanted: boolean
  abstract start(): void
  abstract stop(): Promise<void>
  /** Sends what has gathered, as far as there is somebody who takes it. */
  protected abstract send(): void
  /** Is it worth while to try again soon, where something was left? */
  protected abstract get canSend(): boolean

  get chunk(): Uint8Array {
    return this.queue.chunk
  }

  get dropped(): number {
    return this.queue.dropped
  }

  place(size: number): number {
    return this.queue.place(size)
  }

  placed(): void {
    if (this.queue.isChunkFull) this.send()
    this.#flush ??= setTimeout(() => {
      this.#flush = undefined
      this.send()
      if (this.queue.frames > 0 && this.canSend) this.placed()
    }, FLUSH_INTERVAL)
  }

  /** Nothing goes out by itself any more. */
  protected endFlushing(): void {
    clearTimeout(this.#flush)
  }
}
