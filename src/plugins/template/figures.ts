import { CLASS, TYPE } from '../../dns/constants.ts'
import { type Name, nameText } from '../../dns/name.ts'
import { className, typeName } from '../../dns/rdata/registry.ts'
import type { Counter, Counters } from '../../metrics/counter.ts'
import { PerZone } from '../../metrics/perserver.ts'
import type { Block } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import type { Rule } from './template.ts'

/** A query that a rule fits, in one of the rule's zones. */
export interface Fit {
  readonly rule: Pick<Rule, 'class' | 'type'>
  readonly zone: Name
  readonly query: Query
}

const MATCH = ['server', 'zone', 'view', 'class', 'type']
const FAILURE = [...MATCH, 'section', 'template']

/** Counts queries that rules fit, and templates that fail. */
export class TemplateFigures {
  readonly #block: Block
  readonly #matches: PerZone<Map<number, Counter>>
  readonly #matchCounters: Counters
  readonly #templateFailures: Counters
  readonly #recordFailures: Counters

  constructor(block: Block) {
    const { metrics } = block
    this.#block = block
    this.#matches = new PerZone(() => new Map())
    this.#matchCounters = metrics.counters('coredns_template_matches_total', 'Queries that a template fits.', MATCH)
    this.#templateFailures = metrics.counters(
      'coredns_template_template_failures_total',
      'Templates that could not be filled in.',
      FAILURE,
    )
    this.#recordFailures = metrics.counters(
      'coredns_template_rr_failures_total',
      'Templates that did not become a record.',
      FAILURE,
    )
  }

  matched(fit: Fit): void {
    const byQuestion = this.#matches.of(fit.query, fit.zone)
    const key = classOf(fit) * 65_536 + typeOf(fit)
    let counter = byQuestion.get(key)
    if (!counter) {
      counter = this.#matchCounters.with(...this.#labels(fit))
      byQuestion.set(key, counter)
    }
    counter.increment()
  }

  /** `isFilled`: the template gave a text, which is no record. */
  failed(fit: Fit, section: string, template: string, isFilled: boolean): void {
    const counters = isFilled ? this.#recordFailures : this.#templateFailures
    counters.with(...this.#labels(fit), section, template).increment()
  }

  #labels(fit: Fit): string[] {
    const { text } = fit.query.server
    return [text, nameText(fit.zone), this.#block.view, known(className(classOf(fit))), known(typeName(typeOf(fit)))]
  }
}

const classOf = ({ rule, query }: Fit): number => (query.class === CLASS.ANY ? rule.class : query.class)
const typeOf = ({ rule, query }: Fit): number => (query.type === TYPE.ANY ? rule.type : query.type)

/** Clients choose the number: those without a mnemonic are one. */
const known = (text: string): string => (/^(TYPE|CLASS)\d+$/.test(text) ? 'other' : text)
