import type { Collector, MetricType, Sample } from './family.ts'

/** Metrics of one name that differ in the values of their labels. */
export abstract class Labelled<Metric> implements Collector {
  abstract readonly type: MetricType
  readonly help: string
  readonly labels: readonly string[]
  readonly #metrics = new Map<string, { readonly labels: readonly string[]; readonly metric: Metric }>()

  constructor(help: string, labels: readonly string[]) {
    this.help = help
    this.labels = labels
  }

  /** The metric with these values, made at the first call: to be asked for once and kept, not for each query. */
  with(...values: readonly string[]): Metric {
    if (values.length !== this.labels.length)
      throw new Error(`${this.labels.length} label values are wanted, got ${values.length}`)
    const key = values.join('\0')
    let there = this.#metrics.get(key)
    if (!there) {
      there = { labels: values, metric: this.make() }
      this.#metrics.set(key, there)
    }
    return there.metric
  }

  *samples(): Generator<Sample> {
    for (const { labels, metric } of this.#metrics.values()) {
      const value = this.read(metric)
      if (value !== undefined) yield { labels, value }
    }
  }

  protected remove(values: readonly string[]): void {
    this.#metrics.delete(values.join('\0'))
  }

  protected abstract make(): Metric
  /** Undefined: it has no value now. */
  protected abstract read(metric: Metric): Sample['value'] | undefined
}
