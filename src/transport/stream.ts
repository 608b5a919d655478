import { FrameReader, frames, MAX_MESSAGE } from '../dns/framing.ts'
import type { Peer } from '../query.ts'
import type { Answers } from '../send.ts'
import { LINGER, type OpenConnection, QUIET } from './connections.ts'
import type { DnsServer } from './dnsserver.ts'
import { Fetching } from './fetching.ts'
import type { StreamLimits } from './limits.ts'
import { inTurn } from './turns.ts'

/** What a connection needs of a socket. */
export interface OctetStream {
  /** Octets written that the system has not taken yet. */
  readonly writableLength: number
  /** False: `drained` tells when it is time for more. */
  write(octets: Uint8Array): unknown
  pause(): unknown
  resume(): unknown
  end(): unknown
  destroy(): unknown
}

/** What all connections of a listener share; a reload changes it. */
export interface StreamHost {
  server: DnsServer
  limits: StreamLimits
}

/** Reading stops at so many queries without an answer, or so many octets of replies that the client does not fetch. */
const MAX_IN_FLIGHT = 128
const MAX_UNSENT = 131_072

/** Where frames are put together that the system takes at once, as it nearly always does: room made for each would be garbage. */
const ROOM = 16_384
let room = new Uint8Array(ROOM)

/**
 * DNS over a stream (RFC 7766): messages in frames, answered as they get ready, in whatever order. `open` reads queries;
 * `closing` reads no more and waits for the answers in flight; `ended` waits for the client to end its side.
 */
export class StreamConnection implements OpenConnection {
  readonly #stream: OctetStream
  readonly #peer: Peer
  readonly #host: StreamHost
  readonly #frames = new FrameReader()
  #state: 'open' | 'closing' | 'ended' | 'closed' = 'open'
  #inFlight = 0
  /** Answers of several messages: one after another, and none faster than the client takes it. */
  readonly #sequences: Iterator<Uint8Array>[] = []
  #isScheduled = false
  #served = 0
  #paused = false
  /** Replies that are about to be written together, and their octets. */
  #outbox: Uint8Array[] = []
  #held = 0
  /** Someone will flush: the one who reads, or a task that waits for it. */
  #isFlushDue = false
  #inputEnded = false
  /** When the last message came or went. */
  #activeAt = performance.now()
  /** When the message now half here began to arrive; 0 where there is none. */
  #frameAt = 0
  readonly #fetching = new Fetching()
  /** When the listener asked for the end. */
  #closingAt = 0

  constructor(stream: OctetStream, peer: Peer, host: StreamHost) {
    this.#stream = stream
    this.#peer = peer
    this.#host = host
  }

  /** Half a message is no work: whoever sends one octet would hold a place with it. Nor is what the client does not fetch. */
  get idleSince(): number | undefined {
    const unsent = this.#stream.writableLength
    if (unsent > 0 && this.#fetching.stuckSince > 0) return this.#fetching.stuckSince
    if (this.#inFlight > 0 || this.#held + unsent > 0) return undefined
    return this.#frameAt || this.#activeAt
  }

  /** Octets arrived. */
  received(octets: Uint8Array): void {
    if (this.#state !== 'open') return
    const served = this.#served
    this.#frames.push(octets)
    // What is answered at once leaves together. TLS brings each record by itself, so there that is at the end of the turn.
    const isWhole = this.#peer.transport === 'tcp'
    if (isWhole) this.#isFlushDue = true
    this.#work()
    this.#endWhenLast()
    if (isWhole) this.#flush()
    // Each message has the read timeout to itself; octets that trickle in do not prolong it.
    if (!this.#frames.partial) this.#frameAt = 0
    else if (this.#frameAt === 0 || this.#served !== served) this.#frameAt = performance.now()
  }

  /** The client sends no more; what it asked is still answered (RFC 7766 §6.2.4 lets it close as it likes). */
  inputEnded(): void {
    this.#inputEnded = true
    if (this.#state === 'ended') this.#stream.destroy()
    else this.#work()
  }

  /** The system took all that was written. */
  drained(): void {
    if (this.#sequences.length > 0) this.#schedule()
    this.#work()
  }

  closed(): void {
    this.#state = 'closed'
    for (const sequence of this.#sequences.splice(0)) sequence.return?.()
  }

  #work(): void {
    this.#activeAt = performance.now()
    while (this.#state === 'open' && this.#hasRoom()) {
      const message = this.#frames.next()
      if (message) this.#ask(message)
      else if (this.#frames.broken || this.#inputEnded) this.#finish()
      else break
    }
    this.#flow()
  }

  /** The system may take at once what is held: then nobody tells that there is room. */
  #hasRoom(): boolean {
    if (this.#isStalled()) this.#flush()
    return !this.#isStalled()
  }

  #isStalled(): boolean {
    return this.#inFlight >= MAX_IN_FLIGHT || this.#stream.writableLength + this.#held >= MAX_UNSENT
  }

  /** Stops or restarts reading. */
  #flow(): void {
    if (this.#state === 'closed') return
    const shouldPause = this.#state === 'open' && this.#isStalled()
    if (shouldPause === this.#paused) return
    this.#paused = shouldPause
    if (shouldPause) {
      this.#stream.pause()
      return
    }
    if (this.#frameAt > 0) this.#frameAt = performance.now()
    this.#stream.resume()
  }

  #ask(message: Uint8Array): void {
    this.#served++
    let reply: Answers | Promise<Answers>
    try {
      reply = this.#host.server.answers(message, this.#peer)
    } catch {
      reply = undefined
    }
    if (reply instanceof Promise) {
      this.#inFlight++
      reply.then(this.#answered, this.#failed)
    } else {
      this.#send(reply)
    }
    if (this.#served >= this.#host.limits.maxTcpQueries) this.#finish()
  }

  // Bound once, so that a query makes no closure.
  readonly #answered = (reply: Answers): void => {
    this.#inFlight--
    this.#send(reply)
    this.#afterAnswer()
  }

  readonly #failed = (): void => this.#answered(undefined)

  #afterAnswer(): void {
    if (this.#state === 'closing') this.#endWhenDone()
    else if (this.#paused) this.#work()
    this.#endWhenLast()
  }

  /** Sends a reply. A dropped one costs the connection. */
  #send(reply: Answers): void {
    if (this.#state === 'ended' || this.#state === 'closed') return
    if (reply instanceof Uint8Array && reply.length <= MAX_MESSAGE) {
      this.#write(reply)
    } else if (reply && !(reply instanceof Uint8Array)) {
      this.#inFlight++
      if (this.#sequences.push(reply[Symbol.iterator]()) === 1) this.#pump()
    } else this.#finish()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    inTurn(this.#goOn)
  }

  readonly #goOn = (): void => {
    this.#isScheduled = false
    if (this.#sequences.length > 0) this.#pump()
    this.#afterAnswer()
  }

  /** Writes the next message of a sequence. Half a sequence is useless, so a failure ends everything. */
  #pump(): void {
    try {
      const { done, value } = this.#sequences[0].next()
      if (done) {
        this.#sequences.shift()
        this.#inFlight--
      }
      if (!done) this.#write(value)
      const hasRoom = this.#flush()
      if (hasRoom && this.#sequences.length > 0) this.#schedule()
    } catch {
      this.closed()
      this.destroy()
    }
  }

  /** Writes a message, together with others of this moment. */
  #write(message: Uint8Array): void {
    if (!this.#isFlushDue) {
      this.#isFlushDue = true
      if (this.#peer.transport === 'tcp') queueMicrotask(this.#flush)
      else setImmediate(this.#flush)
    }
    this.#outbox.push(message)
    this.#held += 2 + message.length
  }

  /** False: that is enough for now, and `drained` tells when there is room. */
  readonly #flush = (): boolean => {
    this.#isFlushDue = false
    if (this.#held === 0 || this.#state === 'closed') return true
    // TLS takes everything late.
    const octets = frames(this.#outbox, this.#peer.transport === 'tcp' ? room : undefined)
    this.#outbox.length = 0
    this.#held = 0
    this.#fetching.written += octets.length
    this.#activeAt = performance.now()
    const hasRoom = this.#stream.write(octets) !== false
    // What the system has not taken is the stream's.
    if (this.#stream.writableLength > 0 && octets.buffer === room.buffer) room = new Uint8Array(ROOM)
    return hasRoom
  }

  /**
   * What is on its way is still answered, and the end goes out with an answer, so that the client hears of it before it asks on: DNS
   * has no other word for it.
   */
  close(): void {
    this.#closingAt ||= performance.now()
  }

  #endWhenLast(): void {
    if (this.#closingAt === 0 || this.#inFlight > 0 || this.#paused || this.#frames.partial) return
    if (performance.now() - this.#closingAt > QUIET) this.#finish()
  }

  /** Reads no more. */
  #finish(): void {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#endWhenDone()
  }

  #endWhenDone(): void {
    if (this.#inFlight > 0) return
    this.#flush()
    this.#state = 'ended'
    this.#activeAt = performance.now()
    this.#stream.end()
    // What still comes is thrown away, but must be read for the client's end to be seen.
    this.#paused = false
    this.#stream.resume()
  }

  destroy(): void {
    this.#stream.destroy()
  }

  check(now: number): void {
    const { readTimeout, writeTimeout } = this.#host.limits
    // Some clients never stop to ask.
    if (this.#closingAt > 0 && now - this.#closingAt > LINGER) this.#finish()
    if (this.#fetching.look(now, this.#stream.writableLength) > writeTimeout) this.destroy()
    else if (this.#stream.writableLength > 0) return
    else if (this.#state === 'ended') {
      if (now - this.#activeAt > LINGER) this.destroy()
    } else if (this.#frameAt > 0) {
      if (!this.#paused && now - this.#frameAt > readTimeout) this.destroy()
    } else if (this.#inFlight === 0 && now - this.#activeAt > this.#patience()) {
      this.#finish()
    }
  }

  /** How long there may be nothing to do. */
  #patience(): number {
    const { readTimeout, idleTimeout } = this.#host.limits
    if (this.#closingAt > 0) return QUIET
    return this.#served === 0 ? readTimeout : idleTimeout
  }
}
