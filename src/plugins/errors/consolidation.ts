import { durationText } from '../../corefile/duration.ts'
import type { Pattern } from '../../regexp.ts'

export type Level = 'error' | 'warning' | 'info' | 'debug'
export type Write = { readonly [level in Level]: (line: string) => void }

export interface ConsolidationOptions {
  /** Milliseconds. */
  readonly period: number
  readonly pattern: Pattern
  readonly level: Level
  /** Write the first error of a period at once. */
  readonly showFirst: boolean
}

/** Counts errors that match a pattern, and tells their number once a period in place of each of them. */
export class Consolidation {
  readonly #options: ConsolidationOptions
  readonly #write: Write
  #count = 0
  /** When the running period ends, in milliseconds of the runtime's clock. */
  #end = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(options: ConsolidationOptions, write: Write) {
    this.#options = options
    this.#write = write
  }

  matches(message: string): boolean {
    return this.#options.pattern.test(message)
  }

  /** Counts an error that `line` would tell of. */
  add(line: string): void {
    // At the edge a timer does not outlive the request that set it, so the clock is asked as well.
    if (this.#count > 0 && Date.now() >= this.#end) this.flush()
    if (this.#count++ > 0) return
    const { period, showFirst, level } = this.#options
    this.#end = Date.now() + period
    this.#timer = setTimeout(() => this.flush(), Math.min(period, MAX_TIMER))
    if (showFirst) this.#write[level](line)
  }

  /** Ends the period and tells what was counted in it. */
  flush(): void {
    clearTimeout(this.#timer)
    const { period, pattern, level, showFirst } = this.#options
    const count = this.#count
    this.#count = 0
    if (count > (showFirst ? 1 : 0))
      this.#write[level](
        `plugin/errors: ${count} errors like '${pattern.text}' occurred in last ${durationText(period)}`,
      )
  }
}

/** Longer timers fire at once. Milliseconds. */
const MAX_TIMER = 2 ** 31 - 1
