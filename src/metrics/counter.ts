import { Labelled } from './labelled.ts'

/** A number that only grows. */
export class Counter {
  #count = 0
  readonly #followed = new Set<() => number>()

  increment(by = 1): void {
    this.#count += by
  }

  get value(): number {
    let value = this.#count
    for (const read of this.#followed) value += read()
    return value
  }

  /** Counts in what somebody else counts from 0. Returns how to end that: the number reached stays. */
  follow(read: () => number): () => void {
    // One of its own, so that the same function may be followed twice.
    const source = (): number => read()
    this.#followed.add(source)
    return () => {
      if (this.#followed.delete(source)) this.#count += source()
    }
  }
}

/** A counter for each combination of labels. */
export class Counters extends Labelled<Counter> {
  readonly type = 'counter'

  protected override make(): Counter {
    return new Counter()
  }

  protected override read(counter: Counter): number {
    return counter.value
  }
}
