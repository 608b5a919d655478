import type { Counter } from '../../metrics/counter.ts'
import type { Gauges } from '../../metrics/gauge.ts'
import type { Registry } from '../../metrics/registry.ts'

/** Tells which configuration is in use, and counts those that were not to be had. */
export class ReloadFigures {
  readonly #failures: Counter
  readonly #versions: Gauges
  #end: (() => void) | undefined

  constructor(metrics: Registry) {
    this.#failures = metrics.counter('coredns_reload_failed_total', 'Reloads that failed.')
    const help = 'Which configuration is in use: 1 for its hash.'
    this.#versions = metrics.gauges('coredns_reload_version_info', help, ['hash', 'value'])
  }

  failed(): void {
    this.#failures.increment()
  }

  inUse(hash: string): void {
    this.#end?.()
    this.#end = this.#versions.follow(['sha512', hash], () => 1)
  }

  stop(): void {
    this.#end?.()
  }
}
