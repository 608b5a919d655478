import { ZoneChanged, Zones } from '../../capabilities.ts'
import { Complaint, optional, type PropertyUse, required, rest, type Use, type ValueType } from '../../corefile/spec.ts'
import { duration, fileName, word, zone } from '../../corefile/values.ts'
import { Fallthrough } from '../../fallthrough.ts'
import { filePath } from '../../filepath.ts'
import { type Block, definePlugin } from '../../plugin.ts'
import { reasonOf } from '../../reason.ts'
import { compilePattern, type Pattern, regexp } from '../../regexp.ts'
import { noticesOf } from '../../runtime/runtime.ts'
import type { ZoneFileReporter } from '../../zonefile.ts'
import { ZoneTable } from '../../zonetable.ts'
import { Auto, type AutoOptions } from './auto.ts'
import type { Folder } from './folder.ts'
import { OriginRule } from './originrule.ts'

const DEFAULT_RELOAD = 60_000
const DEFAULT_RULE = new OriginRule(compilePattern('db\\.(.*)'), '{1}')

/** What stands behind the folder is a regular expression or a mistake, but never something else. */
const pattern: ValueType<Pattern> = {
  ...regexp,
  parse(text) {
    try {
      return regexp.parse(text)
    } catch (error) {
      throw error instanceof Complaint ? new Complaint(error.message, true) : error
    }
  },
}

const directive = {
  args: [rest('zones', zone)],
  properties: {
    directory: {
      args: [required('folder', fileName), optional('regexp', pattern), optional('template', word)],
      repeat: true,
    },
    reload: { args: [required('interval', duration)], repeat: true },
    fallthrough: { args: [rest('zones', zone)], repeat: true },
    upstream: { args: [rest('ignored', word)], repeat: true },
  },
} as const

/** `auto [ZONES…] { directory DIR [REGEXP ORIGIN_TEMPLATE] }`: answers from all zone files of a folder. */
export const plugin = definePlugin({
  name: 'auto',
  part: 'answer',
  directive,
  setup(uses, block) {
    return uses.map((use) => {
      const table = new ZoneTable([], (query) => block.resolve(query))
      block.provide(Zones, table)
      return new Auto(optionsOf(use, block), table, block.runtime, reporterOf(block))
    })
  },
})

function optionsOf(use: Use<typeof directive>, block: Block): AutoOptions {
  if (!use.has('directory')) throw use.error('needs a directory')
  return {
    folders: use.all('directory').map((property) => folderOf(property, block)),
    zones: use.args.zones.length > 0 ? use.args.zones : block.zones,
    interval: use.get('reload')?.args.interval ?? DEFAULT_RELOAD,
    fallthrough: Fallthrough.from(use.get('fallthrough')),
  }
}

function folderOf(property: PropertyUse<(typeof directive)['properties']['directory']['args']>, block: Block): Folder {
  const { folder, regexp: found, template } = property.args
  const shared = { path: filePath(block, folder), error: (message: string) => property.error(message) }
  if (!found) return { ...shared, rule: DEFAULT_RULE }
  if (template === undefined) throw property.error('a regular expression needs a template for the origin behind it')
  if (found.groupNames.length === 1)
    throw property.error(`the regular expression needs a group in parentheses, got "${found.text}"`)
  const rule = new OriginRule(found, template)
  if (rule.unknownGroup !== undefined)
    throw property.error(`the regular expression has no group ${rule.unknownGroup}, got "${template}"`)
  return { ...shared, rule }
}

function reporterOf(block: Block): ZoneFileReporter {
  const log = noticesOf(block.runtime)
  return {
    plugin: 'auto',
    warn: (message) => log.warn(`plugin/auto: ${message}`),
    failed(error) {
      // One zone with mistakes must not keep the others from being served; `check` and `build` refuse it by what is logged.
      for (const line of reasonOf(error).split('\n')) log.error(`plugin/auto: ${line}`)
    },
    changed(apex) {
      for (const tell of block.all(ZoneChanged)) tell(apex)
    },
  }
}
