import type { Distribution } from './family.ts'
import { Labelled } from './labelled.ts'

const doubling = (from: number, factor: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => from * factor ** i)

/** CoreDNS's buckets for how long something took: 0.25 ms to 8 s. Seconds. */
export const TIMES = doubling(0.00025, 2, 16)
/** The same, where five are enough. */
export const FEW_TIMES = doubling(0.00025, 10, 5)
/** CoreDNS's buckets for messages. Octets. */
export const SIZES = [0, 100, 200, 300, 400, 511, 1023, 2047, 4095, 8291, 16_000, 32_000, 48_000, 64_000]

/** Counts values by size. */
export class Histogram {
  readonly #bounds: Float64Array
  /** One count per bucket, the last for what is beyond all bounds; then the sum of all values. */
  readonly #cells: Float64Array

  constructor(bounds: readonly number[]) {
    this.#bounds = Float64Array.from(bounds)
    this.#cells = new Float64Array(bounds.length + 2)
  }

  /** From the smallest up, since most values are small. */
  observe(value: number): void {
    const bounds = this.#bounds
    const cells = this.#cells
    let bucket = 0
    while (bucket < bounds.length && value > bounds[bucket]) bucket++
    cells[bucket]++
    cells[bounds.length + 1] += value
  }

  get value(): Distribution {
    const last = this.#cells.length - 1
    return { bounds: [...this.#bounds], counts: [...this.#cells.subarray(0, last)], sum: this.#cells[last] }
  }
}

/** A histogram for each combination of labels. */
export class Histograms extends Labelled<Histogram> {
  readonly type = 'histogram'
  readonly bounds: readonly number[]

  constructor(help: string, labels: readonly string[], bounds: readonly number[]) {
    super(help, labels)
    this.bounds = bounds
  }

  protected override make(): Histogram {
    return new Histogram(this.bounds)
  }

  protected override read(histogram: Histogram): Distribution {
    return histogram.value
  }
}
