import { addressText } from '../address.ts'
import { CLASS, FLAG, TYPE } from '../dns/constants.ts'
import { type Name, parseName } from '../dns/name.ts'
import { reasonOf } from '../reason.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { UpstreamError } from './error.ts'
import { exchange } from './exchange.ts'
import { Upstream } from './upstream.ts'

const TIMEOUT = 2000

/** The addresses of a host, IPv4 first, from the first of these servers that has any. Rejects with an UpstreamError. */
export async function lookupHost(
  host: string,
  servers: readonly { readonly host: string; readonly port: number }[],
  runtime: Runtime,
): Promise<readonly string[]> {
  let reason = ''
  for (const server of servers) {
    const upstream = new Upstream({ transport: 'dns', ...server, path: '' }, runtime)
    try {
      const found = await Promise.allSettled(
        [TYPE.A, TYPE.AAAA].map((type) => addresses(upstream, parseName(host), type)),
      )
      const known = found.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
      if (known.length > 0) return known
      for (const result of found) if (result.status === 'rejected') reason = `: ${reasonOf(result.reason)}`
    } finally {
      upstream.close()
    }
  }
  throw new UpstreamError(`no addresses found for "${host}"${reason}`)
}

async function addresses(upstream: Upstream, name: Name, type: number): Promise<string[]> {
  const question = { name, type, class: CLASS.IN, flags: FLAG.RD, dnssecOk: false, options: [] }
  const { answer } = await exchange(upstream, question, { timeout: TIMEOUT })
  return answer.filter((set) => set.type === type).flatMap((set) => set.rdata().map(addressText))
}
