import type { Position } from '../../corefile/error.ts'
import type { Block } from '../../plugin.ts'
import type { UpstreamAddress } from '../../upstream/address.ts'
import { reachFromWorker } from '../../upstream/workerreach.ts'

/** Says at build time what a Worker cannot reach. */
export function checkForWorkers(address: UpstreamAddress, at: Position, block: Block): void {
  if (block.runtime.name !== 'workers') return
  const { host, transport } = address
  const reach = reachFromWorker(host)
  if (transport !== 'https' && reach === 'cloudflare')
    throw block.error(
      `forward: a Worker cannot connect to Cloudflare's own addresses: use https://${host}, got "${host}"`,
      at,
    )
  if (reach === 'private')
    block.warn(`forward: a deployed Worker cannot reach private and local addresses, got "${host}"`, at)
}
