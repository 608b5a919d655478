import { foldedText } from '../../dns/name.ts'
import { rcodeName, typeName } from '../../dns/rdata/registry.ts'
import type { Registry } from '../../metrics/registry.ts'
import type { Handler, Plugin } from '../../plugin.ts'
import { printable } from '../../printable.ts'
import type { Query } from '../../query.ts'
import { reasonOf } from '../../reason.ts'
import { DROPPED, type Reply } from '../../reply.ts'
import type { Reporter } from './reporter.ts'
import { ActiveTrace, type Span, Trace } from './span.ts'

/** The span of all that happens to a query, as CoreDNS calls it. */
const TOP = 'servedns'

export interface TracingOptions {
  /** One of so many queries is traced; 0: none. */
  readonly every: number
  /** The span of a query is its client's, where that tells of one. */
  readonly shared: boolean
  readonly reporter: Reporter
  readonly metrics: Registry
}

/** Traces queries through the plugins behind it. */
export class Tracing implements Plugin {
  readonly name = 'trace'
  readonly observes = true
  readonly #options: TracingOptions
  #count = 0
  #end: () => void = () => {}

  constructor(options: TracingOptions) {
    this.#options = options
  }

  start(): void {
    const { metrics, reporter } = this.#options
    const dropped = metrics.counter('coredns_trace_dropped_total', 'Spans that a collector did not take.')
    this.#end = dropped.follow(() => reporter.dropped)
  }

  async stop(): Promise<void> {
    await this.#options.reporter.stop()
    this.#end()
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    const { every, shared } = this.#options
    if (every === 0 || ++this.#count < every) return next(query)
    this.#count = 0
    const { peer } = query
    // One trace a query: aliases lead through the chain again.
    if (peer.trace?.sampled === false || query.get(ActiveTrace)) return next(query)
    const trace = new Trace(TOP, peer, shared)
    query.hint(ActiveTrace, trace)
    try {
      const reply = next(query)
      if (!(reply instanceof Promise)) return this.#finish(query, trace, reply)
      return reply.then(
        (late) => this.#finish(query, trace, late),
        (error) => this.#fail(query, trace, error),
      )
    } catch (error) {
      return this.#fail(query, trace, error)
    }
  }

  /** A span around a plugin, where its query is traced. */
  watch({ name }: Plugin, handler: Handler): Handler {
    if (name === this.name) return handler
    return (query) => {
      const trace = query.get(ActiveTrace)
      const span = trace?.begin(name)
      return trace && span ? within(trace, span, handler, query) : handler(query)
    }
  }

  #finish(query: Query, trace: Trace, reply: Reply): Reply {
    this.#options.reporter.add(trace.finish(tagsOf(query, reply)))
    return reply
  }

  #fail(query: Query, trace: Trace, error: unknown): never {
    this.#options.reporter.add(trace.finish(tagsOf(query, undefined), printable(reasonOf(error))))
    throw error
  }
}

function within(trace: Trace, span: Span, handler: Handler, query: Query): Reply | Promise<Reply> {
  const before = trace.enter(span)
  const failed = (error: unknown): never => {
    trace.leave(span, before, printable(reasonOf(error)))
    throw error
  }
  try {
    const reply = handler(query)
    if (reply instanceof Promise)
      return reply.then((late) => {
        trace.leave(span, before)
        return late
      }, failed)
    trace.leave(span, before)
    return reply
  } catch (error) {
    return failed(error)
  }
}

/** Names as CoreDNS has them. A failure is answered SERVFAIL. */
function tagsOf({ original: query }: Query, reply: Reply | undefined): Readonly<Record<string, string>> {
  return {
    'coredns.io/name': foldedText(query.name),
    'coredns.io/type': typeName(query.type),
    'coredns.io/rcode': reply === DROPPED ? 'DROPPED' : reply ? rcodeName(reply.rcode) : 'SERVFAIL',
    'coredns.io/proto': query.peer.transport === 'udp' ? 'udp' : 'tcp',
    'coredns.io/remote': query.peer.address,
  }
}
