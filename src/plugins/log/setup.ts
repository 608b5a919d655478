import { ReplyTap } from '../../capabilities.ts'
import { Complaint, rest, some, type Use, type ValueType } from '../../corefile/spec.ts'
import { oneOf, zones } from '../../corefile/values.ts'
import { type Name, ROOT } from '../../dns/name.ts'
import { DEFAULT_FORMAT, EMPTY, labelsOf } from '../../lineformat.ts'
import { findLabel, isLabel, Metadata, MetadataScope } from '../../metadata.ts'
import { type Block, definePlugin } from '../../plugin.ts'
import { classify, type ResponseClass, typify } from '../../response.ts'
import { type LogRule, QueryLog } from './log.ts'

/** A word with a placeholder in it is a format, any other a name. */
const nameOrFormat: ValueType<Name | string> = {
  label: 'name or format',
  parse: (text) => (isFormat(text) ? text : zones.parse(text)[0]),
  expand: (text) => (isFormat(text) ? [text] : zones.parse(text)),
}

/** A label of metadata, with or without the slash that it has in formats. */
const label: ValueType<string> = {
  label: 'label',
  parse(text) {
    const name = text.replace(/^\{?\/?|\}$/g, '')
    if (!isLabel(name)) throw new Complaint('must be a label of metadata, such as forward/upstream')
    return name
  },
}

const directive = {
  args: [rest('names', nameOrFormat)],
  properties: {
    class: { args: [some('classes', oneOf(['success', 'denial', 'error', 'all']))], repeat: true },
    json: { args: [rest('labels', label)] },
  },
} as const

/** `log [NAMES…] [FORMAT]`: a line for each query. */
export const plugin = definePlugin({
  name: 'log',
  directive,
  setup(uses, block) {
    const rules = uses.map((use) => ruleOf(use, block))
    const log = new QueryLog(rules, (name) => findLabel(block, name), block.runtime.log)
    block.provide(ReplyTap, log)
    block.provide(Metadata, { name: 'log/type', value: (query, reply) => (reply ? typify(query, reply) : '') })
    block.provide(Metadata, {
      name: 'log/class',
      value: (query, reply) => (reply ? classify(typify(query, reply)) : ''),
    })
    return log
  },
})

function ruleOf(use: Use<typeof directive>, block: Block): LogRule {
  const early = use.tokens.slice(0, -1).find((token) => isFormat(token.text))
  if (early) throw use.error(`format must come last, got "${early.text}"`, early)
  const { names } = use.args
  const zones = names.filter((name) => typeof name !== 'string')
  // In old Corefiles it said where the lines go.
  const place = use.tokens.find((token) => /^std(out|err)$/.test(token.text))
  if (place) block.warn(`log: is a name here, so that hardly any query is logged, got "${place.text}"`, place.at)
  const format = formatOf(use)
  const [label] = typeof format === 'string' ? labelsOf(format) : format
  if (label !== undefined && !block.find(MetadataScope))
    block.warn(`log: {/${label}} is always "${EMPTY}" in a block without metadata`, use.at)
  const classes = use.all('class').flatMap((property) => property.args.classes)
  const isAll = classes.length === 0 || classes.includes('all')
  return {
    zones: zones.length > 0 ? zones : [ROOT],
    format,
    classes: isAll ? undefined : new Set(classes as ResponseClass[]),
  }
}

function formatOf(use: Use<typeof directive>): LogRule['format'] {
  const format = use.args.names.find((name) => typeof name === 'string')
  const json = use.get('json')
  if (!json) return format ?? DEFAULT_FORMAT
  if (format !== undefined) throw json.error('has a form of its own: leave out the format')
  return json.args.labels
}

function isFormat(text: string): boolean {
  return text.includes('{')
}
