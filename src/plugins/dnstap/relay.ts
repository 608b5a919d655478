import type { Channel } from '../../runtime/runtime.ts'
import type { FrameQueue } from './queue.ts'
import { QueuedOutlet } from './queuedoutlet.ts'

/** What threads tell each other of one listening socket. */
export type RelayMessage =
  /** A thread is there, and wants to know whether anybody is. */
  | { readonly kind: 'hello' }
  /** From the one that listens: collectors are connected, or none is any more. */
  | { readonly kind: 'wanted'; readonly wanted: boolean }
  /** The one that listens goes; at a reload there is another. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'frames'; readonly from: string; readonly frames: Uint8Array }
  /** The frames of this thread have arrived: the next may come. */
  | { readonly kind: 'taken'; readonly by: string }

/** After so long without an answer whoever listens is taken to be another one. Milliseconds. */
const PATIENCE = 5000

export interface RelayOptions {
  /** Which thread this is: a name that no other has. */
  readonly from: string
  readonly queue: FrameQueue
  readonly channel: (received: (message: unknown) => void) => Channel
}

/**
 * Hands the messages of a thread over to the one that listens for collectors, one lot at a time, so that what waits waits here
 * and is limited.
 */
export class Relay extends QueuedOutlet {
  isWanted = false
  readonly #options: RelayOptions
  #channel: Channel | undefined
  /** performance.now() when the last lot went out that has not been taken yet; 0: none. */
  #outSince = 0

  constructor(options: RelayOptions) {
    super(options.queue)
    this.#options = options
  }

  start(): void {
    this.#channel = this.#options.channel((message) => this.#received(message as RelayMessage))
    this.#post({ kind: 'hello' })
  }

  async stop(): Promise<void> {
    this.endFlushing()
    this.send()
    this.#channel?.close()
    this.#channel = undefined
  }

  #received(message: RelayMessage): void {
    if (message.kind === 'wanted') this.isWanted = message.wanted
    else if (message.kind === 'gone') this.isWanted = false
    else if (message.kind === 'taken' && message.by === this.#options.from) {
      this.#outSince = 0
      if (this.queue.isChunkFull) this.send()
    }
  }

  protected get canSend(): boolean {
    return true
  }

  protected send(): void {
    if (this.#outSince > 0 && performance.now() - this.#outSince < PATIENCE) return
    const frames = this.queue.take()
    if (!frames) return
    this.#outSince = performance.now()
    this.#post({ kind: 'frames', from: this.#options.from, frames })
  }

  #post(message: RelayMessage): void {
    this.#channel?.post(message)
  }
}
