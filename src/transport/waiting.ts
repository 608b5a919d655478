import { type OpenConnection, QUIET } from './connections.ts'
import type { StreamLimits } from './limits.ts'

/** A connection from which nothing has come yet that we could answer. */
export class Waiting implements OpenConnection {
  readonly idleSince: number = performance.now()
  readonly #socket: { destroy(): unknown }
  readonly #host: { readonly limits: StreamLimits }
  #closingAt = Number.POSITIVE_INFINITY

  constructor(socket: { destroy(): unknown }, host: { readonly limits: StreamLimits }) {
    this.#socket = socket
    this.#host = host
  }

  check(now: number): void {
    if (now - this.idleSince > this.#host.limits.readTimeout || now - this.#closingAt > QUIET) this.destroy()
  }

  /** Whoever has connected may be about to ask: then that is still answered. */
  close(): void {
    this.#closingAt = performance.now()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
