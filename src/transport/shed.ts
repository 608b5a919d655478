import type { Counter } from '../metrics/counter.ts'

/** Milliseconds of serving before the event loop gets to read what has arrived meanwhile. */
const BUDGET = 1
/** Whoever has waited for so long is given up, even if there is time for him by now: an answer would come too late. Milliseconds. */
const PATIENCE = 60

/**
 * Queries that wait at an overloaded socket: a stack of fixed depth, so that the newest is served first and the oldest is
 * given up. Under overload whoever has waited longest has sent the query again or gone away by then; serving it first
 * would make every answer late. With less than an event loop turn's work nothing waits and nothing is lost.
 *
 * The listener pushes each packet as it is read, before anything looks at it. Once the turn's packets are in, `serve` is
 * called for one after the other, newest first, for about a millisecond; then packets are read again.
 */
export class NewestFirst<T> {
  /** How many were given up. */
  dropped = 0
  readonly #counter: Counter | undefined
  readonly #serve: (item: T) => void
  readonly #ring: (T | undefined)[]
  /** When each was pushed. */
  readonly #since: Float64Array
  /** Where the next one goes; the newest is before it. */
  #top = 0
  #size = 0
  #turn: ReturnType<typeof setImmediate> | undefined

  /** `serve` must not throw. `counter` counts as `dropped` does. */
  constructor(depth: number, serve: (item: T) => void, counter?: Counter) {
    this.#counter = counter
    this.#ring = new Array<T | undefined>(depth).fill(undefined)
    this.#since = new Float64Array(depth)
    this.#serve = serve
  }

  get waiting(): number {
    return this.#size
  }

  /** Where the stack is full, its oldest is given up. */
  push(item: T): void {
    if (this.#size === this.#ring.length) this.#drop(1)
    else this.#size++
    this.#ring[this.#top] = item
    this.#since[this.#top] = performance.now()
    this.#top = (this.#top + 1) % this.#ring.length
    this.#turn ??= setImmediate(this.#drain)
  }

  /** Gives up all that wait. */
  clear(): void {
    clearImmediate(this.#turn)
    this.#turn = undefined
    this.#drop(this.#size)
    this.#size = 0
    this.#ring.fill(undefined)
  }

  #drop(count: number): void {
    this.dropped += count
    this.#counter?.increment(count)
  }

  readonly #drain = (): void => {
    this.#turn = undefined
    let now = performance.now()
    const end = now + BUDGET
    while (this.#size > 0 && now < end) {
      const item = this.#pop()
      // All others have waited for longer.
      if (now - this.#since[this.#top] > PATIENCE) {
        this.#drop(1)
        this.clear()
        return
      }
      this.#serve(item)
      now = performance.now()
    }
    if (this.#size > 0) this.#turn ??= setImmediate(this.#drain)
  }

  #pop(): T {
    this.#top = (this.#top + this.#ring.length - 1) % this.#ring.length
    this.#size--
    const item = this.#ring[this.#top] as T
    this.#ring[this.#top] = undefined
    return item
  }
}
