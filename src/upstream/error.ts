import { EDE } from '../dns/edns.ts'
import { reasonOf } from '../reason.ts'

/** No usable answer came from an upstream. A server answers SERVFAIL with the extended error (RFC 8914). */
export class UpstreamError extends Error {
  readonly code = 'UPSTREAM'
  override name = 'UpstreamError'
  /** INFO-CODE of RFC 8914: 22, no reachable authority; 23, network error; 24, invalid data … */
  readonly ede: number
  /** What clients may know: the message without the upstream's address. */
  readonly summary: string

  constructor(message: string, ede: number = EDE.NETWORK_ERROR, summary = message) {
    super(message)
    this.ede = ede
    this.summary = summary
  }

  /** The same, with the upstream that it happened with in the message. */
  at(upstream: string): UpstreamError {
    return new UpstreamError(`${upstream}: ${this.message}`, this.ede, this.summary)
  }
}

/** The error as one of ours; its text becomes the reason. */
export function upstreamError(reason: unknown, what: string): UpstreamError {
  if (reason instanceof UpstreamError) return reason
  const text = reasonOf(reason)
  return new UpstreamError(text ? `${what}: ${text}` : what)
}
