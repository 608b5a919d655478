import { CLASS, RCODE, TYPE } from '../../dns/constants.ts'
import { EDE, type EdnsOption } from '../../dns/edns.ts'
import { WireError } from '../../dns/error.ts'
import { foldedText, isWithin, type Name, sameName } from '../../dns/name.ts'
import { RRset } from '../../dns/rrset.ts'
import type { Expression } from '../../expr/expression.ts'
import { type MetadataLookup, QueryScope } from '../../expr/query.ts'
import type { Fallthrough } from '../../fallthrough.ts'
import { GoError, GoMap, type GoValue } from '../../golang/value.ts'
import type { Handler, Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import type { Pattern } from '../../regexp.ts'
import type { Reply } from '../../reply.ts'
import { Groups, type Match, type TemplateData } from './data.ts'
import type { Fit, TemplateFigures } from './figures.ts'
import type { RecordTemplate } from './record.ts'

/** One use of the directive. */
export interface Rule {
  readonly zones: readonly Name[]
  readonly class: number
  readonly type: number
  /** Empty: any name fits. */
  readonly patterns: readonly Pattern[]
  readonly variables: readonly { readonly name: string; readonly expression: Expression }[]
  readonly conditions: readonly Expression[]
  readonly answer: readonly RecordTemplate[]
  readonly authority: readonly RecordTemplate[]
  readonly additional: readonly RecordTemplate[]
  readonly rcode: number
  readonly options: readonly EdnsOption[]
  readonly fallthrough: Fallthrough
}

/** A template that cannot be filled in for this query, or does not become a record. */
class TemplateFailure extends Error {
  readonly code = 'TEMPLATE'
  override name = 'TemplateFailure'
}

const NO_VARIABLES = new GoMap([])
const NO_SETS: readonly RRset[] = []

type Resolve = (query: Query) => Reply | Promise<Reply>

/** Answers with records made from the query by templates. The first rule that a query fits decides. */
export class Template implements Plugin {
  readonly name = 'template'
  /** A rule for another class than IN wants to see its queries. */
  readonly anyClass: boolean
  readonly #rules: readonly Rule[]
  readonly #resolve: Resolve
  readonly #metadata: MetadataLookup
  readonly #figures: TemplateFigures

  /** `resolve` finds what a CNAME of ours leads to. */
  constructor(rules: readonly Rule[], resolve: Resolve, metadata: MetadataLookup, figures: TemplateFigures) {
    this.#figures = figures
    this.#rules = rules
    this.#resolve = resolve
    this.#metadata = metadata
    this.anyClass = rules.some((rule) => rule.class !== CLASS.IN && rule.class !== CLASS.ANY)
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    for (const rule of this.#rules) {
      const zone = longestZone(rule.zones, query.name)
      if (!zone || !asksFor(rule, query)) continue
      const data = this.#fit(rule, zone, query)
      if (data === 'failed') return query.reply({ rcode: RCODE.SERVFAIL }).withError(EDE.OTHER, 'an expression failed')
      if (data) return this.#answer(rule, { rule, zone, query }, data)
      if (rule.fallthrough.through(query.name)) continue
      return query.reply({ rcode: RCODE.SERVFAIL }).withError(EDE.OTHER, 'no template fits')
    }
    return next(query)
  }

  explain(query: Query, passes: boolean): string | undefined {
    if (!passes) return undefined
    const isFor = this.#rules.some((rule) => longestZone(rule.zones, query.name) && asksFor(rule, query))
    return isFor ? 'no template fits, and fallthrough is for the name' : 'no template is for the zone, class and type'
  }

  /** Does the query fit? Then what its templates are to be filled with. */
  #fit(rule: Rule, zone: Name, query: Query): TemplateData | undefined | 'failed' {
    const pattern = rule.patterns.length === 0 ? undefined : matching(rule.patterns, query)
    if (pattern === undefined && rule.patterns.length > 0) return undefined
    const match: Match = { query, zone, pattern, class: rule.class, type: rule.type }
    const groups = new Groups(match)
    const metadata = this.#metadata
    if (rule.variables.length === 0 && rule.conditions.length === 0)
      return { match, groups, variables: NO_VARIABLES, metadata }
    try {
      const variables = this.#evaluate(rule, query, groups)
      return variables && { match, groups, variables, metadata }
    } catch (error) {
      if (error instanceof GoError) return 'failed'
      throw error
    }
  }

  /** The variables, unless a condition does not hold. Throws GoError. */
  #evaluate(rule: Rule, query: Query, groups: Groups): GoMap | undefined {
    const variables = new GoMap([])
    const names = new Map<string, GoValue>([['group', (group) => groups.get(group)]])
    const scope = new QueryScope(query, this.#metadata, names)
    for (const { name, expression } of rule.variables) {
      const value = expression.run(scope)
      variables.set(name, value)
      names.set(name, value)
    }
    return rule.conditions.every((condition) => condition.run(scope) === true) ? variables : undefined
  }

  #answer(rule: Rule, fit: Fit, data: TemplateData): Reply | Promise<Reply> {
    const { rcode, options } = rule
    const { query } = fit
    this.#figures.matched(fit)
    if (rcode === RCODE.SERVFAIL) return query.reply({ rcode, options })
    const answer = this.#section(fit, 'answer', rule.answer, data)
    const reply = query.reply({
      rcode,
      options,
      aa: true,
      answer,
      authority: this.#section(fit, 'authority', rule.authority, data),
      additional: this.#section(fit, 'additional', rule.additional, data),
    })
    const wantsTarget = query.type === TYPE.A || query.type === TYPE.AAAA
    return wantsTarget && answer.some((rrset) => rrset.type === TYPE.CNAME) ? this.#follow(query, reply) : reply
  }

  #section(fit: Fit, name: string, templates: readonly RecordTemplate[], data: TemplateData): readonly RRset[] {
    if (templates.length === 0) return NO_SETS
    if (templates.length === 1) return [this.#record(fit, name, templates[0], data)]
    return joined(templates.map((template) => this.#record(fit, name, template, data)))
  }

  #record(fit: Fit, section: string, template: RecordTemplate, data: TemplateData): RRset {
    try {
      return template.make(fit.query, data)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      this.#figures.failed(fit, section, template.source, error instanceof WireError)
      throw new TemplateFailure(`template: ${section}: ${error.message}, got "${template.source}"`, { cause: error })
    }
  }

  /** Puts behind each CNAME what it leads to. */
  #follow(query: Query, reply: Reply): Reply | Promise<Reply> {
    const parts = reply.answer.flatMap((rrset) => {
      if (rrset.type !== TYPE.CNAME) return [rrset]
      return [rrset, ...rrset.rdata().map((target) => this.#resolve(query.with({ name: target, class: CLASS.IN })))]
    })
    const join = (known: readonly (RRset | Reply)[]): Reply =>
      reply.with({
        answer: known.flatMap((part) => (part instanceof RRset ? [part] : part.answer)),
        tc: known.some((part) => !(part instanceof RRset) && part.tc),
      })
    return parts.some((part) => part instanceof Promise)
      ? Promise.all(parts).then(join)
      : join(parts as readonly (RRset | Reply)[])
  }
}

function longestZone(zones: readonly Name[], name: Name): Name | undefined {
  let longest: Name | undefined
  for (const zone of zones) {
    if (isWithin(name, zone) && (!longest || zone.length > longest.length)) longest = zone
  }
  return longest
}

function asksFor(rule: Rule, query: Query): boolean {
  if (rule.class !== CLASS.ANY && query.class !== CLASS.ANY && query.class !== rule.class) return false
  return rule.type === TYPE.ANY || query.type === TYPE.ANY || query.type === rule.type
}

function matching(patterns: readonly Pattern[], query: Query): Pattern | undefined {
  const name = foldedText(query.name)
  return patterns.find((pattern) => pattern.test(name))
}

/** Records of one owner, type and TTL as one set. */
function joined(records: readonly RRset[]): RRset[] {
  const sets: RRset[] = []
  for (const record of records) {
    const at = sets.findIndex((set) => isSameSet(set, record))
    if (at < 0) sets.push(record)
    else
      sets[at] = RRset.of(record.owner, record.type, record.ttl, [...sets[at].rdata(), ...record.rdata()], record.class)
  }
  return sets
}

const isSameSet = (a: RRset, b: RRset): boolean =>
  a.type === b.type && a.class === b.class && a.ttl === b.ttl && sameName(a.owner, b.owner)
