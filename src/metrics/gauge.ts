import { Labelled } from './labelled.ts'

/** A number that goes up and down. It has none before it was set. */
export class Gauge {
  #value: number | undefined
  readonly followed = new Set<() => number>()

  set(value: number): void {
    this.#value = value
  }

  /** Of those followed the latest counts. */
  get value(): number | undefined {
    let value = this.#value
    for (const read of this.followed) value = read()
    return value
  }
}

/** A gauge for each combination of labels. */
export class Gauges extends Labelled<Gauge> {
  readonly type = 'gauge'
  readonly summed: boolean

  /** `summed`: each thread has a part of the whole, such as entries of its cache; otherwise all have the same. */
  constructor(help: string, labels: readonly string[], summed = false) {
    super(help, labels)
    this.summed = summed
  }

  /**
   * Reads the gauge with these label values from somebody, until what is returned is called. A reload has two for a moment:
   * the one that comes after counts, and the gauge goes with the last.
   */
  follow(values: readonly string[], read: () => number): () => void {
    const gauge = this.with(...values)
    const source = (): number => read()
    gauge.followed.add(source)
    return () => {
      gauge.followed.delete(source)
      if (gauge.value === undefined) this.remove(values)
    }
  }

  protected override make(): Gauge {
    return new Gauge()
  }

  protected override read(gauge: Gauge): number | undefined {
    return gauge.value
  }
}
