import { after, type Handler, type Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import { DROPPED, type Reply } from '../../reply.ts'
import { type ResponseRule, type Rule, Subject } from './rule.ts'

/** Changes queries on their way in and replies on their way out. The client sees its own question all the while. */
export class Rewrite implements Plugin {
  readonly name = 'rewrite'
  readonly #rules: readonly Rule[]

  constructor(rules: readonly Rule[]) {
    this.#rules = rules
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    let subject = new Subject(query)
    let responses: ResponseRule[] | undefined
    for (const rule of this.#rules) {
      const done = rule.apply(subject)
      if (!done) continue
      if (done.query !== subject.query) subject = new Subject(done.query)
      if (done.responses.length > 0) responses = responses ? [...responses, ...done.responses] : [...done.responses]
      if (rule.stops) break
    }
    const reply = next(subject.query)
    return responses ? after(reply, (found) => applyAll(found, responses)) : reply
  }
}

/** What was done last is undone first. */
function applyAll(reply: Reply, responses: readonly ResponseRule[]): Reply | Promise<Reply> {
  if (reply === DROPPED) return reply
  return responses.reduceRight<Reply | Promise<Reply>>((found, response) => after(found, response), reply)
}
