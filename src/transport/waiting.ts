import type { OpenConnection } from './connections.ts'
import type { StreamLimits } from './limits.ts'

/** A connection from which nothing has come yet that we could answer. */
export class Waiting implements OpenConnection {
  readonly idleSince: number = performance.now()
  readonly #socket: { destroy(): unknown }
  readonly #host: { readonly limits: StreamLimits }

  constructor(socket: { destroy(): unknown }, host: { readonly limits: StreamLimits }) {
    this.#socket = socket
    this.#host = host
  }

  check(now: number): void {
    if (now - this.idleSince > this.#host.limits.readTimeout) this.destroy()
  }

  close(): void {
    this.destroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
