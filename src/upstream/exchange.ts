import { EDE } from '../dns/edns.ts'
import type { Message } from '../dns/message.ts'
import { UpstreamError } from './error.ts'
import type { Question } from './question.ts'
import type { Upstream } from './upstream.ts'

export interface ExchangeOptions {
  /** Milliseconds. */
  readonly timeout: number
  readonly overTcp?: boolean
  /** Fetch an answer cut short over UDP again over TCP; true where left out. */
  readonly whole?: boolean
}

/** Asks once and waits for the answer. Rejects with an UpstreamError. */
export function exchange(upstream: Upstream, question: Question, options: ExchangeOptions): Promise<Message> {
  const { timeout, overTcp = false, whole = true } = options
  return new Promise((resolve, reject) => {
    const late = (): void => {
      ask.expire()
      reject(new UpstreamError('timed out', EDE.NO_REACHABLE_AUTHORITY).at(upstream.name))
    }
    const timer = setTimeout(late, timeout)
    const ask = upstream.ask(question, overTcp, whole, {
      answered(message) {
        clearTimeout(timer)
        resolve(message)
      },
      failed(error, { truncated }) {
        clearTimeout(timer)
        if (truncated) resolve(truncated)
        else reject(error.at(upstream.name))
      },
    })
  })
}
