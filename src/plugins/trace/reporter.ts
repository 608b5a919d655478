import { reasonOf } from '../../reason.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import type { Format, FormatSettings } from './formats.ts'
import type { Span } from './span.ts'

export interface ReporterOptions {
  readonly url: string
  readonly format: Format
  readonly settings: FormatSettings
  /** Fields of the requests that the user wants, such as an authorization. */
  readonly headers: Readonly<Record<string, string>>
  /** Spans that may wait; the oldest go first. */
  readonly maxBacklog: number
  /** So many are sent at once. */
  readonly batchSize: number
  /** Fewer are sent after so long. Milliseconds. */
  readonly interval: number
  readonly runtime: Runtime
  readonly log: Runtime['log']
}

/** A collector gets so long for a request. Milliseconds. */
const TIMEOUT = 5000
/** And all that is left at the end so long. Milliseconds. */
const LAST_CHANCE = 2000

/** Brings spans to a collector in batches, one request at a time. What it does not take is lost, and counted. */
export class Reporter {
  dropped = 0
  readonly #options: ReporterOptions
  #spans: Span[] = []
  #timer: ReturnType<typeof setTimeout> | undefined
  #sending: Promise<void> | undefined
  #isFailing = false
  /** Breaks off what is under way. On Workers even this belongs to the request that made it. */
  readonly #end: AbortController | undefined

  constructor(options: ReporterOptions) {
    this.#options = options
    this.#end = options.runtime.perRequestIo ? undefined : new AbortController()
  }

  add(spans: readonly Span[]): void {
    const { maxBacklog, batchSize, interval, runtime } = this.#options
    for (const span of spans) this.#spans.push(span)
    if (this.#spans.length > maxBacklog) this.dropped += this.#spans.splice(0, this.#spans.length - maxBacklog).length
    // On Workers a request takes along what is there when it ends: timers end with it, and connections belong to it.
    if (runtime.perRequestIo) runtime.waitUntil(this.#send())
    else if (this.#spans.length >= batchSize) this.#flush()
    else this.#timer ??= setTimeout(() => this.#flush(), interval)
  }

  /** Sends what is left, as far as the collector takes it. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    const timer = setTimeout(() => this.#end?.abort(new Error('the end has come')), LAST_CHANCE)
    await this.#sending
    while (this.#spans.length > 0 && !this.#end?.signal.aborted) await this.#send()
    clearTimeout(timer)
    clearTimeout(this.#timer)
    this.dropped += this.#spans.splice(0).length
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    // The request under way goes on with what is there when it is done.
    this.#sending ??= this.#sendAll()
  }

  async #sendAll(): Promise<void> {
    const { batchSize } = this.#options
    do await this.#send()
    while (this.#spans.length >= batchSize && !this.#end?.signal.aborted)
    this.#sending = undefined
    if (this.#spans.length > 0) this.#timer ??= setTimeout(() => this.#flush(), this.#options.interval)
  }

  async #send(): Promise<void> {
    const { url, format, settings, headers, batchSize, log } = this.#options
    const spans = this.#spans.splice(0, batchSize)
    if (spans.length === 0) return
    try {
      const response = await fetch(url, {
        method: format.method,
        headers: { 'content-type': 'application/json', ...format.headers?.(spans), ...headers },
        body: format.body(spans, settings),
        signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT), ...(this.#end ? [this.#end.signal] : [])]),
      })
      await response.body?.cancel()
      if (!response.ok) throw new Error(`it answers with HTTP status ${response.status}`)
      if (this.#isFailing) log.info(`plugin/trace: ${url} takes traces again`)
      this.#isFailing = false
    } catch (error) {
      this.dropped += spans.length
      if (!this.#isFailing) log.warn(`plugin/trace: traces are lost: ${url}: ${causeOf(error)}`)
      this.#isFailing = true
    }
  }
}

/** `fetch failed` has its reason behind it. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause === undefined ? reasonOf(error) : reasonOf(cause) || reasonOf(error)
}
