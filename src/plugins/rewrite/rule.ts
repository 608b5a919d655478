import type { Query } from '../../query.ts'
import type { Reply } from '../../reply.ts'

/** Changes a reply on its way back: `asked` is what the rule made of `query`. Never called for what is dropped. */
export type Answering = (reply: Reply, query: Query, asked: Query) => Reply | Promise<Reply>

/** What a rule does. It keeps nothing of a query: what it did to one shows in the two. */
export interface Effect {
  /** What is asked in place of a query, which may be the query itself; undefined where the rule is not for it. */
  ask(query: Query): Query | undefined
  readonly answer?: Answering | undefined
}

export interface Rule extends Effect {
  /** No rule after it is looked at, once it was for a query. */
  readonly stops: boolean
}
