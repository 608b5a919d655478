import type { Connection } from '../runtime/runtime.ts'
import type { PoolCounts, UpstreamCounts } from './receiver.ts'
import { Stream } from './stream.ts'

/** Queries under way on one connection before another is opened, and how many may be open for that. */
const CROWDED = 64
const MAX_STREAMS = 8

export interface StreamPoolOptions {
  /** Milliseconds that an idle connection is kept. */
  readonly expire: number
  /** Milliseconds that any connection is used; 0 for ever. */
  readonly maxAge: number
  /** Idle connections kept; 0 for any number. */
  readonly maxIdle: number
  /** False where a connection cannot outlive the query that it was opened for. */
  readonly reuse: boolean
}

/** The TCP or TLS connections to one upstream. */
export class StreamPool {
  readonly use: PoolCounts = { opened: 0, reused: 0 }
  readonly #open: () => Promise<Connection>
  readonly #counts: UpstreamCounts
  readonly #options: StreamPoolOptions
  #streams: Stream[] = []
  #sweeper: ReturnType<typeof setInterval> | undefined

  constructor(open: () => Promise<Connection>, counts: UpstreamCounts, options: StreamPoolOptions) {
    this.#open = open
    this.#counts = counts
    this.#options = options
  }

  /** A connection to send the next query on: the one with the least to do, or a new one where all are crowded. */
  pick(fresh = false): Stream {
    if (!this.#options.reuse) return this.#single()
    this.#drop((stream) => !stream.usable)
    const now = performance.now()
    for (const stream of this.#streams) if (this.#isOver(stream, now)) stream.retire()
    this.#drop((stream) => !stream.usable)
    if (fresh && this.#streams.length < MAX_STREAMS) return this.#add()
    let best = this.#streams[0]
    for (const stream of this.#streams) if (stream.waiting < best.waiting) best = stream
    if (!best || (best.waiting >= CROWDED && this.#streams.length < MAX_STREAMS)) return this.#add()
    this.use.reused++
    return best
  }

  close(): void {
    for (const stream of this.#streams) stream.close()
    this.#streams = []
    this.#stopSweeping()
  }

  /** A connection for one query, closed after it. */
  #single(): Stream {
    this.use.opened++
    const stream = new Stream(this.#open(), this.#counts)
    stream.onIdle = (idle) => idle.close()
    return stream
  }

  #add(): Stream {
    this.use.opened++
    const stream = new Stream(this.#open(), this.#counts)
    stream.onIdle = () => this.#trim()
    this.#streams.push(stream)
    this.#sweeper ??= this.#startSweeper()
    return stream
  }

  #isOver(stream: Stream, now: number): boolean {
    const { expire, maxAge } = this.#options
    if (maxAge > 0 && now - stream.opened >= maxAge) return true
    return stream.waiting === 0 && now - stream.lastUse >= expire
  }

  #drop(over: (stream: Stream) => boolean): void {
    if (this.#streams.some(over)) this.#streams = this.#streams.filter((stream) => !over(stream))
  }

  #trim(): void {
    const { maxIdle } = this.#options
    if (maxIdle === 0) return
    const idle = this.#streams.filter((stream) => stream.usable && stream.waiting === 0)
    for (const stream of idle.slice(maxIdle)) stream.retire()
  }

  #startSweeper(): ReturnType<typeof setInterval> {
    const sweeper = setInterval(() => this.#sweep(), Math.max(this.#options.expire, 100))
    sweeper.unref?.()
    return sweeper
  }

  #sweep(): void {
    const now = performance.now()
    for (const stream of this.#streams) if (this.#isOver(stream, now)) stream.retire()
    this.#drop((stream) => !stream.usable)
    if (this.#streams.length === 0) this.#stopSweeping()
  }

  #stopSweeping(): void {
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
  }
}
