import { Limits, type ProxyPolicy } from '../../capabilities.ts'
import { optional, required, rest, type ValueType } from '../../corefile/spec.ts'
import { cidr, duration, integer, oneOf } from '../../corefile/values.ts'
import { definePlugin } from '../../plugin.ts'
import { policyByAddress } from './policy.ts'

/** As many as CoreDNS. */
const MAX_SESSIONS = 10_240
const policies = oneOf(['use', 'ignore', 'reject', 'skip'])
/** In letters of either case, as CoreDNS takes it. */
const policy: ValueType<ProxyPolicy> = { ...policies, parse: (text) => policies.parse(text.toLowerCase()) }

/** `proxyproto`: clients' addresses from proxies that send them in front of queries and connections. */
export const plugin = definePlugin({
  name: 'proxyproto',
  directive: {
    args: [],
    properties: {
      allow: { args: [rest('networks', cidr)], repeat: true },
      default: { args: [required('policy', policy)], repeat: true },
      udp_session_tracking: {
        args: [required('duration', duration), optional('max_sessions', integer({ min: 1 }))],
        repeat: true,
      },
    },
    once: true,
  },
  runtimes: { workers: 'ignored', why: 'at the edge the platform names the clients' },
  setup([use], block) {
    const allowed = use.all('allow').flatMap(({ args }) => args.networks)
    const named = use.all('default').at(-1)?.args.policy
    // Without a list of proxies every one is trusted, unless a default says otherwise.
    const others: ProxyPolicy = named ?? (allowed.length > 0 ? 'ignore' : 'use')
    const tracking = use.all('udp_session_tracking').at(-1)?.args
    block.provide(Limits, {
      proxy: {
        policyOf: policyByAddress(allowed, others),
        sessionLifetime: tracking?.duration ?? 0,
        maxSessions: tracking?.max_sessions ?? MAX_SESSIONS,
      },
    })
    return { name: 'proxyproto' }
  },
})
