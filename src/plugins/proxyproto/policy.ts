import { type Cidr, parseAddress } from '../../address.ts'
import type { ProxyPolicy } from '../../capabilities.ts'

/** Addresses that are remembered, so that not every datagram's is parsed. */
const MOST = 1024

/** What to do with headers from an address: those of `allowed` proxies are used, for others there is `others`. */
export function policyByAddress(allowed: readonly Cidr[], others: ProxyPolicy): (address: string) => ProxyPolicy {
  if (allowed.length === 0) return () => others
  const known = new Map<string, ProxyPolicy>()
  return (text) => {
    const there = known.get(text)
    if (there) return there
    const address = parseAddress(text.split('%')[0])
    const policy = address && allowed.some((network) => network.contains(address)) ? 'use' : others
    if (known.size >= MOST) known.clear()
    known.set(text, policy)
    return policy
  }
}
