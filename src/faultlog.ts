/** Milliseconds between two lines about the same failure. */
const PERIOD = 1000
/** Reasons told apart in one period. Names may stand in them, and clients choose those. */
const MAX_REASONS = 10

/**
 * Tells of failures without filling the log: the first one of its kind at once, then once a second how many more there were. An
 * upstream that is away fails thousands of queries a second, each for the same reason.
 */
export class FaultLog {
  readonly #write: (line: string) => void
  /** The reasons that were told lately, and how often each came again in this period. */
  readonly #repeated = new Map<string, number>()
  #others = 0
  /** When the period ends, by performance.now(). */
  #end = 0

  constructor(write: (line: string) => void) {
    this.#write = write
  }

  /** `line` makes what is written where this is the first failure of its kind. */
  add(reason: string, line: () => string): void {
    // At the edge a timer does not outlive the request that set it, so the clock is asked as well.
    if (performance.now() >= this.#end) this.#turn()
    const count = this.#repeated.get(reason)
    if (count !== undefined) this.#repeated.set(reason, count + 1)
    else if (this.#repeated.size >= MAX_REASONS) this.#others++
    else {
      if (this.#repeated.size === 0) this.#begin()
      this.#repeated.set(reason, 0)
      this.#write(line())
    }
  }

  #begin(): void {
    const end = performance.now() + PERIOD
    this.#end = end
    const timer = setTimeout(() => {
      if (this.#end === end) this.#turn()
    }, PERIOD)
    // A process that ends does not wait for it.
    timer.unref?.()
  }

  /** Tells what has come again in the period, and goes on counting that; forgets the rest. */
  #turn(): void {
    for (const [reason, count] of this.#repeated) {
      if (count === 0) this.#repeated.delete(reason)
      else {
        this.#write(`${reason} (${count} more)`)
        this.#repeated.set(reason, 0)
      }
    }
    if (this.#others > 0) this.#write(`${this.#others} more failures for other reasons`)
    this.#others = 0
    if (this.#repeated.size > 0) this.#begin()
  }
}
