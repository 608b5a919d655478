import { type Cidr, parseCidr } from '../../address.ts'
import { Complaint, optional, required, type ValueType } from '../../corefile/spec.ts'
import { PerServer } from '../../metrics/perserver.ts'
import { definePlugin } from '../../plugin.ts'
import { Dns64 } from './dns64.ts'

/** RFC 6052 §2.1. */
const WELL_KNOWN = parseCidr('64:ff9b::/96')!

/** RFC 6052 §2.2 has these, and CoreDNS takes the octets between 64 and 96 as well. */
const nat64Prefix: ValueType<Cidr> = {
  label: 'prefix',
  parse(text) {
    const network = parseCidr(text)
    if (!network) throw new Complaint('must be a network such as 64:ff9b::/96')
    if (network.address.length !== 16) throw new Complaint('must be an IPv6 network')
    const { prefix } = network
    if (prefix % 8 !== 0 || prefix < 32 || prefix > 96) throw new Complaint('must have 32 to 96 bits, a multiple of 8')
    return network
  },
}

/** `dns64 [PREFIX]`: IPv6 addresses for names that have only others. */
export const plugin = definePlugin({
  name: 'dns64',
  directive: {
    args: [optional('prefix', nat64Prefix)],
    properties: {
      prefix: { args: [required('prefix', nat64Prefix)] },
      translate_all: { args: [] },
      allow_ipv4: { args: [] },
    },
    once: true,
  },
  setup([use], block) {
    const settings = {
      prefix: use.get('prefix')?.args.prefix ?? use.args.prefix ?? WELL_KNOWN,
      translateAll: use.has('translate_all'),
      allowIPv4: use.has('allow_ipv4'),
    }
    const name = 'coredns_dns64_requests_translated_total'
    const counters = block.metrics.counters(name, 'Queries answered with addresses made here.', ['server'])
    const translated = new PerServer((server) => counters.with(server))
    return new Dns64(settings, (query) => block.resolve(query), translated)
  },
})
