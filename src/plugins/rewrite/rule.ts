import { foldedText, type Name, parseName } from '../../dns/name.ts'
import type { Query } from '../../query.ts'
import type { Reply } from '../../reply.ts'

/** What a rule does to a reply on its way back. */
export type ResponseRule = (reply: Reply) => Reply | Promise<Reply>

/** What became of a query that a rule is for. */
export interface Rewritten {
  readonly query: Query
  /** Applied in reverse order. */
  readonly responses: readonly ResponseRule[]
}

/** A query under way through the rules, and its name as they look at it: small letters, final dot. */
export class Subject {
  readonly query: Query
  #name: string | undefined

  constructor(query: Query) {
    this.query = query
  }

  get name(): string {
    this.#name ??= foldedText(this.query.name)
    return this.#name
  }
}

/** Undefined where the rule is not for this query. */
export type Apply = (subject: Subject) => Rewritten | undefined

export interface Rule {
  readonly apply: Apply
  /** No rule after it is looked at, once it has done something. */
  readonly stops: boolean
}

/** A query as it is, with something to do for its reply. */
export const onlyResponse = (query: Query, ...responses: readonly ResponseRule[]): Rewritten => ({ query, responses })

/** The name that a rule made. Throws where it is none. */
export function nameFrom(text: string): Name {
  return parseName(text)
}
