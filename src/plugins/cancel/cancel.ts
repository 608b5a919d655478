import { RCODE } from '../../dns/constants.ts'
import { EDE } from '../../dns/edns.ts'
import { Cancelled } from '../../hints.ts'
import type { Handler, Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import { Reply } from '../../reply.ts'

/** Answers SERVFAIL in place of a chain that takes too long, and tells the chain that nobody waits any more. */
export class Cancel implements Plugin {
  readonly name = 'cancel'
  readonly #timeout: number
  readonly #late: Reply

  /** `timeout` in milliseconds; `reason` is for the client. */
  constructor(timeout: number, reason: string) {
    this.#timeout = timeout
    this.#late = new Reply({ rcode: RCODE.SERVFAIL }).withError(EDE.OTHER, reason)
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    let controller: AbortController | undefined
    query.hint(Cancelled, () => {
      controller = new AbortController()
      return controller.signal
    })
    const reply = next(query)
    if (!(reply instanceof Promise)) return reply
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        resolve(this.#late)
        controller?.abort()
      }, this.#timeout)
      reply.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }
}
