import { placeOf } from '../../corefile/place.ts'
import { optional, type PropertyUse, required, rest, some, type Token, type Use } from '../../corefile/spec.ts'
import { integer, rcode, rrclass, rrtype, word, zone } from '../../corefile/values.ts'
import { RCODE } from '../../dns/constants.ts'
import { type EdnsOption, extendedError } from '../../dns/edns.ts'
import { WireError } from '../../dns/error.ts'
import type { TypeScope } from '../../expr/check.ts'
import { type Expression, isVariableName } from '../../expr/expression.ts'
import { QUERY_TYPES } from '../../expr/query.ts'
import { ANY, func, STRING, type Type } from '../../expr/types.ts'
import { expressionOf } from '../../expr/words.ts'
import { Fallthrough } from '../../fallthrough.ts'
import { TemplateError } from '../../gotemplate/lex.ts'
import { findLabel } from '../../metadata.ts'
import { type Block, definePlugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import { type Pattern, regexp } from '../../regexp.ts'
import { TemplateFigures } from './figures.ts'
import { RecordTemplate } from './record.ts'
import { type Rule, Template } from './template.ts'

const records = { args: [some('records', word)], repeat: true }

const directive = {
  args: [required('class', rrclass), required('type', rrtype), rest('zones', zone)],
  properties: {
    match: { args: [some('patterns', regexp)], repeat: true },
    var: { args: [required('name', word), some('expression', word)], repeat: true },
    expr: { args: [some('expression', word)], repeat: true },
    answer: records,
    additional: records,
    authority: records,
    rcode: { args: [required('code', rcode)], repeat: true },
    ederror: { args: [required('code', integer({ max: 65_535 })), optional('text', word)], repeat: true },
    fallthrough: { args: [rest('zones', zone)], repeat: true },
    // Of no effect since CoreDNS 1.5: targets of aliases are always looked for.
    upstream: { args: [rest('ignored', word)], repeat: true },
  },
} as const

type TemplateUse = Use<typeof directive>

/** `template CLASS TYPE [ZONES…]`: answers made from the query. */
export const plugin = definePlugin({
  name: 'template',
  part: 'answer',
  directive,
  setup(uses, block) {
    const rules = uses.map((use) => ruleOf(use, block))
    const metadata = (query: Query, label: string): string => findLabel(block, label)?.(query) ?? ''
    return new Template(rules, (query) => block.resolve(query), metadata, new TemplateFigures(block))
  },
})

function ruleOf(use: TemplateUse, block: Block): Rule {
  const { names, variables } = variablesOf(use)
  return {
    zones: use.args.zones.length > 0 ? use.args.zones : block.zones,
    class: use.args.class,
    type: use.args.type,
    patterns: patternsOf(use),
    variables,
    conditions: use.all('expr').map((property) => expressionOf(property.tokens, names, property)),
    answer: recordsOf(use.all('answer')),
    additional: recordsOf(use.all('additional')),
    authority: recordsOf(use.all('authority')),
    rcode: use.get('rcode')?.args.code ?? RCODE.NOERROR,
    options: optionsOf(use),
    fallthrough: Fallthrough.from(use.get('fallthrough')),
  }
}

/** None where the first takes any name: names have no line ends. */
function patternsOf(use: TemplateUse): readonly Pattern[] {
  const patterns = use.all('match').flatMap(({ args }) => args.patterns)
  return patterns[0]?.text === '.*' ? [] : patterns
}

function variablesOf(use: TemplateUse): { names: TypeScope; variables: Rule['variables'] } {
  const names = new Map<string, Type>([...QUERY_TYPES, ['group', func([ANY], STRING)]])
  const variables: { name: string; expression: Expression }[] = []
  for (const property of use.all('var')) {
    const { name } = property.args
    if (!/^[A-Za-z_]\w*$/.test(name))
      throw property.error(`name must be letters, digits and _, got "${name}"`, property.tokens[0])
    if (names.has(name) || !isVariableName(name))
      throw property.error(`name is taken already, got "${name}"`, property.tokens[0])
    const expression = expressionOf(property.tokens.slice(1), names, property)
    names.set(name, expression.type)
    variables.push({ name, expression })
  }
  return { names, variables }
}

function recordsOf(properties: readonly PropertyUse[]): RecordTemplate[] {
  return properties.flatMap((property) => property.tokens.map((token) => recordOf(token, property)))
}

function recordOf(token: Token, property: PropertyUse): RecordTemplate {
  try {
    return new RecordTemplate(token.text)
  } catch (error) {
    if (error instanceof TemplateError) {
      throw property.error(`template is wrong: ${error.message}, got "${token.text}"`, placeOf([token], error.offset))
    }
    if (error instanceof WireError) throw property.error(`is no record: ${error.message}, got "${token.text}"`, token)
    throw error
  }
}

function optionsOf(use: TemplateUse): readonly EdnsOption[] {
  const ederror = use.get('ederror')
  if (!ederror) return []
  return [extendedError(ederror.args.code, ederror.args.text)]
}
