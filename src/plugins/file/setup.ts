import { ZoneChanged, Zones } from '../../capabilities.ts'
import { required, rest } from '../../corefile/spec.ts'
import { duration, fileName, word, zone } from '../../corefile/values.ts'
import { Fallthrough } from '../../fallthrough.ts'
import { filePath } from '../../filepath.ts'
import { definePlugin } from '../../plugin.ts'
import { File } from './file.ts'
import { ServedZone } from './servedzone.ts'

const DEFAULT_RELOAD = 60_000

/** `file DBFILE [ZONES…]`: answers from zone files. */
export const plugin = definePlugin({
  name: 'file',
  directive: {
    args: [required('dbfile', fileName), rest('zones', zone)],
    properties: {
      reload: { args: [required('interval', duration)], repeat: true },
      reload_by_mtime: { args: [], repeat: true },
      fallthrough: { args: [rest('zones', zone)], repeat: true },
      upstream: { args: [rest('ignored', word)], repeat: true },
    },
  },
  setup(uses, block) {
    const served = uses.flatMap((use) => {
      const origins = use.args.zones.length > 0 ? use.args.zones : block.zones
      const fallthrough = Fallthrough.from(use.get('fallthrough'))
      return origins.map(
        (origin) =>
          new ServedZone(
            {
              origin,
              path: filePath(block, use.args.dbfile),
              interval: use.get('reload')?.args.interval ?? DEFAULT_RELOAD,
              fallthrough,
            },
            block.runtime,
            {
              warn: (message) => block.warn(message, use.at),
              error: (message) => use.error(message),
              changed: (apex) => {
                for (const tell of block.all(ZoneChanged)) tell(apex)
              },
            },
          ),
      )
    })
    const file = new File(served, (query) => block.resolve(query))
    block.provide(Zones, file)
    return file
  },
})
