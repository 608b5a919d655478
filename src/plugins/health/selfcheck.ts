import type { HttpAddress } from '../../capabilities.ts'
import { addressText } from '../../httpaddress.ts'
import type { Counter } from '../../metrics/counter.ts'
import type { Histogram } from '../../metrics/histogram.ts'
import { reasonOf } from '../../reason.ts'
import type { Runtime } from '../../runtime/runtime.ts'

export interface SelfCheckFigures {
  /** Seconds. */
  readonly durations: Histogram
  readonly failures: Counter
}

/** Milliseconds. */
const INTERVAL = 1000
const TIMEOUT = 3000
/** Too much for a request that never leaves the machine. */
const SLOW = 1000

/** Asks the endpoint itself, as others do: when that takes long, so does everything. */
export class SelfCheck {
  readonly #host: string
  readonly #port: number
  readonly #runtime: Runtime
  readonly #figures: SelfCheckFigures
  #timer: ReturnType<typeof setTimeout> | undefined
  #stopped = false

  constructor({ host, port }: HttpAddress, runtime: Runtime, figures: SelfCheckFigures) {
    // On all addresses means on loopback, too.
    this.#host = host === '' || host === 'localhost' ? '127.0.0.1' : host
    this.#port = port
    this.#runtime = runtime
    this.#figures = figures
  }

  start(): void {
    this.#timer = setTimeout(() => void this.#check(), INTERVAL)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  async #check(): Promise<void> {
    const began = performance.now()
    const failure = await this.#ask().catch((error: unknown) => reasonOf(error))
    if (this.#stopped) return
    const duration = performance.now() - began
    this.#figures.durations.observe(duration / 1000)
    if (failure !== undefined) this.#figures.failures.increment()
    const url = `http://${addressText({ host: this.#host, port: this.#port })}/health`
    const { log } = this.#runtime
    if (failure !== undefined) log.warn(`plugin/health: Local health request to "${url}" failed: ${failure}`)
    else if (duration > SLOW)
      log.warn(`plugin/health: Local health request to "${url}" took more than 1s: ${Math.round(duration)}ms`)
    this.start()
  }

  /** Why it failed, or undefined. */
  async #ask(): Promise<string | undefined> {
    const connection = await this.#runtime.connect({ host: this.#host, port: this.#port, timeout: TIMEOUT })
    const { promise, resolve } = Promise.withResolvers<string | undefined>()
    const late = setTimeout(() => resolve(`no answer within ${TIMEOUT} ms`), TIMEOUT)
    connection.onData((bytes) => {
      const [line] = new TextDecoder().decode(bytes).split('\r\n')
      resolve(line.startsWith('HTTP/1.1 200') ? undefined : line)
    })
    connection.onClose((reason) => resolve(reason?.message ?? 'the connection was closed'))
    connection.write(REQUEST)
    try {
      return await promise
    } finally {
      clearTimeout(late)
      connection.close()
    }
  }
}

const REQUEST = new TextEncoder().encode('GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
