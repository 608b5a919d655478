import { Complaint, optional, required, some, type ValueType } from '../../corefile/spec.ts'
import { durationWithin, ipAddress } from '../../corefile/values.ts'
import { isWithin } from '../../dns/name.ts'
import { definePlugin } from '../../plugin.ts'
import { RESOLVER_ARPA } from '../../resolverarpa.ts'
import { isAddress, parseUpstream } from '../../upstream/address.ts'
import { Ddr } from './ddr.ts'
import { type Endpoint, isHostName } from './endpoint.ts'
import { edgeEndpoints, ownEndpoints, unverifiable } from './own.ts'

const DEFAULT_TTL = 300
/** A week: clients must find out that a resolver has moved. */
const MAX_TTL = 604_800_000

const hostName: ValueType<string> = {
  label: 'name',
  parse(text) {
    const name = text.replace(/\.$/, '')
    if (!isHostName(name)) throw new Complaint('must be a host name, as the certificate has it')
    return name
  },
}

const endpoint: ValueType<Endpoint> = {
  label: 'endpoint',
  parse(text) {
    const address = parseUpstream(text)
    if (typeof address === 'string') throw new Complaint(address)
    const { transport, host, port, path, serverName } = address
    if (transport === 'dns') throw new Complaint('must begin with https:// or tls://')
    const name = serverName ?? host
    if (!isHostName(name)) throw new Complaint('needs a host name, as in https://192.0.2.1%dns.example')
    return { transport, name, port, path, addresses: isAddress(host) ? [host] : [] }
  },
}

/** `ddr [NAME]`: where clients find this resolver encrypted. */
export const plugin = definePlugin({
  name: 'ddr',
  directive: {
    args: [optional('name', hostName)],
    properties: {
      ttl: { args: [required('duration', durationWithin({ min: 1000, max: MAX_TTL }))] },
      hint: { args: [some('addresses', ipAddress)], repeat: true },
      designate: { args: [some('endpoints', endpoint)], repeat: true },
    },
    once: true,
  },
  setup([use], block) {
    if (!block.zones.some((zone) => isWithin(RESOLVER_ARPA, zone)))
      block.warn('ddr: is never asked: clients ask for _dns.resolver.arpa, which is in none of the zones', use.at)
    const hints = use.all('hint').flatMap(({ tokens }) => tokens.map(({ text }) => text))
    const settings = { name: use.args.name, hints }
    const designated = use.all('designate').flatMap(({ args }) => args.endpoints)
    const isEdge = block.runtime.name === 'workers'
    let own: readonly Endpoint[] | undefined
    const endpointsFor = (host: string | undefined): readonly Endpoint[] => {
      if (isEdge) return [...edgeEndpoints(host, settings), ...designated]
      own ??= ownEndpoints(block, settings)
      return [...own, ...designated]
    }
    const ttl = (use.get('ttl')?.args.duration ?? 1000 * DEFAULT_TTL) / 1000
    return new Ddr(
      Math.floor(ttl),
      ({ peer }) => endpointsFor(peer.host),
      () => {
        if (isEdge) return
        const { log } = block.runtime
        const why = 'no tls:// or https:// listener with the same zones has a certificate for a name'
        if (endpointsFor(undefined).length === 0) log.warn(`ddr: there is nothing to tell: ${why}`)
        const addresses = unverifiable(block)
        if (addresses.length > 0)
          log.warn(`ddr: a certificate is not for ${addresses.join(' and ')}: clients that ask there may not trust it`)
      },
    )
  },
})
