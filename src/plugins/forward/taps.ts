import type { UpstreamExchange, UpstreamTap } from '../../capabilities.ts'
import type { Query } from '../../query.ts'
import type { Ask, Waiter } from '../../upstream/ask.ts'
import { UpstreamUsed } from './hints.ts'

/** Tells the block's taps of each message that goes to an upstream for a query, and of each that comes. */
export function watchFor(
  query: Query,
  taps: readonly UpstreamTap[],
): Required<Pick<Waiter, 'sent' | 'received'>> | undefined {
  if (taps.length === 0) return undefined
  return {
    sent(ask) {
      // What a tap adds to its messages may be the upstream's name.
      query.hint(UpstreamUsed, ask.upstream.name)
      for (const tap of taps) tap.asked(query, exchangeOf(ask))
    },
    received(ask, message) {
      for (const tap of taps) tap.answered(query, exchangeOf(ask), message)
    },
  }
}

function exchangeOf({ upstream, transport, local, wire, since }: Ask): UpstreamExchange {
  const { host: address, port } = upstream.address
  return { address, port, transport, local, message: wire, since }
}
