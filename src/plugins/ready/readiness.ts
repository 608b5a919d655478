import type { HttpAnswer } from '../../capabilities.ts'
import type { Plugin } from '../../plugin.ts'

interface Watched {
  readonly plugin: Plugin
  /** It may become unfit again. */
  readonly continuously: boolean
}

/** Whether all plugins of the blocks with `ready` are fit to answer. */
export class Readiness {
  readonly #log: (line: string) => void
  #watched: readonly Watched[] = []
  #isEnding = false

  constructor(log: (line: string) => void) {
    this.#log = log
  }

  add(plugins: readonly Plugin[], continuously: boolean): void {
    const able = plugins.filter((plugin) => plugin.ready)
    this.#watched = [...this.#watched, ...able.map((plugin) => ({ plugin, continuously }))]
  }

  /** The process is about to end: who asks is to go elsewhere. */
  end(): void {
    this.#isEnding = true
  }

  respond(): HttpAnswer {
    if (this.#isEnding) return answer(503, 'Shutting down')
    const waiting = this.#watched.filter(({ plugin }) => !plugin.ready!())
    this.#watched = this.#watched.filter((watched) => watched.continuously || waiting.includes(watched))
    if (waiting.length === 0) return answer(200, 'OK')
    const names = [...new Set(waiting.map(({ plugin }) => plugin.name))].sort().join()
    this.#log(`Plugins not ready: "${names}"`)
    return answer(503, names)
  }
}

const answer = (status: number, body: string): HttpAnswer => ({ status, type: 'text/plain; charset=utf-8', body })
