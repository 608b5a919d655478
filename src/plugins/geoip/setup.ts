import { optional } from '../../corefile/spec.ts'
import { fileName } from '../../corefile/values.ts'
import { filePath } from '../../filepath.ts'
import { Metadata } from '../../metadata.ts'
import { definePlugin } from '../../plugin.ts'
import { reasonOf } from '../../reason.ts'
import { WatchedFile } from '../../watchedfile.ts'
import { Geoip } from './geoip.ts'
import { LABELS, type Schema } from './record.ts'

/** How often the database is looked at; providers bring new ones some times a week. Milliseconds. */
const INTERVAL = 60_000

/** `geoip [DBFILE]`: where clients are, as metadata. */
export const plugin = definePlugin({
  name: 'geoip',
  directive: {
    args: [optional('dbfile', fileName)],
    properties: { 'edns-subnet': { args: [], repeat: true } },
    once: true,
  },
  setup([use], block) {
    const { runtime } = block
    const usesSubnet = use.has('edns-subnet')
    const geoip = new Geoip(usesSubnet)
    for (const [schema, labels] of Object.entries(LABELS))
      for (const name of Object.keys(labels))
        block.provide(Metadata, { name: `geoip/${name}`, value: (query) => geoip.value(schema as Schema, name, query) })
    const { geoDatabases } = runtime
    if (!geoDatabases) {
      if (usesSubnet) block.warn('geoip: edns-subnet: has no effect here: the platform knows the client alone', use.at)
      return { name: 'geoip' }
    }
    if (use.args.dbfile === undefined) throw use.error('needs the file of a database (geoip DBFILE)')
    const path = filePath(block, use.args.dbfile)
    let open: Awaited<ReturnType<typeof geoDatabases>>
    const file = new WatchedFile('geoip', {
      runtime,
      path,
      interval: INTERVAL,
      apply: (octets) => geoip.use(open(octets)),
    })
    const load = async (): Promise<void> => {
      open = await geoDatabases()
      await file.load().catch((error: unknown) => {
        throw use.error(`cannot use the database ${path}: ${reasonOf(error)}`)
      })
    }
    return { name: 'geoip', load, start: () => file.start(), stop: () => file.stop() }
  },
})
