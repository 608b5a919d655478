import type { Position } from '../../corefile/error.ts'
import type { Use } from '../../corefile/spec.ts'
import type { Block } from '../../plugin.ts'
import type { UpstreamAddress } from '../../upstream/address.ts'
import { reachFromWorker } from '../../upstream/workerreach.ts'

/** `connect()` refuses it, so that Workers send no mail. */
const SMTP = 25

/** Properties that a Worker cannot heed, and why. */
const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  expire: 'connections end with the request that opened them',
  max_age: 'connections end with the request that opened them',
  max_idle_conns: 'connections end with the request that opened them',
  prefer_udp: 'a Worker has no UDP',
  source_address: 'the platform chooses the address',
}

/** Says at build time what a Worker cannot reach. */
export function checkForWorkers(address: UpstreamAddress, at: Position, block: Block): void {
  if (block.runtime.name !== 'workers') return
  const { host, transport, serverName, port } = address
  if (transport === 'https') warnOfPrivate(host, at, block)
  else {
    // The platform compares certificates with the name connected to, so that the server name goes before the address.
    const target = serverName ?? host
    if (reachFromWorker(host) === 'cloudflare' || reachFromWorker(target) === 'cloudflare')
      throw block.error(
        `forward: a Worker cannot connect to Cloudflare's own addresses: use https://${host}, got "${host}"`,
        at,
      )
    if (port === SMTP) throw block.error(`forward: a Worker cannot connect to port ${SMTP}`, at)
    warnOfPrivate(target, at, block)
  }
}

function warnOfPrivate(host: string, at: Position, block: Block): void {
  if (reachFromWorker(host) === 'private')
    block.warn(`forward: a deployed Worker cannot reach private and local addresses, got "${host}"`, at)
}

/** Warns of properties that do nothing at the edge. */
export function warnOfProperties(use: Use, files: readonly string[], block: Block): void {
  if (block.runtime.name !== 'workers') return
  for (const [name, why] of Object.entries(WITHOUT_EFFECT)) {
    const property = use.get(name)
    if (property) block.warn(`forward: ${name}: has no effect here: ${why}`, property.at)
  }
  if (files.length > 0)
    block.warn(
      "forward: tls: its files have no effect here: the platform knows the public authorities only, and shows no clients' certificates",
      use.get('tls')!.at,
    )
}
