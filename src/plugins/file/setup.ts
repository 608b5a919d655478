import { ZoneChanged, Zones } from '../../capabilities.ts'
import { required, rest, type Use } from '../../corefile/spec.ts'
import { duration, fileName, word, zone } from '../../corefile/values.ts'
import { nameText } from '../../dns/name.ts'
import { Fallthrough } from '../../fallthrough.ts'
import { filePath } from '../../filepath.ts'
import { type Block, definePlugin } from '../../plugin.ts'
import { reasonOf } from '../../reason.ts'
import { ZoneError, ZoneErrors } from '../../zone/error.ts'
import { ZoneFile, type ZoneFileReporter } from '../../zonefile.ts'
import { ZoneTable } from '../../zonetable.ts'
import { File } from './file.ts'

const DEFAULT_RELOAD = 60_000

/** `file DBFILE [ZONES…]`: answers from zone files. */
export const plugin = definePlugin({
  name: 'file',
  part: 'answer',
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
    const zones = uses.flatMap((use) => {
      const origins = use.args.zones.length > 0 ? use.args.zones : block.zones
      const shared = {
        path: filePath(block, use.args.dbfile),
        interval: use.get('reload')?.args.interval ?? DEFAULT_RELOAD,
        fallthrough: Fallthrough.from(use.get('fallthrough')),
      }
      const report = reporterOf(use, block)
      return origins.map((origin) => new ZoneFile({ origin, ...shared }, block.runtime, report))
    })
    const table = new ZoneTable(zones, (query) => block.resolve(query))
    block.provide(Zones, table)
    return new File(table)
  },
})

function reporterOf(use: Use, block: Block): ZoneFileReporter {
  const warn = (message: string): void => block.warn(`file: ${message}`, use.at)
  return {
    plugin: 'file',
    warn,
    failed(error, { origin, interval }) {
      // A zone with mistakes is refused. A file that is not there is waited for, unless it will not be looked at again.
      if (error instanceof ZoneError || error instanceof ZoneErrors) throw error
      const reason = reasonOf(error)
      if (interval === 0 || block.runtime.name === 'workers') throw use.error(reason)
      warn(`${reason}; zone ${nameText(origin)} gets SERVFAIL until it is there`)
    },
    changed(apex) {
      for (const tell of block.all(ZoneChanged)) tell(apex)
    },
  }
}
