import type { Query, Reply } from 'coredge'
import type { Expression } from './expression/parse.ts'
import { show, type Value, ValueError } from './expression/value.ts'
import { type Fact, factOf } from './facts.ts'
import type { Action, Decision, Rule } from './policy.ts'

/** Finds what a metadata label stands for; undefined where there is no such label. */
export type LabelFinder = (name: string) => Fact | undefined

/** `ACTION EXPRESSION` */
export class ExpressionRule implements Rule {
  readonly action: Action
  readonly expression: Expression
  readonly #facts = new Map<string, Fact>()

  constructor(action: Action, expression: Expression) {
    this.action = action
    this.expression = expression
  }

  /** To be called once all labels are known. Gives those variables that are nothing. */
  bind(labels: LabelFinder): Expression['variables'] {
    for (const { name } of this.expression.variables) {
      const fact = factOf(name) ?? labels(name)
      if (fact) this.#facts.set(name, fact)
    }
    return this.expression.variables.filter(({ name }) => !this.#facts.has(name))
  }

  decide(query: Query, reply: Reply | undefined): Decision {
    const value = this.expression.run({ get: (name) => this.#facts.get(name)?.(query, reply) ?? '' })
    return isTrue(value) ? this.action : undefined
  }
}

/** Text is true where it says so; numbers where they are not 0. */
function isTrue(value: Value): boolean {
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') return value.toLowerCase() === 'true'
  if (typeof value === 'number' && !Number.isNaN(value)) return value !== 0
  throw new ValueError(`the expression must be true or false, and is ${show(value)}`)
}
