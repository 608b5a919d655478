import { type BlockBuilder, Resolves } from '../block.ts'
import { type Key, key } from '../key.ts'
import { NOBODY, type Plugin } from '../plugin.ts'
import type { Query } from '../query.ts'
import { reasonOf } from '../reason.ts'
import type { Reply } from '../reply.ts'

/** What happens to one query on its way, written down as it happens. Times in milliseconds. */

/** A clock that stands still while something is done that would not be done without an explanation. */
class Clock {
  #paused = 0

  get now(): number {
    return performance.now() - this.#paused
  }

  /** From now on no time passes, until what it gives is called. */
  pause(): () => void {
    const began = performance.now()
    return () => {
      this.#paused += performance.now() - began
    }
  }
}

/** A query that came to a plugin, and what came of that. */
export class Step {
  readonly plugin: Plugin
  readonly block: BlockBuilder
  readonly query: Query
  /** What it asked of the rest of the chain. */
  readonly next: Step[] = []
  /** What it asked of the whole server. */
  readonly resolved: Visit[] = []
  began = 0
  /** Undefined while nothing has come of it. */
  reply: Reply | undefined
  error: unknown
  ended: number | undefined
  /** What the plugin says of it. */
  why: string | undefined
  /** The hints that it left, by name. */
  readonly hints: Map<string, unknown> = new Map()

  constructor(plugin: Plugin, block: BlockBuilder, query: Query) {
    this.plugin = plugin
    this.block = block
    this.query = query
  }

  /** 0 for what had not ended. */
  get took(): number {
    return (this.ended ?? this.began) - this.began
  }

  /** Without what others took that it asked. */
  get own(): number {
    const others = this.next.reduce((sum, step) => sum + step.took, 0)
    return Math.max(0, this.took - others - this.resolved.reduce((sum, visit) => sum + visit.took, 0))
  }
}

/** A view that was asked whether its block is for a query. */
export interface Verdict {
  readonly block: BlockBuilder
  readonly view: string
  readonly accepts: boolean
  /** Where it says no. */
  readonly why: string | undefined
}

/** A query that the server was asked: which block got it, and what its chain did. */
export class Visit {
  readonly query: Query
  readonly views: Verdict[] = []
  readonly steps: Step[] = []
  block: BlockBuilder | undefined
  /** What plugins and the server's own rules threw. */
  readonly errors: unknown[] = []
  readonly began: number
  ended: number | undefined
  reply: Reply | undefined

  constructor(query: Query, began: number) {
    this.query = query
    this.began = began
  }

  get took(): number {
    return (this.ended ?? this.began) - this.began
  }
}

/** Everything that happens to a query that is being explained. */
export class Trace {
  readonly clock: Clock = new Clock()
  readonly first: Visit
  readonly #open: Step[] = []
  readonly #known = new Map<Key<unknown>, unknown>()

  constructor(query: Query) {
    this.first = new Visit(query, this.clock.now)
  }

  /** The plugin that asks the server again: of those that have not answered yet the one asked last. */
  get asker(): Step | undefined {
    return this.#open.at(-1)
  }

  begin(step: Step): void {
    step.began = this.clock.now
    this.#open.push(step)
  }

  /** A plugin passes its query on. */
  pass(step: Step): void {
    const resume = this.clock.pause()
    this.#note(step)
    this.#ask(step, true)
    resume()
  }

  /** The plugin of this step has been at work until now: the hints that are new are its own. */
  #note(step: Step): void {
    for (const key of step.query.hintKeys) {
      const value = step.query.get(key)
      if (key === Traced || key === Resolves || (this.#known.has(key) && this.#known.get(key) === value)) continue
      this.#known.set(key, value)
      step.hints.set(key.name, value)
    }
  }

  /** Asks the plugin why it does what it does. What goes wrong there changes nothing for the query. */
  #ask(step: Step, passes: boolean): void {
    try {
      step.why ??= step.plugin.explain?.(step.query, passes)
    } catch (error) {
      step.why = `(cannot say why: ${reasonOf(error)})`
    }
  }

  end(step: Step, result: { readonly reply?: Reply; readonly error?: unknown }): void {
    step.ended = this.clock.now
    step.reply = result.reply
    step.error = result.error
    const at = this.#open.indexOf(step)
    if (at >= 0) this.#open.splice(at, 1)
    const resume = this.clock.pause()
    this.#note(step)
    if (step.next.length === 0 && result.reply) this.#ask(step, result.reply === NOBODY)
    resume()
  }
}

/** On the query that is being explained. */
export const Traced: Key<Trace> = key('explain/trace')
