import { EDE } from '../dns/edns.ts'
import { FrameReader, frames } from '../dns/framing.ts'
import { u16 } from '../dns/header.ts'
import type { Connection, LocalEnd } from '../runtime/runtime.ts'
import { UpstreamError, upstreamError } from './error.ts'

import { answersQuery } from './match.ts'
import type { Carrier, Receiver, UpstreamCounts } from './receiver.ts'
import { Waiting } from './waiting.ts'

/** Why a stream lost its queries; `reused` tells that it had answered before, so that asking again is worth it. */
export class StreamClosed extends UpstreamError {
  readonly reused: boolean

  constructor(message: string, reused: boolean) {
    super(message, EDE.NETWORK_ERROR)
    this.reused = reused
  }
}

/**
 * One TCP or TLS connection to an upstream. Queries follow each other without waiting (RFC 7766 §6.2.1.1), answers come in
 * any order (§7) and are told apart by their ids.
 */
export class Stream implements Carrier {
  readonly opened = performance.now()
  /** When the last answer came or the last query went. */
  lastUse = this.opened
  onIdle: ((stream: Stream) => void) | undefined
  readonly #waiting = new Waiting()
  readonly #counts: UpstreamCounts
  readonly #reader = new FrameReader()
  #connection: Connection | undefined
  #backlog: Uint8Array[] = []
  /** 0 before the first. */
  #lastAnswer = 0
  #closed = false
  #retired = false

  constructor(opening: Promise<Connection>, counts: UpstreamCounts) {
    this.#counts = counts
    opening.then(
      (connection) => this.#connected(connection),
      (reason) => this.#fail(upstreamError(reason, 'no connection')),
    )
  }

  get local(): LocalEnd | undefined {
    return this.#connection?.local
  }

  get waiting(): number {
    return this.#waiting.size
  }

  get usable(): boolean {
    return !this.#closed && !this.#retired
  }

  send(receiver: Receiver): number {
    this.#waiting.add(receiver)
    this.lastUse = performance.now()
    if (this.#backlog.length === 0 && this.#connection) queueMicrotask(() => this.#flush())
    this.#backlog.push(receiver.wire)
    return receiver.id
  }

  forget(id: number): void {
    if (this.#waiting.delete(id) && this.#waiting.size === 0) this.#idle()
  }

  /** Nothing at all came since: the connection may be dead without telling, so it takes no more queries. */
  expire(_id: number, since: number): void {
    if (this.#lastAnswer < since) this.#retired = true
  }

  /** Takes no more queries; closes when nothing waits any more. */
  retire(): void {
    this.#retired = true
    if (this.#waiting.size === 0) this.close()
  }

  close(): void {
    this.#closed = true
    this.#connection?.close()
    this.#connection = undefined
  }

  #connected(connection: Connection): void {
    if (this.#closed) {
      connection.close()
      return
    }
    this.#connection = connection
    connection.onData((bytes) => this.#data(bytes))
    connection.onClose((reason) =>
      this.#fail(new StreamClosed(`connection closed${reason ? `: ${reason.message}` : ''}`, this.#lastAnswer > 0)),
    )
    this.#flush()
  }

  /** All queries of one turn of the event loop leave in one write (RFC 7766 §8: length and message together). */
  #flush(): void {
    const backlog = this.#backlog
    this.#backlog = []
    if (backlog.length > 0) this.#connection?.write(frames(backlog))
  }

  #data(bytes: Uint8Array): void {
    const reader = this.#reader
    reader.push(bytes)
    for (let message = reader.next(); message; message = reader.next()) this.#message(message)
    if (reader.broken) this.#fail(new UpstreamError('answer is shorter than a header', EDE.INVALID_DATA))
  }

  #message(message: Uint8Array): void {
    const id = u16(message, 0)
    const receiver = this.#waiting.get(id)
    if (!receiver || !answersQuery(message, receiver.wire)) {
      if (receiver) this.#counts.mismatched++
      else this.#counts.unwanted++
      return
    }
    this.#lastAnswer = performance.now()
    this.lastUse = this.#lastAnswer
    this.#waiting.delete(id)
    receiver.received(message)
    if (this.#waiting.size === 0) this.#idle()
  }

  #idle(): void {
    if (this.#retired) this.close()
    else this.onIdle?.(this)
  }

  #fail(error: UpstreamError): void {
    if (this.#closed && this.#waiting.size === 0) return
    this.close()
    for (const receiver of this.#waiting.drain()) receiver.broke(error)
  }
}
