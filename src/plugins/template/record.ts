import { foldName } from '../../dns/name.ts'
import { parseRecord } from '../../dns/presentation.ts'
import type { RRset } from '../../dns/rrset.ts'
import { parseUint } from '../../golang/strconv.ts'
import { GoError, type GoValue, typeName } from '../../golang/value.ts'
import { exactly, type TemplateFunction } from '../../gotemplate/functions.ts'
import { Template } from '../../gotemplate/template.ts'
import type { Query } from '../../query.ts'
import { type TemplateData, templateData } from './data.ts'

/** Functions that templates have beside Go's own. */
const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map([
  [
    'parseInt',
    exactly(3, ([text, base, bits]) => {
      if (typeof text !== 'string') throw new GoError(`wrong type for value; expected string; got ${typeName(text)}`)
      return parseUint(text, integer(base), integer(bits))
    }),
  ],
])

function integer(value: GoValue | undefined): number {
  if (typeof value === 'bigint') return Number(value)
  throw new GoError(`wrong type for value; expected int; got ${typeName(value)}`)
}

/**
 * A record written as a template. Without actions it is read when the Corefile is; so it is where only the owner is one,
 * `{{ .Name }}`, which most are.
 */
export class RecordTemplate {
  /** As it stands in the Corefile. */
  readonly source: string
  readonly #template: Template
  readonly #fixed: RRset | undefined
  readonly #ownedByName: boolean = false

  /** Throws TemplateError, or WireError where the text has no actions and is no record. */
  constructor(source: string) {
    this.source = source
    this.#template = new Template(source, FUNCTIONS)
    const { body } = this.#template.tree
    if (body.every((node) => node.kind === 'text')) {
      this.#fixed = parseRecord(body.map((node) => (node.kind === 'text' ? node.text : '')).join(''))
      return
    }
    const rest = afterName(this.#template)
    if (rest === undefined) return
    this.#fixed = parseRecord(`.${rest}`)
    this.#ownedByName = true
  }

  /** The record for a query. Throws GoError, or WireError where the text is no record. */
  make(query: Query, data: TemplateData): RRset {
    if (!this.#fixed) return parseRecord(this.#template.execute(templateData(data)))
    return this.#ownedByName ? this.#fixed.withOwner(foldName(query.name)) : this.#fixed
  }
}

/** The text after `{{ .Name }}` where the template is made of nothing else. */
function afterName({ tree }: Template): string | undefined {
  const [first, second, ...more] = tree.body
  if (first?.kind !== 'action' || second?.kind !== 'text' || more.length > 0 || !/^\s/.test(second.text))
    return undefined
  const { commands, variables } = first.pipe
  const [operand, ...args] = commands[0].operands
  const isName = operand.kind === 'field' && operand.names.length === 1 && operand.names[0] === 'Name'
  return isName && commands.length === 1 && args.length === 0 && variables.length === 0 ? second.text : undefined
}
