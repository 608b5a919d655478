import { ask } from '../ask.ts'
import type { BlockBuilder } from '../block.ts'
import { Explains, type ViewFilter } from '../capabilities.ts'
import type { Name } from '../dns/name.ts'
import { readQuestion } from '../dns/questionreader.ts'
import { isTransfer } from '../encode.ts'
import type { Site } from '../listenerplan.ts'
import { after, type Handler } from '../plugin.ts'
import { type Peer, Query, type ServerName } from '../query.ts'
import type { Reply } from '../reply.ts'
import { Routes } from '../routes.ts'
import { sendMessage, sendSequence } from '../send.ts'
import type { ServedBlock } from '../servedblock.ts'
import { type Prepare, recordedChain } from './chain.ts'
import { Trace, Traced, Visit } from './trace.ts'

/** A query that was answered while somebody looked on. */
export interface Explained {
  readonly site: Site
  readonly query: Query
  readonly trace: Trace
  readonly reply: Reply
  /** What would be sent; undefined where the chain dropped the query. */
  readonly wire: Uint8Array | undefined
}

/**
 * Answers queries as the server of a site does, by the same routes, plugins and limits, and writes down how. Only who looks at
 * replies that were sent (log, metrics) is not told. The server itself knows nothing of it.
 */
export class Explainer {
  readonly #site: Site
  readonly #prepare: Prepare
  readonly #routes: Routes
  readonly #builders = new Map<ServedBlock, BlockBuilder>()
  readonly #visits = new WeakMap<Query, Visit>()

  /** `prepare` is called for each plugin that a query comes to; for plugins that have been started there is nothing to do. */
  constructor(site: Site, prepare: Prepare = () => undefined) {
    this.#site = site
    this.#prepare = prepare
    // Another name object than the listener's, so that who asks the server anew comes back here.
    const name: ServerName = { ...site.name }
    const blocks = [...site.zones].map(([block, zones]) => this.#recorded(block, zones))
    this.#routes = new Routes(blocks, name)
    for (const block of site.zones.keys()) block.shared(Explains, () => ({ on: false })).on = true
    for (const block of site.zones.keys()) block.resolvers.set(name, (query) => this.#resolve(query))
  }

  /** `message` must be a query that can be read. */
  async explain(message: Uint8Array, peer: Peer): Promise<Explained> {
    const read = readQuestion(message)
    if (typeof read === 'number') throw new TypeError('not a query')
    const { name, type, class: rclass, id, flags, edns } = read
    const query = new Query(name, type, rclass, id, flags, edns, peer, message.length, message)
    const trace = new Trace(query)
    query.hint(Traced, trace)
    const served = this.#find(trace.first)
    const reply = await this.#answer(served, trace.first)
    const wire = firstMessage(served, query, reply)
    return { site: this.#site, query, trace, reply, wire }
  }

  /** A plugin asks the server anew: part of what it does. */
  #resolve(query: Query): Reply | Promise<Reply> {
    const trace = query.get(Traced)!
    const visit = new Visit(query, trace.clock.now)
    trace.asker?.resolved.push(visit)
    return this.#answer(this.#find(visit), visit)
  }

  #find(visit: Visit): ServedBlock | undefined {
    this.#visits.set(visit.query, visit)
    const served = this.#routes.find(visit.query)
    visit.block = served && this.#builders.get(served)
    return served
  }

  #answer(served: ServedBlock | undefined, visit: Visit): Reply | Promise<Reply> {
    return after(ask(served, visit.query), (reply) => {
      visit.ended = visit.query.get(Traced)?.clock.now
      visit.reply = reply
      return reply
    })
  }

  /** The block as it is served, with everything that a query meets in it written down. */
  #recorded(block: BlockBuilder, zones: readonly Name[]): ServedBlock {
    const served = block.serve()
    const handler: Handler = (query) =>
      recordedChain(block, query.get(Traced)!, this.#visits.get(query)!, this.#prepare)(query)
    const recorded = {
      ...served,
      zones,
      handler: served.handler && handler,
      views: served.views.map((view) => this.#recordedView(block, view)),
      taps: [],
      errors: { failed: (query: Query, error: unknown) => void this.#visits.get(query)?.errors.push(error) },
    }
    this.#builders.set(recorded, block)
    return recorded
  }

  #recordedView(block: BlockBuilder, view: ViewFilter): ViewFilter {
    const accepts = (query: Query): boolean => {
      const accepts = view.accepts(query)
      const why = accepts ? undefined : view.explain?.(query)
      this.#visits.get(query)?.views.push({ block, view: view.name, accepts, why })
      return accepts
    }
    return { name: view.name, accepts }
  }
}

/** Of a transfer over a stream, which has several, the first. */
function firstMessage(served: ServedBlock | undefined, query: Query, reply: Reply): Uint8Array | undefined {
  const { transport } = query.peer
  if (!isTransfer(query) || (transport !== 'tcp' && transport !== 'tls'))
    return sendMessage(served, [], query, reply, 0)
  const sent = sendSequence(served, [], query, reply, 0)
  if (sent === undefined || sent instanceof Uint8Array) return sent
  for (const wire of sent) return wire
  return undefined
}
