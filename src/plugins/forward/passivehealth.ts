import type { Health } from './health.ts'

/** An upstream that failed is left alone for the interval, then twice as long each time, up to this. Milliseconds. */
const LONGEST = 1500

/**
 * Health where no timer outlives a query (Workers): all that is known comes from queries. After `maxFails` in a row without
 * an answer the upstream is down for a while; then queries try it again.
 */
export class PassiveHealth implements Health {
  failures = 0
  readonly #interval: number
  readonly #maxFails: number
  #fails = 0
  #downUntil = 0

  constructor(interval: number, maxFails: number) {
    this.#interval = interval
    this.#maxFails = maxFails
  }

  get down(): boolean {
    return this.#downUntil > 0 && performance.now() < this.#downUntil
  }

  queryAnswered(): void {
    this.#fails = 0
    this.#downUntil = 0
  }

  queryFailed(): void {
    this.failures++
    this.#fails++
    if (this.#maxFails === 0 || this.#fails < this.#maxFails) return
    const times = 2 ** Math.min(this.#fails - this.#maxFails, 10)
    this.#downUntil = performance.now() + Math.min(this.#interval * times, Math.max(this.#interval, LONGEST))
  }

  start(): void {}
  stop(): void {}
  /** Late is not lost. */
  queryLate(): void {}
}
