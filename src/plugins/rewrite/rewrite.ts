import type { Handler, Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import { DROPPED, type Reply } from '../../reply.ts'
import type { Answering, Rule } from './rule.ts'

/** A rule that has something to do for the reply, too, and what was done before. */
class Step {
  readonly answer: Answering
  readonly query: Query
  readonly asked: Query
  readonly before: Step | undefined

  constructor(answer: Answering, query: Query, asked: Query, before: Step | undefined) {
    this.answer = answer
    this.query = query
    this.asked = asked
    this.before = before
  }
}

/** Changes queries on their way in and replies on their way out. The client sees its own question all the while. */
export class Rewrite implements Plugin {
  readonly name = 'rewrite'
  readonly #rules: readonly Rule[]

  constructor(rules: readonly Rule[]) {
    this.#rules = rules
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    let asked = query
    let last: Step | undefined
    for (const rule of this.#rules) {
      const made = rule.ask(asked)
      if (made === undefined) continue
      if (rule.answer) last = new Step(rule.answer, asked, made, last)
      asked = made
      if (rule.stops) break
    }
    const reply = next(asked)
    if (last === undefined) return reply
    return reply instanceof Promise ? reply.then((late) => undo(late, last)) : undo(reply, last)
  }
}

/** What was done last is undone first. */
function undo(reply: Reply, last: Step | undefined): Reply | Promise<Reply> {
  for (let step = last; step && reply !== DROPPED; step = step.before) {
    const { before } = step
    const changed = step.answer(reply, step.query, step.asked)
    if (changed instanceof Promise) return changed.then((late) => undo(late, before))
    reply = changed
  }
  return reply
}
