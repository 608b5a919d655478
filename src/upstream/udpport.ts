import { u16 } from '../dns/header.ts'
import type { DatagramSocket, LocalEnd } from '../runtime/runtime.ts'
import { type UpstreamError, upstreamError } from './error.ts'
import { answersQuery } from './match.ts'
import type { Carrier, Receiver, UpstreamCounts } from './receiver.ts'
import { Waiting } from './waiting.ts'

/** Queries that may wait on one port; ids stay hard to guess while most are free. */
export const MAX_WAITING = 4096

/** One local port connected to an upstream, shared by the queries that wait on it under ids of their own. */
export class UdpPort implements Carrier {
  /** Queries sent since it was opened; and messages that answered none of them. */
  uses = 0
  unwanted = 0
  readonly #waiting = new Waiting()
  readonly #counts: UpstreamCounts
  #socket: DatagramSocket | undefined
  /** What is to be sent once the socket is open; undefined afterwards. */
  #backlog: Uint8Array[] | undefined = []
  #retired = false
  #closed = false

  constructor(opening: Promise<DatagramSocket>, counts: UpstreamCounts) {
    this.#counts = counts
    opening.then(
      (socket) => this.#opened(socket),
      (reason) => this.#fail(upstreamError(reason, 'no socket')),
    )
  }

  get local(): LocalEnd | undefined {
    return this.#socket?.local
  }

  get waiting(): number {
    return this.#waiting.size
  }

  /** False once the socket broke or was given up: nothing may be sent any more. */
  get usable(): boolean {
    return !this.#retired && !this.#closed
  }

  /** Sends a query under a free random id, which is returned. */
  send(receiver: Receiver): number {
    this.#waiting.add(receiver)
    this.uses++
    const { wire } = receiver
    if (this.#backlog) this.#backlog.push(wire)
    else this.#socket?.send(wire)
    return receiver.id
  }

  forget(id: number): void {
    this.#waiting.delete(id)
    if (this.#retired && this.#waiting.size === 0) this.close()
  }

  /** Closes as soon as nothing waits any more. */
  retire(): void {
    this.#retired = true
    if (this.#waiting.size === 0) this.close()
  }

  close(): void {
    this.#closed = true
    this.#backlog = undefined
    this.#socket?.close()
    this.#socket = undefined
  }

  #opened(socket: DatagramSocket): void {
    if (this.#closed) {
      socket.close()
      return
    }
    this.#socket = socket
    socket.onMessage((message) => this.#received(message))
    socket.onError((reason) => this.#fail(upstreamError(reason, 'socket error')))
    const backlog = this.#backlog ?? []
    this.#backlog = undefined
    for (const wire of backlog) socket.send(wire)
  }

  #received(message: Uint8Array): void {
    const id = message.length < 2 ? -1 : u16(message, 0)
    const receiver = this.#waiting.get(id)
    if (!receiver || !answersQuery(message, receiver.wire)) {
      // Somebody guesses, or an answer is late: whoever waits goes on waiting (RFC 5452 §9.1).
      this.unwanted++
      if (receiver) this.#counts.mismatched++
      else this.#counts.unwanted++
      return
    }
    this.forget(id)
    receiver.received(message)
  }

  /** A connected socket reports that the port is closed or the host out of reach, which is true for all that wait. */
  #fail(error: UpstreamError): void {
    this.close()
    for (const receiver of this.#waiting.drain()) receiver.broke(error)
  }
}
