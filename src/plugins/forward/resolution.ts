import { EDE } from '../../dns/edns.ts'
import type { Message } from '../../dns/message.ts'
import type { Query } from '../../query.ts'
import type { Ask, Waiter } from '../../upstream/ask.ts'
import { UpstreamError } from '../../upstream/error.ts'
import type { Question } from '../../upstream/question.ts'
import { randomBelow } from '../../upstream/random.ts'
import type { Upstream } from '../../upstream/upstream.ts'
import type { Member, Rules } from './rules.ts'

/** No client waits longer; less than the five seconds after which stub resolvers give up. Milliseconds. */
export const PATIENCE = 4500

/** Until when upstreams may be asked for a query. All that a chain asks for one client counts: searches, aliases, `next`. */
export function deadlineOf({ original }: Query): number {
  if (original.upstreamDeadline === 0) original.upstreamDeadline = performance.now() + PATIENCE
  return original.upstreamDeadline
}

/** When an answer counts as late, and a second try is worth it: bounds, and before anything is known. */
const HEDGE_MIN = 500
const HEDGE_MAX = 1000
const HEDGE_UNKNOWN = 1500
/** After a timer that came this late it was us who stood still: answers may be there already, unread. */
const STALLED = 20
/** After all upstreams failed at once (port closed), before they are tried again. */
const PAUSE = 100

/** Tries of one query that may be out at one time: a Worker's request has six connections (then the seventh waits). */
const MAX_OUT = 5

export type Done = (result: Message | UpstreamError, from: Upstream | undefined) => void

/**
 * One question on its way to an answer: upstreams are tried in turn, each given `readTimeout`; the first answer counts, from
 * whichever try it comes. A try that is late by what is known of the upstream gets company before it has failed.
 */
export class Resolution implements Waiter {
  readonly #members: readonly Member[]
  readonly #question: Question
  readonly #overTcp: boolean
  #whole: boolean
  readonly #rules: Rules
  readonly #done: Done
  readonly sent: Waiter['sent']
  readonly received: Waiter['received']
  readonly #deadline: number
  #asks: Ask[] = []
  /** The try whose failure leads to the next; a hedge never is. */
  #current: Ask | undefined
  #at = 0
  #skipped = 0
  #failures = 0
  #failovers = 0
  /** All upstreams are down, so one was drawn: the last try. */
  #drawn = false
  /** performance.now() at which the current try has failed, and at which it is late. */
  #failsAt = 0
  #lateAt = Number.POSITIVE_INFINITY
  /** What ends at `failsAt`: a try; a pause before the next; the time for tries that are still out. */
  #phase: 'try' | 'pause' | 'rest' = 'try'
  #finished = false
  #looked = false
  #timer: ReturnType<typeof setTimeout> | undefined
  /** An answer that a better one is looked for; why the last try failed. */
  #poor: { message: Message; from: Upstream } | undefined
  #error: UpstreamError | undefined

  /**
   * `members` in the order of the policy. `done` is called once, and never before `start` returns. `watch` is told of each
   * message that goes and comes.
   */
  constructor(
    members: readonly Member[],
    question: Question,
    overTcp: boolean,
    whole: boolean,
    rules: Rules,
    deadline: number,
    done: Done,
    watch?: Pick<Waiter, 'sent' | 'received'>,
  ) {
    this.#members = members
    this.#question = question
    this.#overTcp = overTcp
    this.#whole = whole
    this.#rules = rules
    this.#done = done
    this.sent = watch?.sent
    this.received = watch?.received
    this.#deadline = deadline
  }

  start(): void {
    if (this.#tryNext(performance.now())) this.#arm()
    else queueMicrotask(() => this.#giveUp())
  }

  /** A client has joined that can take more than the one that began. */
  wantWhole(): void {
    if (this.#whole) return
    this.#whole = true
    for (const ask of this.#asks) ask.wantWhole()
  }

  /** Ends without an answer. */
  abort(): void {
    this.#finish(new UpstreamError('stopped', EDE.NOT_READY), undefined)
  }

  answered(message: Message, ask: Ask): void {
    if (this.#finished) return
    const { upstream } = ask
    const member = this.#memberOf(upstream)
    member.health.queryAnswered()
    member.times.observe(message.rcode, ask.elapsed)
    this.#forget(ask)
    if (!this.#rules.failover.includes(message.rcode) || ++this.#failovers >= this.#members.length) {
      this.#finish(message, upstream)
      return
    }
    this.#poor = { message, from: upstream }
    this.#goOn(performance.now())
  }

  failed(error: UpstreamError, ask: Ask): void {
    const { upstream, truncated } = ask
    this.#error = error.at(upstream.name)
    this.#memberOf(upstream).health.queryFailed()
    // Cut short it is better than nothing, but another upstream may have it whole.
    if (truncated) this.#poor = { message: truncated, from: upstream }
    this.#forget(ask)
    if (ask === this.#current) {
      this.#failures++
      this.#goOn(performance.now())
    } else if (this.#phase === 'rest' && this.#asks.length === 0) this.#giveUp()
  }

  /** The current try came to nothing: the next one, or wait for those that are out, or the end. */
  #goOn(now: number): void {
    this.#current = undefined
    const { maxAttempts } = this.#rules
    const isRoundOver = this.#at >= this.#members.length
    if (!this.#mayTry(now)) this.#waitForRest(now)
    else if (isRoundOver && maxAttempts === Number.POSITIVE_INFINITY) this.#wait('pause', PAUSE, now)
    else this.#tryOrEnd(now)
  }

  #tryOrEnd(now: number): void {
    if (this.#tryNext(now)) this.#arm(now)
    else this.#waitForRest(now)
  }

  #mayTry(now: number): boolean {
    return !this.#drawn && this.#failures < this.#rules.maxAttempts && now < this.#deadline
  }

  /** Sends the question to the next upstream that is up. False where none is to be tried. */
  #tryNext(now: number): boolean {
    const member = this.#next()
    if (!member) return false
    this.#phase = 'try'
    this.#current = this.#ask(member)
    this.#failsAt = Math.min(now + this.#rules.readTimeout, this.#deadline)
    this.#lateAt = now + hedgeDelay(member.upstream)
    return true
  }

  #next(): Member | undefined {
    const members = this.#members
    for (;;) {
      if (this.#at >= members.length) {
        this.#at = 0
        this.#skipped = 0
      }
      const member = members[this.#at++]
      if (!member.health.down) return member
      this.#skipped++
      if (this.#skipped < members.length) continue
      const { counts, failFast, maxDrawn } = this.#rules
      counts.allDown++
      // Checks may be what is broken, so that one is tried all the same; but not by all who come.
      if (failFast || counts.drawn >= maxDrawn) return undefined
      counts.drawn++
      this.#drawn = true
      return members[randomBelow(members.length)]
    }
  }

  #ask({ upstream }: Member): Ask {
    if (this.#asks.length >= MAX_OUT) this.#asks.shift()!.cancel()
    const ask = upstream.ask(this.#question, this.#overTcp, this.#whole, this)
    this.#asks.push(ask)
    return ask
  }

  #onTimer(): void {
    const now = performance.now() + 1
    const due = Math.min(this.#failsAt, this.#lateAt)
    if (now - due > STALLED && !this.#looked) {
      // What has arrived is read before the next timer.
      this.#looked = true
      this.#timer = setTimeout(() => this.#onTimer(), STALLED)
      return
    }
    this.#looked = false
    if (now >= this.#failsAt) this.#timedOut(now)
    else {
      if (now >= this.#lateAt) this.#hedge()
      this.#arm(now)
    }
  }

  #timedOut(now: number): void {
    if (this.#phase === 'pause') this.#tryOrEnd(now)
    else if (this.#phase === 'rest' || !this.#current) this.#giveUp()
    else this.#tryTimedOut(this.#current, now)
  }

  /** The current try had its time. It stays open: its answer is welcome as long as somebody waits. */
  #tryTimedOut({ upstream }: Ask, now: number): void {
    this.#memberOf(upstream).health.queryFailed()
    this.#error = new UpstreamError('i/o timeout', EDE.NO_REACHABLE_AUTHORITY, 'timed out').at(upstream.name)
    this.#failures++
    if (this.#mayTry(now)) this.#goOn(now)
    else this.#giveUp()
  }

  /** The current try is late: its upstream is looked at, and the question put a second time. */
  #hedge(): void {
    this.#lateAt = Number.POSITIVE_INFINITY
    const { hedges, hedgeElsewhere, counts } = this.#rules
    if (!this.#current || !hedges.take()) return
    const { upstream } = this.#current
    this.#memberOf(upstream).health.queryLate()
    const member = hedgeElsewhere ? this.#other() : this.#memberOf(upstream)
    // On one and the same connection a second try would only wait beside the first.
    if (!member || (member.upstream === upstream && (this.#overTcp || !upstream.udp))) return
    counts.hedged++
    this.#ask(member)
  }

  /** The next upstream in order that is up, without counting it as tried; the same again where it is the only one. */
  #other(): Member | undefined {
    const members = this.#members
    for (let i = 0; i < members.length; i++) {
      const member = members[(this.#at + i) % members.length]
      if (!member.health.down && (member.upstream !== this.#current?.upstream || members.length === 1)) return member
    }
    return members.find((member) => member.upstream === this.#current?.upstream)
  }

  #waitForRest(now: number): void {
    if (this.#asks.length > 0) this.#wait('rest', this.#rules.readTimeout, now)
    else this.#giveUp()
  }

  #wait(phase: 'pause' | 'rest', duration: number, now: number): void {
    this.#phase = phase
    this.#failsAt = Math.min(now + duration, this.#deadline)
    this.#lateAt = Number.POSITIVE_INFINITY
    this.#arm(now)
  }

  #arm(now = performance.now()): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#onTimer(), Math.max(1, Math.min(this.#failsAt, this.#lateAt) - now))
  }

  #forget(ask: Ask): void {
    const at = this.#asks.indexOf(ask)
    if (at >= 0) this.#asks.splice(at, 1)
  }

  #memberOf(upstream: Upstream): Member {
    return this.#members.find((member) => member.upstream === upstream)!
  }

  #giveUp(): void {
    // One that came cut short is better than nothing: `expire` hands it over.
    for (const ask of [...this.#asks]) ask.expire()
    if (this.#finished) return
    if (this.#poor) this.#finish(this.#poor.message, this.#poor.from)
    else this.#finish(this.#error ?? new UpstreamError('no upstream is healthy', EDE.NO_REACHABLE_AUTHORITY), undefined)
  }

  #finish(result: Message | UpstreamError, from: Upstream | undefined): void {
    if (this.#finished) return
    this.#finished = true
    if (this.#drawn) this.#rules.counts.drawn--
    clearTimeout(this.#timer)
    for (const ask of this.#asks) ask.cancel()
    this.#asks = []
    this.#done(result, from)
  }
}

function hedgeDelay({ roundTrip }: Upstream): number {
  const timeout = roundTrip.timeout
  return timeout === undefined ? HEDGE_UNKNOWN : Math.min(Math.max(timeout, HEDGE_MIN), HEDGE_MAX)
}
