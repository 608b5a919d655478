import { Explains, type UpstreamTap, UpstreamTaps } from '../../capabilities.ts'
import { required, rest, some, type Use } from '../../corefile/spec.ts'
import {
  duration,
  durationWithin,
  fileName,
  hostPort,
  integer,
  ipAddress,
  oneOf,
  rcode,
  word,
  zone,
  zones,
} from '../../corefile/values.ts'
import { RCODE } from '../../dns/constants.ts'
import { ROOT } from '../../dns/name.ts'
import { Metadata, MetadataScope } from '../../metadata.ts'
import { type Block, definePlugin } from '../../plugin.ts'
import { isAddress, parseUpstream } from '../../upstream/address.ts'
import { Forward } from './forward.ts'
import { readHealth } from './healthcheck.ts'
import { UpstreamUsed } from './hints.ts'
import { Members } from './members.ts'
import { optionCode } from './optioncode.ts'
import { POLICIES } from './policy.ts'
import type { ForwardSettings } from './settings.ts'
import { checkForWorkers, warnOfProperties } from './workers.ts'

const MAX_UPSTREAMS = 15

const directive = {
  args: [required('from', zones), some('to', word)],
  properties: {
    except: { args: [some('zones', zone)], repeat: true },
    force_tcp: { args: [] },
    prefer_udp: { args: [] },
    expire: { args: [required('duration', duration)] },
    max_age: { args: [required('duration', duration)] },
    max_idle_conns: { args: [required('count', integer())] },
    read_timeout: { args: [required('duration', durationWithin({ min: 1 }))] },
    max_fails: { args: [required('count', integer({ max: 0xffff_ffff }))] },
    max_connect_attempts: { args: [required('count', integer({ max: 0xffff_ffff }))] },
    doh_method: { args: [required('method', oneOf(['GET', 'POST']))] },
    tls: { args: [rest('files', fileName)] },
    tls_servername: { args: [required('name', word)] },
    policy: { args: [required('policy', oneOf(POLICIES))] },
    health_check: { args: [required('interval', duration), rest('options', word)] },
    max_concurrent: { args: [required('count', integer())] },
    next: { args: [some('rcodes', rcode)], repeat: true },
    next_on_nodata: { args: [] },
    failfast_all_unhealthy_upstreams: { args: [] },
    failover: { args: [some('rcodes', rcode)], repeat: true },
    source_address: { args: [required('address', ipAddress)] },
    resolver: { args: [some('servers', hostPort(53))] },
    pass_options: { args: [some('options', optionCode)], repeat: true },
  },
} as const

type ForwardUse = Use<typeof directive>

/** `forward FROM TO… { … }`: sends queries to other servers. */
export const plugin = definePlugin({
  name: 'forward',
  part: 'answer',
  directive,
  setup(uses, block) {
    block.provide(Metadata, { name: 'forward/upstream', value: (query) => query.get(UpstreamUsed) ?? '' })
    const tracks = block.find(MetadataScope) ? { on: true } : block.shared(Explains, () => ({ on: false }))
    const taps = (): readonly UpstreamTap[] => block.all(UpstreamTaps)
    return uses.map((use, i) => {
      const settings = readSettings(use, block)
      warnOfProperties(use, settings.tls, block)
      const beforeForward = i < uses.length - 1
      return new Forward(
        settings,
        { beforeForward, mayShare: !block.runtime.perRequestIo, tracks, metrics: block.metrics, taps },
        new Members(settings, use, block),
      )
    })
  },
})

function readSettings(use: ForwardUse, block: Block): ForwardSettings {
  const { from } = use.args
  if (from.length > 1)
    block.warn('forward: the network stands for several zones, only the first of which is used', use.at)
  const expire = use.get('expire')?.args.duration ?? 10_000
  const maxAge = use.get('max_age')?.args.duration ?? 0
  if (maxAge > 0 && maxAge < expire) throw use.get('max_age')!.error('must not be less than expire')
  return {
    from: from[0] ?? ROOT,
    to: readTargets(use, block),
    except: use.all('except').flatMap(({ args }) => args.zones),
    forceTcp: use.has('force_tcp'),
    preferUdp: use.has('prefer_udp'),
    expire,
    maxAge,
    maxIdle: use.get('max_idle_conns')?.args.count ?? 0,
    readTimeout: use.get('read_timeout')?.args.duration ?? 2000,
    maxFails: use.get('max_fails')?.args.count ?? 2,
    maxConnectAttempts: use.get('max_connect_attempts')?.args.count,
    dohMethod: use.get('doh_method')?.args.method ?? 'POST',
    tls: readTls(use),
    tlsServerName: use.get('tls_servername')?.args.name,
    policy: use.get('policy')?.args.policy ?? 'random',
    health: readHealth(use.get('health_check')),
    maxConcurrent: use.get('max_concurrent')?.args.count ?? 0,
    next: use.all('next').flatMap(({ args }) => args.rcodes),
    nextOnNodata: use.has('next_on_nodata'),
    failFast: use.has('failfast_all_unhealthy_upstreams'),
    failover: readFailover(use),
    source: use.get('source_address')?.tokens[0].text,
    resolvers: readResolvers(use),
    options: use.all('pass_options').flatMap(({ args }) => args.options),
  }
}

/** What can be known without files and look-ups is checked here. */
function readTargets(use: ForwardUse, block: Block): ForwardSettings['to'] {
  const targets = use.tokens.slice(1).map(({ text, at }) => ({ text, at }))
  if (targets.length > MAX_UPSTREAMS) throw use.error(`takes at most ${MAX_UPSTREAMS} upstreams, got ${targets.length}`)
  const common = use.get('tls_servername')?.args.name
  for (const { text, at } of targets) {
    const address = parseUpstream(text)
    const isFile = !text.includes('://')
    if (typeof address === 'string') {
      if (isFile && text !== '') continue
      throw use.error(`${address}, got "${text}"`, at)
    }
    if (address.transport === 'tls' && address.serverName && common)
      throw use.error(`"${text}" names the server that tls_servername names too`, at)
    if (isAddress(address.host) || !isFile)
      checkForWorkers({ ...address, serverName: address.serverName ?? common }, at, block)
  }
  return targets
}

function readTls(use: ForwardUse): readonly string[] {
  const tls = use.get('tls')
  if (tls && tls.args.files.length > 3) throw tls.error('takes [CERT KEY] [CA]', tls.tokens[3])
  return tls?.args.files ?? []
}

function readFailover(use: ForwardUse): readonly number[] {
  return use.all('failover').flatMap((property) => {
    const { rcodes } = property.args
    if (rcodes.includes(RCODE.NOERROR))
      throw property.error('NOERROR is no failure', property.tokens[rcodes.indexOf(0)])
    return rcodes
  })
}

function readResolvers(use: ForwardUse): ForwardSettings['resolvers'] {
  const resolver = use.get('resolver')
  return (resolver?.args.servers ?? []).map((server, i) => {
    if (isAddress(server.host)) return server
    throw resolver!.error(`must be an address, got "${resolver!.tokens[i].text}"`, resolver!.tokens[i])
  })
}
