import { required, rest, type Use } from '../../corefile/spec.ts'
import { durationWithin, fileName, ttl, word, zone } from '../../corefile/values.ts'
import { Fallthrough } from '../../fallthrough.ts'
import { filePath } from '../../filepath.ts'
import { type Block, definePlugin } from '../../plugin.ts'
import { ownTtl } from '../../store/rules.ts'
import { StoreError, type ZoneStore } from '../../store/store.ts'
import { Kv } from './kv.ts'

/** Workers KV keeps what it was asked for at least so long where it was asked. Milliseconds. */
const LEAST_REFRESH = 1000
const DEFAULT_REFRESH = 30_000
const READ_TIMEOUT = 3000

const directive = {
  args: [rest('zones', zone)],
  properties: {
    binding: { args: [required('name', word)] },
    path: { args: [required('file', fileName)] },
    refresh: { args: [required('duration', durationWithin({ min: LEAST_REFRESH }))] },
    ttl: { args: [required('seconds', ttl)] },
    fallthrough: { args: [rest('zones', zone)] },
  },
} as const

/** `kv [ZONES…] { … }`: answers from zones in Workers KV at the edge, in a SQLite file on Node. */
export const plugin = definePlugin({
  name: 'kv',
  part: 'answer',
  directive,
  setup: (uses, block) =>
    uses.map((use) => {
      const { runtime } = block
      const binding = use.get('binding')?.args.name ?? 'ZONES'
      return new Kv({
        name: 'kv',
        zones: use.args.zones.length > 0 ? use.args.zones : block.zones,
        fallthrough: Fallthrough.from(use.get('fallthrough')),
        refresh: use.get('refresh')?.args.duration ?? DEFAULT_REFRESH,
        timeout: READ_TIMEOUT,
        rules: ownTtl(use.get('ttl')?.args.seconds),
        runtime,
        open: opener(use, block, binding),
        key: () => JSON.stringify([binding, pathOf(use, block), use.get('ttl')?.args.seconds]),
        resolve: (query) => block.resolve(query),
        check() {
          const fault = runtime.name === 'workers' ? runtime.stores?.kvFault?.(binding) : undefined
          if (fault !== undefined) throw use.error(fault, use.get('binding')?.at)
        },
      })
    }),
})

const pathOf = (use: Use<typeof directive>, block: Block): string =>
  filePath(block, use.get('path')?.args.file ?? 'zones.db')

function opener(use: Use<typeof directive>, block: Block, binding: string): () => Promise<ZoneStore> {
  const path = pathOf(use, block)
  const { name, stores } = block.runtime
  return async () => {
    const open = name === 'workers' ? stores?.kv : stores?.sqlite
    if (!open) throw use.error('there is no store of zones here')
    try {
      return await open(name === 'workers' ? binding : path)
    } catch (error) {
      throw error instanceof StoreError ? use.error(error.message) : error
    }
  }
}
