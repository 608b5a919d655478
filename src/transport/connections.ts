/** One open connection, as its listener sees it. Times are those of performance.now(). */
export interface OpenConnection {
  /** Since when it has had nothing to do, or has waited for its client; undefined while it works. */
  readonly idleSince: number | undefined
  /** Ends what has taken too long. */
  check(now: number): void
  /** Answers what it has, and what may be on its way, then closes. */
  close(): void
  destroy(): void
}

/** How long an ended connection waits for the client's end: closing at once could cost the client the last replies. */
export const LINGER = 1000
/** What a client sent before it could know that the connection closes is there by then. Milliseconds. */
export const QUIET = 250
/** How often connections are looked at that are to end. */
const DRAIN_INTERVAL = 50

/** All connections of a listener: how many there may be, that none outstays its time, and that they end together. */
export class Connections {
  readonly #open = new Set<OpenConnection>()
  readonly #interval: () => number
  readonly #maximum: () => number
  #sweeper: ReturnType<typeof setInterval> | undefined
  #drained: (() => void) | undefined

  /** Both limits are asked anew each time, as a reload may change them. */
  constructor(maximum: () => number, interval: () => number) {
    this.#maximum = maximum
    this.#interval = interval
  }

  get size(): number {
    return this.#open.size
  }

  /** Is there room for one more? Where there is none the connection idle for longest makes room (RFC 7766 §6.2.3). */
  admit(): boolean {
    if (this.#drained) return false
    if (this.#open.size < this.#maximum()) return true
    let oldest: OpenConnection | undefined
    let since = Number.POSITIVE_INFINITY
    for (const connection of this.#open) {
      const idle = connection.idleSince
      if (idle === undefined || idle >= since) continue
      oldest = connection
      since = idle
    }
    if (!oldest) return false
    this.delete(oldest)
    oldest.destroy()
    return true
  }

  add(connection: OpenConnection): void {
    this.#open.add(connection)
    this.#sweeper ??= setInterval(() => this.#sweep(), this.#interval())
    if (this.#drained) connection.close()
  }

  delete(connection: OpenConnection): void {
    if (!this.#open.delete(connection) || this.#open.size > 0) return
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
    this.#drained?.()
  }

  #sweep(): void {
    const now = performance.now()
    for (const connection of this.#open) connection.check(now)
  }

  /** Closes all, and resolves when all are gone: after `grace` milliseconds at the latest. */
  async drain(grace: number): Promise<void> {
    const empty = new Promise<void>((resolve) => {
      this.#drained = resolve
    })
    if (this.#open.size === 0) return
    for (const connection of [...this.#open]) connection.close()
    clearInterval(this.#sweeper)
    this.#sweeper = setInterval(() => this.#sweep(), Math.min(DRAIN_INTERVAL, this.#interval()))
    const late = setTimeout(() => {
      for (const connection of [...this.#open]) {
        this.delete(connection)
        connection.destroy()
      }
    }, grace)
    await empty
    clearTimeout(late)
  }
}
