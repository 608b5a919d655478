import { addressText, isIPv4 } from '../../address.ts'
import { Sockets, ZoneChanged, Zones } from '../../capabilities.ts'
import { required, rest, some } from '../../corefile/spec.ts'
import { ipAddress, zone } from '../../corefile/values.ts'
import { type Block, definePlugin } from '../../plugin.ts'
import { Upstream } from '../../upstream/upstream.ts'
import { Notifier } from './notifier.ts'
import { type Receiver, receiver } from './receiver.ts'
import { Transfer } from './transfer.ts'

/** Milliseconds. */
const THREADS_DELAY = 250

/** `transfer [ZONES…] { to ADDRESS… }`: outgoing zone transfers. */
export const plugin = definePlugin({
  name: 'transfer',
  directive: {
    args: [rest('zones', zone)],
    properties: {
      to: { args: [some('addresses', receiver)], repeat: true },
      source: { args: [required('address', ipAddress)] },
    },
  },
  runtimes: { workers: 'ignored', why: 'a reply over HTTPS is one message, and there is no UDP to send notices with' },
  setup(uses, block) {
    const rules = uses.map((use) => {
      const zones = use.args.zones.length > 0 ? use.args.zones : block.zones
      const receivers = use.all('to').flatMap(({ args }) => args.addresses)
      if (receivers.length === 0) throw use.error('needs at least one "to"')
      return { zones, receivers, notifier: notifierOf(receivers, use.get('source')?.args.address, block) }
    })
    const transfer = new Transfer(rules, () => block.all(Zones), block.runtime.log)
    // Whoever is told comes to ask at once, and other threads have the zone a moment later.
    const delay = (block.find(Sockets) ?? 1) > 1 ? THREADS_DELAY : 0
    block.provide(ZoneChanged, (apex) => transfer.changed(apex, delay))
    return transfer
  },
})

/** `source` is where notices come from, to those that have an address of its family. */
function notifierOf(
  receivers: readonly Receiver[],
  source: Uint8Array | undefined,
  { runtime }: Block,
): Notifier | undefined {
  const addresses = receivers.map(({ notified }) => notified).filter((address) => address !== undefined)
  // Of several threads one tells.
  if (addresses.length === 0 || runtime.isFollower) return undefined
  const secondaries = addresses.map((address) => {
    const fits = source && isIPv4(source) !== address.host.includes(':')
    return new Upstream(address, runtime, fits ? { source: addressText(source) } : {})
  })
  return new Notifier(secondaries, runtime.log)
}
