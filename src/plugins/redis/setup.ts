import { required, rest, some, type Use, type ValueType } from '../../corefile/spec.ts'
import { durationWithin, fileName, hostPort, integer, ttl, word, zone } from '../../corefile/values.ts'
import { Fallthrough } from '../../fallthrough.ts'
import { filePath } from '../../filepath.ts'
import { type Block, definePlugin } from '../../plugin.ts'
import { cappedTtl } from '../../store/rules.ts'
import { type RedisOptions, StoreError } from '../../store/store.ts'
import { Redis, type TlsFiles } from './redis.ts'

const PORT = 6379
/** How long a start waits for Redis before it listens without. Milliseconds. */
const PATIENCE = 500
const DEFAULTS = { connectTimeout: 2000, readTimeout: 1000, refresh: 30_000 } as const

/** As CoreDNS's redis plugin has it, a number of milliseconds; or a duration. */
const milliseconds: ValueType<number> = {
  label: 'milliseconds or duration',
  parse: (text) =>
    /^[+-]?\d+$/.test(text) ? integer({ min: 1, max: 600_000 }).parse(text) : durationWithin({ min: 1 }).parse(text),
}

const directive = {
  args: [rest('zones', zone)],
  properties: {
    address: { args: [some('addresses', hostPort(PORT))], repeat: true },
    cluster: { args: [] },
    sentinel: { args: [required('name', word)] },
    username: { args: [required('name', word)] },
    password: { args: [required('password', word)] },
    db: { args: [required('number', integer({ min: 0, max: 65_535 }))] },
    tls: { args: [rest('files', fileName)] },
    prefix: { args: [required('text', word)] },
    suffix: { args: [required('text', word)] },
    connect_timeout: { args: [required('time', milliseconds)] },
    read_timeout: { args: [required('time', milliseconds)] },
    ttl: { args: [required('seconds', ttl)] },
    refresh: { args: [required('duration', durationWithin({ min: 1000 }))] },
    fallthrough: { args: [rest('zones', zone)] },
  },
} as const

/** `redis [ZONES…] { … }`: answers from zones in Redis. */
export const plugin = definePlugin({
  name: 'redis',
  part: 'answer',
  directive,
  runtimes: {
    workers: 'error',
    why: 'a Worker cannot reach Redis; `kv` answers from Workers KV there, and from SQLite on Node',
  },
  setup: (uses, block) =>
    uses.map((use) => {
      const { runtime } = block
      const options = optionsOf(use, (line) => runtime.log.warn(`plugin/redis: ${line}`))
      const tls = tlsFilesOf(use, block)
      return new Redis({
        name: 'redis',
        zones: use.args.zones.length > 0 ? use.args.zones : block.zones,
        fallthrough: Fallthrough.from(use.get('fallthrough')),
        refresh: use.get('refresh')?.args.duration ?? DEFAULTS.refresh,
        timeout: options.readTimeout,
        rules: cappedTtl(use.get('ttl')?.args.seconds ?? 0),
        runtime,
        tls,
        place: JSON.stringify([options, use.get('ttl')?.args.seconds]),
        async connect(pems) {
          const open = runtime.stores?.redis
          if (!open) throw use.error('there is no Redis here')
          try {
            return await open(pems ? { ...options, tls: pems } : options)
          } catch (error) {
            throw error instanceof StoreError ? use.error(error.message) : error
          }
        },
        resolve: (query) => block.resolve(query),
      })
    }),
})

function optionsOf(use: Use<typeof directive>, warn: (line: string) => void): RedisOptions {
  const written = use.all('address').flatMap(({ args }) => args.addresses)
  const addresses = written.map(({ host, port }) => ({ host: host || 'localhost', port }))
  const sentinel = use.get('sentinel')
  const cluster = use.get('cluster')
  if (sentinel && cluster) throw sentinel.error('there are sentinels or a cluster, not both')
  if (addresses.length > 1 && !sentinel && !cluster)
    throw use.get('address')!.error('more than one are nodes of a `cluster`, or sentinels: say so by `sentinel NAME`')
  if (cluster && use.get('db')) throw use.get('db')!.error('a cluster has one database only')
  return {
    patience: PATIENCE,
    addresses: addresses.length > 0 ? addresses : [{ host: 'localhost', port: PORT }],
    mode: cluster ? 'cluster' : sentinel && { sentinel: sentinel.args.name },
    username: use.get('username')?.args.name,
    password: use.get('password')?.args.password,
    db: use.get('db')?.args.number,
    prefix: use.get('prefix')?.args.text ?? '',
    suffix: use.get('suffix')?.args.text ?? '',
    connectTimeout: use.get('connect_timeout')?.args.time ?? DEFAULTS.connectTimeout,
    readTimeout: use.get('read_timeout')?.args.time ?? DEFAULTS.readTimeout,
    warn,
  }
}

/** `tls [CERT KEY] [CA]`, as other plugins have it: a CA, a certificate and its key, or all three. */
function tlsFilesOf(use: Use<typeof directive>, block: Block): TlsFiles | undefined {
  const property = use.get('tls')
  if (!property) return undefined
  const files = property.args.files.map((file) => filePath(block, file))
  switch (files.length) {
    case 0:
      return {}
    case 1:
      return { ca: files[0] }
    case 2:
    case 3:
      return { cert: files[0], key: files[1], ...(files[2] === undefined ? {} : { ca: files[2] }) }
    default:
      throw property.error('takes a CA, a certificate and its key, or these and a CA')
  }
}
