import { existsSync } from 'node:fs'
import { isWithin, type Name, nameText, parentOf } from '../../dns/name.ts'
import { nodeStores } from '../../runtime/node-stores.ts'
import { KvStore } from '../../store/kv.ts'
import type { RedisOptions, ZoneStore } from '../../store/store.ts'
import { Failure } from '../failure.ts'
import { UsageError } from '../flags.ts'

/** Where a store is, as the command line says. */
export interface StorePlace {
  readonly store?: string
  readonly local?: boolean
  readonly remote?: boolean
}

export const STORE_FORMS = 'sqlite:PATH, redis://HOST:PORT or kv:BINDING'

/** Opens the store that `-store` names. `makes`: it may be new. */
export async function openStore({ store, local, remote }: StorePlace, makes = false): Promise<ZoneStore> {
  if (store === undefined) throw new UsageError(`-store: say where the zones are: ${STORE_FORMS}`)
  const [, scheme = '', rest = ''] = /^([a-z]+):(.*)$/s.exec(store) ?? []
  if (scheme !== 'kv' && (local || remote)) throw new UsageError('-local and -remote are for kv:BINDING')
  if (scheme === 'sqlite' && rest !== '') return openSqlite(rest.replace(/^\/\/(?!\/)/, ''), makes)
  if (scheme === 'redis' || scheme === 'rediss') return nodeStores.redis!(redisOptions(store))
  if (scheme === 'kv' && rest !== '') return openKv(rest, local === true, remote === true)
  throw new UsageError(`-store: must be ${STORE_FORMS}, got "${store}"`)
}

function openSqlite(path: string, makes: boolean): Promise<ZoneStore> {
  if (!makes && !existsSync(path))
    throw new Failure(`${path}: there is no such file; \`coredge zone import\` makes one`)
  return nodeStores.sqlite!(path)
}

async function openKv(binding: string, local: boolean, remote: boolean): Promise<ZoneStore> {
  if (local === remote)
    throw new UsageError('kv:BINDING needs either -local, for this machine, or -remote, for Cloudflare')
  // Loaded where it is of use: it brings all that `coredge dev` needs.
  if (!remote) return new KvStore(await (await import('./localkv.ts')).LocalNamespace.open(binding))
  return new KvStore(new (await import('./remotekv.ts')).WranglerNamespace(binding))
}

const REDIS = { port: 6379, connectTimeout: 5000, readTimeout: 10_000 } as const

const WORDS: readonly string[] = ['prefix', 'suffix', 'cluster', 'sentinel']

/**
 * `redis://[USER[:PASSWORD]@]HOST[:PORT][/DB][?prefix=…&suffix=…]`; `rediss` for TLS. With `cluster` it is a node of one, with
 * `sentinel=MASTER` a sentinel.
 */
export function redisOptions(text: string): RedisOptions {
  const url = URL.parse(text)
  const words = url?.searchParams
  const db = /^\/?(\d*)$/.exec(url?.pathname ?? '-')?.[1]
  const isKnown = [...(words?.keys() ?? [])].every((key) => WORDS.includes(key))
  if (!url || !words || url.hostname === '' || db === undefined || !isKnown)
    throw new UsageError(
      `-store: must be redis://[USER:PASSWORD@]HOST[:PORT][/DB][?prefix=TEXT&suffix=TEXT], got "${text}"`,
    )
  const sentinel = words.get('sentinel')
  const given = (part: string): string | undefined => (part === '' ? undefined : unescaped(part))
  return {
    addresses: [{ host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || REDIS.port) }],
    mode: sentinel === null ? (words.has('cluster') ? 'cluster' : undefined) : { sentinel },
    username: given(url.username),
    password: given(url.password),
    db: db === '' ? undefined : Number(db),
    tls: url.protocol === 'rediss:' ? {} : undefined,
    prefix: words.get('prefix') ?? '',
    suffix: words.get('suffix') ?? '',
    connectTimeout: REDIS.connectTimeout,
    readTimeout: REDIS.readTimeout,
  }
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new UsageError(
      `-store: a percent sign stands before two hexadecimal digits, as in %25 for itself, got "${part}"`,
    )
  }
}

/** The zone of a store that a name is in: for DS records (RFC 4035 §3.1.4.1) the one above, where there is one. */
export async function zoneOf(store: ZoneStore, name: Name, isParental = false): Promise<Name> {
  const zones = [...(await store.zones())].sort((a, b) => b.length - a.length)
  const longest = (one: Name): Name | undefined => zones.find((zone) => isWithin(one, zone))
  const above = isParental && name.length > 1 ? longest(parentOf(name)) : undefined
  const zone = above ?? longest(name)
  if (!zone) throw new Failure(`${store.label}: no zone for ${nameText(name)}; \`coredge zone import\` makes one`)
  return zone
}

/** A zone of a store, by its apex. */
export async function existingZone(store: ZoneStore, apex: Name): Promise<Name> {
  const found = (await store.zones()).find((zone) => zone.length === apex.length && isWithin(apex, zone))
  if (!found) throw new Failure(`${store.label}: there is no zone ${nameText(apex)}`)
  return found
}
