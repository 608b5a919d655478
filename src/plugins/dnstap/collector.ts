import type { Connection } from '../../runtime/runtime.ts'
import type { FrameQueue } from './queue.ts'
import { QueuedOutlet } from './queuedoutlet.ts'
import { FrameSender } from './sender.ts'

/** Between tries to reach a collector: from the first to the last of them. Milliseconds. */
const FIRST_PAUSE = 500
const LAST_PAUSE = 30_000
/** How long the end waits for a connection that is being made. Milliseconds. */
const LAST_CHANCE = 1000

export interface CollectorOptions {
  /** As the Corefile has it, for the log. */
  readonly endpoint: string
  readonly queue: FrameQueue
  /** Octets that may be with the system; what is more waits in the queue. */
  readonly writeBuffer: number
  /** Rejects with a one-line reason. */
  readonly connect: () => Promise<Connection>
  readonly log: { info(line: string): void; warn(line: string): void }
}

/**
 * A collector that messages are sent to over one connection for as long as it lasts. While there is none they wait in the
 * queue, and it is tried again and again, ever more rarely.
 */
export class Collector extends QueuedOutlet {
  readonly isWanted = true
  readonly #options: CollectorOptions
  #sender: FrameSender | undefined
  #connecting: Promise<void> | undefined
  /** No more tries. */
  #stopping = false
  #stopped = false
  #pause = FIRST_PAUSE
  #retry: ReturnType<typeof setTimeout> | undefined
  #isLost = false

  constructor(options: CollectorOptions) {
    super(options.queue)
    this.#options = options
  }

  start(): void {
    this.#connecting = this.#connect()
  }

  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#retry)
    if (!this.#sender && this.#connecting && this.queue.frames > 0)
      await Promise.race([this.#connecting, new Promise((resolve) => setTimeout(resolve, LAST_CHANCE))])
    this.#stopped = true
    this.endFlushing()
    const sender = this.#sender
    this.#sender = undefined
    // What does not fit into the system's buffers now finds nobody who reads it.
    if (sender) {
      this.#writeTo(sender)
      await sender.finish()
    }
    this.queue.clear()
  }

  async #connect(): Promise<void> {
    try {
      const sender = await FrameSender.open(await this.#options.connect())
      if (this.#stopped) sender.close()
      else this.#connected(sender)
    } catch (error) {
      this.#failed(error as Error)
    }
    this.#connecting = undefined
  }

  #connected(sender: FrameSender): void {
    this.#sender = sender
    this.#pause = FIRST_PAUSE
    sender.onEnd((reason) => {
      this.#sender = undefined
      this.#failed(reason)
    })
    if (this.#isLost) this.#options.log.info(`plugin/dnstap: connected to ${this.#options.endpoint} again`)
    this.#isLost = false
    this.send()
  }

  #failed(reason: Error): void {
    if (this.#stopping) return
    if (!this.#isLost)
      this.#options.log.warn(`plugin/dnstap: no connection to ${this.#options.endpoint}: ${reason.message}`)
    this.#isLost = true
    this.#retry = setTimeout(() => {
      this.#connecting = this.#connect()
    }, this.#pause)
    this.#retry.unref?.()
    this.#pause = Math.min(2 * this.#pause, LAST_PAUSE)
  }

  protected get canSend(): boolean {
    return this.#sender !== undefined
  }

  protected send(): void {
    if (this.#sender) this.#writeTo(this.#sender)
  }

  #writeTo(sender: FrameSender): void {
    while (sender.waiting < this.#options.writeBuffer) {
      const frames = this.queue.take()
      if (!frames) return
      sender.write(frames)
    }
  }
}
