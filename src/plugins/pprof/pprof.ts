import type { HttpAnswer, ResourceRequest } from '../../capabilities.ts'
import type { ProfileKind, Runtime } from '../../runtime/runtime.ts'

/** An answer takes at most 30 seconds, and writing it some of them. */
const DEFAULT_SECONDS = 10
const MAX_SECONDS = 25
const TEXT = 'text/plain; charset=utf-8'

/** Takes profiles of the process, one at a time. */
export class Profiles {
  readonly #runtime: Runtime
  #isBusy = false

  constructor(runtime: Runtime) {
    this.#runtime = runtime
  }

  async take(kind: ProfileKind, { target }: ResourceRequest): Promise<HttpAnswer> {
    const text = new URL(target, 'http://localhost').searchParams.get('seconds')
    const seconds = text === null ? DEFAULT_SECONDS : Number(text)
    if (!(seconds >= 1 && seconds <= MAX_SECONDS))
      return { status: 400, type: TEXT, body: `seconds must be between 1 and ${MAX_SECONDS}\n` }
    if (this.#isBusy) return { status: 503, type: TEXT, body: 'another profile is being taken\n' }
    this.#isBusy = true
    try {
      const body = await this.#runtime.profile!(kind, 1000 * seconds)
      return { status: 200, type: 'application/json', body }
    } finally {
      this.#isBusy = false
    }
  }
}
