import { CLASS, FLAG, TYPE } from '../../dns/constants.ts'
import type { Ask, Waiter } from '../../upstream/ask.ts'
import type { Question } from '../../upstream/question.ts'
import type { Upstream } from '../../upstream/upstream.ts'
import type { HealthSettings } from './settings.ts'

/** Is an upstream up? Told how its queries end. */
export interface Health {
  /** Passed over while others are up. */
  readonly down: boolean
  /** Failures that counted since the start. */
  readonly failures: number
  start(): void
  stop(): void
  queryAnswered(): void
  /** A query got no answer. */
  queryFailed(): void
  /** A query has no answer yet, when by experience it should have. */
  queryLate(): void
}

/** How long one check may take: the longer, the longer answers take. Milliseconds. */
const CHECK_AT_LEAST = 500
const CHECK_AT_MOST = 1000
/** Checks grow rarer while they fail, but not beyond this (or the interval configured): a return is noticed soon. */
const SLOWEST = 1500
const FASTEST = 50

/**
 * Health that is looked after. Nobody asks while queries succeed. After one that failed or is late the upstream is checked until an answer
 * comes, whatever the answer; `maxFails` failed checks in a row make it down.
 */
export class Checks implements Health, Waiter {
  readonly #upstream: Upstream
  readonly #settings: HealthSettings
  readonly #maxFails: number
  readonly #overTcp: boolean
  readonly #question: Question
  #fails = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #check: Ask | undefined
  #stopped = true
  failures = 0

  constructor(upstream: Upstream, settings: HealthSettings, maxFails: number, overTcp: boolean) {
    this.#upstream = upstream
    this.#settings = settings
    this.#maxFails = maxFails
    this.#overTcp = overTcp
    const flags = settings.recursionDesired ? FLAG.RD : 0
    this.#question = { name: settings.domain, type: TYPE.NS, class: CLASS.IN, flags, dnssecOk: false, options: [] }
  }

  get down(): boolean {
    return this.#maxFails > 0 && this.#fails >= this.#maxFails
  }

  start(): void {
    this.#stopped = false
  }

  stop(): void {
    this.#stopped = true
    this.#endCheck()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  queryLate(): void {
    this.queryFailed()
  }

  /** Checks, unless that is going on already. */
  queryFailed(): void {
    if (this.#maxFails === 0 || this.#stopped || this.#timer || this.#check) return
    this.#ask()
  }

  /** A query got an answer: no better check. */
  queryAnswered(): void {
    if (this.#fails === 0 && !this.#timer) return
    this.#fails = 0
    this.#endCheck()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  answered(): void {
    this.#check = undefined
    this.queryAnswered()
  }

  failed(): void {
    this.#check = undefined
    this.#fails++
    this.failures++
    this.#schedule()
  }

  #ask(): void {
    this.#check = this.#upstream.ask(this.#question, this.#overTcp, false, this)
    const usual = 2 * (this.#upstream.roundTrip.timeout ?? CHECK_AT_MOST)
    this.#setTimer(Math.min(Math.max(usual, CHECK_AT_LEAST), CHECK_AT_MOST), () => {
      this.#check?.expire()
      this.failed()
    })
  }

  #schedule(): void {
    if (this.#stopped) return
    const { interval } = this.#settings
    const slowest = Math.max(interval, SLOWEST)
    this.#setTimer(Math.min(interval * Math.max(1, this.#fails), slowest), () => this.#ask())
  }

  #setTimer(delay: number, then: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined
        then()
      },
      Math.max(delay, FASTEST),
    )
    this.#timer.unref?.()
  }

  #endCheck(): void {
    this.#check?.cancel()
    this.#check = undefined
  }
}
