import { reasonOf } from '../../reason.ts'
import type { Channel, Connection, StreamListener } from '../../runtime/runtime.ts'
import type { FrameQueue } from './queue.ts'
import { QueuedOutlet } from './queuedoutlet.ts'
import type { RelayMessage } from './relay.ts'
import { FrameSender } from './sender.ts'

/** More collectors than anybody has; each costs memory while it is slow. */
const MAX_SUBSCRIBERS = 64

export interface SubscribersOptions {
  /** As the Corefile has it, for the log. */
  readonly endpoint: string
  readonly queue: FrameQueue
  /** Octets that may wait for one collector; whoever falls behind further is sent away. */
  readonly writeBuffer: number
  /** Rejects with a one-line reason. */
  readonly listen: (accept: (connection: Connection) => void) => Promise<StreamListener>
  /** To the threads beside this one, where there can be any: they bring their messages here. */
  readonly channel?: (received: (message: unknown) => void) => Channel
  readonly log: { warn(line: string): void }
}

/** Collectors that connect to this server: each gets the messages from then on. With none of them, none is made. */
export class Subscribers extends QueuedOutlet {
  readonly #options: SubscribersOptions
  readonly #senders = new Set<FrameSender>()
  /** In handshake, too. */
  #count = 0
  #listener: Promise<StreamListener | undefined> | undefined
  #channel: Channel | undefined
  #stopped = false

  constructor(options: SubscribersOptions) {
    super(options.queue)
    this.#options = options
  }

  get isWanted(): boolean {
    return this.#senders.size > 0
  }

  /** An address that is not to be had costs the tap, not the server. */
  start(): void {
    const { endpoint, listen, channel, log } = this.#options
    this.#channel = channel?.((message) => this.#received(message as RelayMessage))
    this.#tell()
    this.#listener = listen((connection) => void this.#accept(connection)).catch((error: unknown) => {
      log.warn(`plugin/dnstap: cannot listen on ${endpoint}: ${reasonOf(error)}`)
      return undefined
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.endFlushing()
    this.send()
    this.#post({ kind: 'gone' })
    this.#channel?.close()
    this.#channel = undefined
    const senders = [...this.#senders]
    this.#senders.clear()
    const listener = await this.#listener
    await Promise.all([listener?.close(), ...senders.map((sender) => sender.finish())])
  }

  async #accept(connection: Connection): Promise<void> {
    if (this.#stopped || this.#count >= MAX_SUBSCRIBERS) return connection.close()
    this.#count++
    try {
      const sender = await FrameSender.open(connection)
      if (this.#stopped) return sender.close()
      this.#senders.add(sender)
      this.#tell()
      sender.onEnd(() => this.#remove(sender))
    } catch (error) {
      this.#count--
      this.#options.log.warn(`plugin/dnstap: a collector at ${this.#options.endpoint}: ${(error as Error).message}`)
    }
  }

  #remove(sender: FrameSender): void {
    if (!this.#senders.delete(sender)) return
    this.#count--
    this.#tell()
  }

  #received(message: RelayMessage): void {
    if (message.kind === 'hello' || message.kind === 'gone') this.#tell()
    if (message.kind !== 'frames') return
    this.#broadcast(message.frames)
    this.#post({ kind: 'taken', by: message.from })
  }

  /** Tells the other threads whether messages are wanted. */
  #tell(): void {
    this.#post({ kind: 'wanted', wanted: this.isWanted })
  }

  #post(message: RelayMessage): void {
    this.#channel?.post(message)
  }

  protected get canSend(): boolean {
    return true
  }

  protected send(): void {
    for (;;) {
      const frames = this.queue.take()
      if (!frames) return
      this.#broadcast(frames)
    }
  }

  #broadcast(frames: Uint8Array): void {
    for (const sender of this.#senders) {
      if (sender.waiting + frames.length <= this.#options.writeBuffer) sender.write(frames)
      else this.#sendAway(sender)
    }
  }

  #sendAway(sender: FrameSender): void {
    sender.close()
    this.#remove(sender)
    this.#options.log.warn(`plugin/dnstap: a collector at ${this.#options.endpoint} was too slow and was sent away`)
  }
}
