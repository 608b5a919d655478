import type { RemoteInfo, Socket } from 'node:dgram'

/** Where a socket for all addresses reaches itself. */
const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
/** Octets of replies that the kernel has not taken; replies beyond are dropped, as it would drop them itself. */
const MAX_UNSENT = 4_194_304
/** Replies that go out together: with fewer receivers are woken more often, with more the first one waits for longer. */
const BATCH = 32

/**
 * Replies on their way to a UDP socket. What the queries of one turn of the event loop get goes out together at its end: most of
 * what a reply costs is the system call, which wakes whoever waits for it, and he is awake for those that follow at once.
 */
export class Outbox {
  readonly #socket: Socket
  readonly #replies: Uint8Array[] = []
  readonly #to: RemoteInfo[] = []
  #waiting = 0
  #turn: ReturnType<typeof setImmediate> | undefined
  /** What the socket is connected to while it is turned away: itself. */
  #self: { readonly port: number; readonly address: string } | undefined

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Octets must not change from now on. Never throws. */
  push(reply: Uint8Array, to: RemoteInfo): void {
    this.#replies[this.#waiting] = reply
    this.#to[this.#waiting++] = to
    if (this.#waiting === BATCH) this.flush()
    else this.#turn ??= setImmediate(this.flush)
  }

  /** Sends what waits. A reply that the socket does not take is lost. */
  readonly flush = (): void => {
    clearImmediate(this.#turn)
    this.#turn = undefined
    const count = this.#waiting
    this.#waiting = 0
    if (count === 0) return
    try {
      if (this.#socket.getSendQueueSize() > MAX_UNSENT) return
      if (this.isAway) this.#socket.disconnect()
      for (let i = 0; i < count; i++) this.#socket.send(this.#replies[i], this.#to[i].port, this.#to[i].address)
      if (this.#self) this.turnAway(this.#self.port, this.#self.address)
    } catch {
      // The socket was closed meanwhile.
    }
  }

  /** Does the system hand what comes to others? */
  get isAway(): boolean {
    return this.#self !== undefined
  }

  /**
   * Has the system hand what comes from now on to whoever else listens at this address, other threads or the next configuration's
   * socket: one that is connected takes from its peer alone, which is itself. To send replies it is connected no more for a moment.
   */
  turnAway(port: number, address: string): void {
    try {
      this.#socket.connect(port, LOOPBACK[address] ?? address)
      // Throws where that has failed.
      this.#socket.remoteAddress()
      this.#self = { port, address }
    } catch {
      this.#self = undefined
    }
  }
}
