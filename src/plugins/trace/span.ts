import { type Key, key } from '../../key.ts'
import type { Peer } from '../../query.ts'
import { wallclock } from '../../wallclock.ts'
import { hexId } from './ids.ts'

/** One step of a query: all of it, or what a plugin and those behind it did. */
export interface Span {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly id: string
  readonly parentId: string | undefined
  readonly name: string
  /** The query as a whole, which has a client. */
  readonly isServer: boolean
  /** The span is the client's as well, which has its id. */
  readonly isShared: boolean
  readonly peer: Peer
  /** Milliseconds since 1970, and milliseconds. */
  readonly start: number
  duration: number
  tags: Readonly<Record<string, string>>
  /** What a plugin threw. */
  error: string | undefined
}

/** Aliases, and plugins that ask again, do not make a trace endless. */
const MAX_SPANS = 256

const UNFINISHED = -1
const NO_TAGS: Readonly<Record<string, string>> = {}

/** The trace of a query, on the query, while it lasts. */
export const ActiveTrace: Key<Trace> = key('trace/active')

/** A trace as it grows. Plugins stand within each other, so a span's parent is the one that was open when it began. */
export class Trace {
  readonly traceId: string
  readonly root: Span
  readonly #peer: Peer
  readonly #spans: Span[] = []
  #open: Span
  #isOver = false

  /** `name` of the span for all of the query. With `shared`, that span is the client's own. */
  constructor(name: string, peer: Peer, shared: boolean) {
    const client = peer.trace
    this.#peer = peer
    this.traceId = client?.traceId ?? hexId() + hexId()
    const isShared = shared && client !== undefined
    this.root = {
      traceId: this.traceId,
      id: isShared ? client.spanId : hexId(),
      parentId: isShared ? undefined : client?.spanId,
      name,
      isServer: true,
      isShared,
      peer,
      start: wallclock(),
      duration: UNFINISHED,
      tags: NO_TAGS,
      error: undefined,
    }
    this.#spans.push(this.root)
    this.#open = this.root
  }

  /** Begins a span. Undefined where there is no more to be told: the query is answered, or has too many spans. */
  begin(name: string): Span | undefined {
    if (this.#isOver || this.#spans.length >= MAX_SPANS) return undefined
    const span: Span = {
      traceId: this.traceId,
      id: hexId(),
      parentId: this.#open.id,
      name,
      isServer: false,
      isShared: false,
      peer: this.#peer,
      start: wallclock(),
      duration: UNFINISHED,
      tags: NO_TAGS,
      error: undefined,
    }
    this.#spans.push(span)
    return span
  }

  /** The span is what plugins are called in from now on. Gives the one that was before. */
  enter(span: Span): Span {
    const before = this.#open
    this.#open = span
    return before
  }

  /** The span has ended. */
  leave(span: Span, before: Span, error?: string): void {
    span.duration = Math.max(0, wallclock() - span.start)
    span.error = error
    this.#open = before
  }

  /** The query has its reply. All spans, the first of all of it; those that still go on end here. */
  finish(tags: Readonly<Record<string, string>>, error?: string): readonly Span[] {
    this.#isOver = true
    const now = wallclock()
    this.root.tags = tags
    this.root.error = error
    for (const span of this.#spans) if (span.duration === UNFINISHED) span.duration = Math.max(0, now - span.start)
    return this.#spans
  }
}
