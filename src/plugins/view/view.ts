import type { ViewFilter } from '../../capabilities.ts'
import type { Expression } from '../../expr/expression.ts'
import { type MetadataLookup, QueryScope } from '../../expr/query.ts'
import type { Query } from '../../query.ts'

/** Lets those queries into a server block for which all expressions are true. */
export class ViewExpressions implements ViewFilter {
  readonly name: string
  readonly #expressions: readonly Expression[]
  readonly #metadata: MetadataLookup

  constructor(name: string, expressions: readonly Expression[], metadata: MetadataLookup) {
    this.name = name
    this.#expressions = expressions
    this.#metadata = metadata
  }

  /** An expression that fails, or whose value is not the boolean true, keeps the query out. */
  accepts(query: Query): boolean {
    const scope = new QueryScope(query, this.#metadata)
    for (const expression of this.#expressions) if (!expression.holds(scope)) return false
    return true
  }

  explain(query: Query): string | undefined {
    const scope = new QueryScope(query, this.#metadata)
    const failed = this.#expressions.find((expression) => !expression.holds(scope))
    return failed && `${failed.source} is not true`
  }
}
