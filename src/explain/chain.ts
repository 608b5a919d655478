import type { BlockBuilder } from '../block.ts'
import { compose, type Handler, nobodyAnswered, type Plugin } from '../plugin.ts'
import type { Query } from '../query.ts'
import type { Reply } from '../reply.ts'
import { Step, type Trace, type Visit } from './trace.ts'

/** Gets a plugin ready for a query. Rejects with the reason where that fails. */
export type Prepare = (plugin: Plugin) => Promise<void> | undefined

/** A block's chain for one visit of one query: each plugin is called as always, with a recorder around it. */
export function recordedChain(block: BlockBuilder, trace: Trace, visit: Visit, prepare: Prepare): Handler {
  const serving = block.plugins.filter((plugin) => plugin.serve && !plugin.observes)
  // Made link by link while the query goes down, so that each call is known by whom it came from.
  const from = (at: number, steps: Step[], pass: (query: Query) => void): Handler => {
    // Who compares `next` with the end of the chain must find it there.
    if (at === serving.length) return nobodyAnswered
    return (query) => {
      pass(query)
      const step = new Step(serving[at], block, query)
      steps.push(step)
      const next = from(at + 1, step.next, () => trace.pass(step))
      return recorded(step, trace, prepare, compose([step.plugin], next))
    }
  }
  return from(0, visit.steps, () => {})
}

function recorded(step: Step, trace: Trace, prepare: Prepare, handler: Handler): Reply | Promise<Reply> {
  const settled = (reply: Reply): Reply => {
    trace.end(step, { reply })
    return reply
  }
  const failed = (error: unknown): never => {
    trace.end(step, { error })
    throw error
  }
  const preparing = prepare(step.plugin)
  const run = (): Reply | Promise<Reply> => {
    trace.begin(step)
    try {
      const reply = handler(step.query)
      if (!(reply instanceof Promise)) return settled(reply)
      return reply.then(settled, failed)
    } catch (error) {
      return failed(error)
    }
  }
  if (!preparing) return run()
  const resume = trace.clock.pause()
  return preparing.finally(resume).then(run, failed)
}
