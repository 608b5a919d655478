import { Bind } from '../../capabilities.ts'
import type { Use } from '../../corefile/spec.ts'
import type { Block } from '../../plugin.ts'

/** All addresses of a machine. */
const EVERYWHERE: ReadonlySet<string> = new Set(['0.0.0.0', '::'])
/** What can say for whom a block is there. */
const GUARDS: ReadonlySet<string> = new Set(['acl', 'view', 'firewall'])

/** A resolver for everybody serves attacks on others before long (RFC 5358): whoever opens one should know. */
export function warnIfOpen(use: Use, block: Block): void {
  if (block.runtime.name === 'workers' || block.plugins.some(({ name }) => GUARDS.has(name))) return
  const open = block.all(Bind).flatMap(({ addresses }) => addresses.filter((address) => EVERYWHERE.has(address)))
  if (open.length > 0)
    block.warn(
      `forward: with bind ${open.join(' ')} everybody who reaches this machine can use it: say by acl who may`,
      use.at,
    )
}
