import { optional, required, rest, type Use } from '../../corefile/spec.ts'
import { duration, durationWithin, integer, oneOf, percentage, word, zone } from '../../corefile/values.ts'
import { isWithin, type Name, ROOT } from '../../dns/name.ts'
import { type Key, key } from '../../key.ts'
import { type Block, definePlugin } from '../../plugin.ts'
import { Cache } from './cache.ts'
import { CacheFigures } from './figures.ts'
import type { CacheSettings, HalfSettings, PrefetchSettings } from './settings.ts'
import { readStale } from './stale.ts'
import { SecondTier } from './tier.ts'

const DEFAULT_CAPACITY = 9984
/** As CoreDNS, whose 256 shards hold four entries at least. */
const MIN_CAPACITY = 1024
const MAX_TTL = 3600
const MAX_DENIAL_TTL = 1800
const MIN_TTL = 5
const FAILURE_TTL = 5000
/** A reply that soon ends is not worth the way to the second tier and back. */
const MIN_EDGE_TTL = 30
/** RFC 2308 §7.1 */
const MAX_FAILURE_TTL = 300_000

const half = [
  required('capacity', integer()),
  optional('ttl', integer({ min: 1 })),
  optional('minttl', integer({ min: 0 })),
] as const

const directive = {
  args: [optional('ttl', integer({ min: 1 })), rest('zones', zone)],
  properties: {
    success: { args: half },
    denial: { args: half },
    prefetch: {
      args: [required('amount', integer()), optional('duration', duration), optional('percentage', percentage)],
    },
    serve_stale: { args: [rest('words', word)] },
    serve_stale_policy: { args: [required('policy', word)] },
    servfail: { args: [required('duration', durationWithin({ min: 0, max: MAX_FAILURE_TTL }))] },
    disable: { args: [required('cache', oneOf(['success', 'denial'])), rest('zones', zone)], repeat: true },
    keepttl: { args: [] },
    aggressive_nsec: { args: [] },
    edge_cache: { args: [optional('minttl', integer({ min: 1 }))] },
  },
  once: true,
} as const

export type CacheUse = Use<typeof directive>

/** How many blocks of a configuration have a second tier: each its own place there. */
const Places: Key<{ count: number }> = key('cache/places')

/** `cache [TTL] [ZONES…] { … }`: keeps replies. */
export const plugin = definePlugin({
  name: 'cache',
  part: 'cache',
  directive,
  setup([use], block) {
    const zones = use.args.zones.length > 0 ? use.args.zones : block.zones
    const settings = readSettings(use, block)
    return new Cache(settings, block.runtime, new CacheFigures(block, zones), tierOf(settings, use, block))
  },
})

function tierOf({ edgeMinTtl, stale }: CacheSettings, use: CacheUse, block: Block): SecondTier | undefined {
  if (edgeMinTtl === undefined) return undefined
  const place = block.shared(Places, () => ({ count: 0 })).count++
  const { runtime } = block
  if (runtime.name === 'node')
    block.warn('cache: edge_cache has no effect here: it is for Workers', use.get('edge_cache')!.at)
  if (!runtime.sharedCache) return undefined
  const staleFor = Math.floor((stale?.upTo ?? 0) / 1000)
  return new SecondTier(runtime.sharedCache, runtime, String(place), edgeMinTtl, staleFor)
}

function readSettings(use: CacheUse, block: Block): CacheSettings {
  const { ttl, zones } = use.args
  return {
    zones: coversAll(zones, block.zones) ? [] : zones,
    success: readHalf(use, 'success', ttl ?? MAX_TTL),
    denial: readHalf(use, 'denial', ttl ?? MAX_DENIAL_TTL),
    failureTtl: use.get('servfail')?.args.duration ?? FAILURE_TTL,
    prefetch: readPrefetch(use),
    stale: readStale(use),
    keepTtl: use.has('keepttl'),
    aggressiveNsec: use.has('aggressive_nsec'),
    edgeMinTtl: use.has('edge_cache') ? (use.get('edge_cache')?.args.minttl ?? MIN_EDGE_TTL) : undefined,
  }
}

function readHalf(use: CacheUse, name: 'success' | 'denial', maxTtl: number): HalfSettings {
  const { capacity = DEFAULT_CAPACITY, ttl = maxTtl, minttl = MIN_TTL } = use.get(name)?.args ?? {}
  const disabled = use.all('disable').filter(({ args }) => args.cache === name)
  const except = disabled.flatMap(({ args }): readonly Name[] => (args.zones.length > 0 ? args.zones : [ROOT]))
  return { capacity: Math.max(capacity, MIN_CAPACITY), maxTtl: ttl, minTtl: minttl, except }
}

function readPrefetch(use: CacheUse): PrefetchSettings | undefined {
  const prefetch = use.get('prefetch')
  if (!prefetch || prefetch.args.amount === 0) return undefined
  const { amount, duration = 60_000, percentage = 10 } = prefetch.args
  if (percentage < 10 || percentage > 90)
    throw prefetch.error(`percentage must be 10%–90%, got "${percentage}%"`, prefetch.tokens.at(-1))
  return { amount, duration, percentage }
}

/** Every name that comes to the block is in one of these. */
function coversAll(zones: readonly Name[], served: readonly Name[]): boolean {
  return zones.length === 0 || served.every((zone) => zones.some((one) => isWithin(zone, one)))
}
