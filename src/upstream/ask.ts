import { FLAG, RCODE } from '../dns/constants.ts'
import { EDE } from '../dns/edns.ts'
import { HEADER, u16 } from '../dns/header.ts'
import { type Message, readMessage } from '../dns/message.ts'
import type { Transport } from '../query.ts'
import { reasonOf } from '../reason.ts'
import type { LocalEnd } from '../runtime/runtime.ts'
import { wallclock } from '../wallclock.ts'
import { UpstreamError } from './error.ts'
import { type Question, questionWire } from './question.ts'
import type { Carrier, Receiver } from './receiver.ts'
import { StreamClosed } from './stream.ts'
import type { Upstream } from './upstream.ts'

/** Who asked. Exactly one of the two is called, once, and not before `ask` has returned, unless the ask is cancelled. */
export interface Waiter {
  answered(message: Message, ask: Ask): void
  failed(error: UpstreamError, ask: Ask): void
  /** The query leaves, once more where the first answer was of no use; and what came for it. */
  sent?(ask: Ask): void
  received?(ask: Ask, message: Uint8Array): void
}

/**
 * One question put to one upstream: over UDP, then over TCP where the answer was cut short; again on a new connection where
 * an old one closed under it; again without EDNS where the upstream does not know that.
 */
export class Ask implements Receiver {
  readonly upstream: Upstream
  wire: Uint8Array
  readonly #question: Question
  #whole: boolean
  readonly #waiter: Waiter
  readonly #started = performance.now()
  /** What carries the query now, and since when: milliseconds since 1970, where somebody wants to know. */
  transport: Transport = 'udp'
  since = 0
  /** How long the answer took; milliseconds. */
  elapsed = 0
  #carrier: Carrier | undefined
  id = 0
  nextWaiting: Receiver | undefined
  #overUdp = false
  #retried = false
  #age = 0
  /** The answer that came cut short, in case the whole one is not to be had. */
  truncated: Message | undefined
  #withEdns: boolean
  #triedPlain = false

  constructor(upstream: Upstream, question: Question, whole: boolean, waiter: Waiter) {
    this.upstream = upstream
    this.#question = question
    this.#whole = whole
    this.#waiter = waiter
    this.#withEdns = upstream.knowsEdns
    this.wire = questionWire(question, this.#withEdns, upstream.isEncrypted)
  }

  start(overTcp: boolean): void {
    const { upstream } = this
    upstream.counts.sent++
    if (upstream.doh) {
      this.transport = 'https'
      this.#carrier = upstream.doh
      this.id = upstream.doh.send(this, (seconds) => {
        this.#age = seconds
      })
      this.#tellSent()
    } else if (upstream.udp && !overTcp) {
      const port = upstream.udp.pick()
      this.#overUdp = true
      this.transport = 'udp'
      this.#carrier = port
      this.id = port.send(this)
      this.#tellSent()
    } else this.#startStream(false)
  }

  /** Somebody waits now who can take the whole answer. */
  wantWhole(): void {
    this.#whole = true
  }

  /** Nobody waits any more. */
  cancel(): void {
    this.#carrier?.forget(this.id)
    this.#carrier = undefined
  }

  /** No answer within the time allowed: as `cancel`, but the connection may be at fault. An answer cut short is passed on. */
  expire(): void {
    this.upstream.counts.timeouts++
    this.#carrier?.expire?.(this.id, this.#started)
    this.cancel()
    if (this.truncated) this.#answer(this.truncated)
  }

  received(bytes: Uint8Array): void {
    this.#waiter.received?.(this, bytes)
    const isCut = this.#overUdp && (u16(bytes, 2) & FLAG.TC) !== 0
    const message = isCut ? readCut(bytes) : readAnswer(bytes)
    if (message instanceof UpstreamError) this.broke(message)
    else if (this.#withEdns && !message.edns && dislikesEdns(message)) this.#askWithoutEdns()
    else if (isCut && this.#whole) this.#askOverTcp(message)
    else this.#answer(message)
  }

  broke(error: UpstreamError): void {
    if (error instanceof StreamClosed && error.reused && !this.#retried) {
      // The upstream had the right to close an idle connection while the query was on its way (RFC 7766 §6.2.3).
      this.#retried = true
      this.#startStream(true)
    } else {
      this.upstream.counts.errors++
      this.#waiter.failed(error, this)
    }
  }

  #startStream(fresh: boolean): void {
    const stream = this.upstream.streams.pick(fresh)
    this.#overUdp = false
    this.transport = this.upstream.address.transport === 'tls' ? 'tls' : 'tcp'
    this.#carrier = stream
    this.id = stream.send(this)
    this.#tellSent()
  }

  /** From where the query goes, once that is known. */
  get local(): LocalEnd | undefined {
    return this.#carrier?.local
  }

  #tellSent(): void {
    if (!this.#waiter.sent) return
    this.since = wallclock()
    this.#waiter.sent(this)
  }

  #askOverTcp(truncated: Message): void {
    this.upstream.counts.truncated++
    this.truncated = truncated
    this.#startStream(false)
  }

  #askWithoutEdns(): void {
    this.#withEdns = false
    this.#triedPlain = true
    this.wire = questionWire(this.#question, false, false)
    this.start(!this.#overUdp)
  }

  #answer(message: Message): void {
    const { counts, roundTrip } = this.upstream
    if (this.#triedPlain && !dislikesEdns(message)) this.upstream.leaveOutEdns()
    counts.answered++
    this.elapsed = performance.now() - this.#started
    roundTrip.observe(this.elapsed)
    this.#waiter.answered(this.#age > 0 ? aged(message, this.#age) : message, this)
  }
}

function readAnswer(bytes: Uint8Array): Message | UpstreamError {
  try {
    return readMessage(bytes)
  } catch (error) {
    return new UpstreamError(`bad answer: ${reasonOf(error)}`, EDE.INVALID_DATA)
  }
}

/** What is in an answer cut short need not be whole records, and may be left out as well (RFC 2181 §9). */
function readCut(bytes: Uint8Array): Message {
  const message = readAnswer(bytes)
  if (!(message instanceof UpstreamError)) return message
  let at = HEADER
  // A bare FORMERR has no question.
  while (bytes[at]) at += bytes[at] + 1
  const head = bytes.slice(0, at + 5)
  head.fill(0, 6, HEADER)
  return readMessage(head)
}

/** Servers older than EDNS answer FORMERR, some NOTIMP (RFC 6891 §7). */
const dislikesEdns = ({ rcode }: Message): boolean => rcode === RCODE.FORMERR || rcode === RCODE.NOTIMP

/** The message after some time in an HTTP cache (RFC 8484 §5.1). */
function aged(message: Message, seconds: number): Message {
  const older = (sets: Message['answer']) => sets.map((set) => set.withTtl(Math.max(0, set.ttl - seconds)))
  const { answer, authority, additional } = message
  return { ...message, answer: older(answer), authority: older(authority), additional: older(additional) }
}
