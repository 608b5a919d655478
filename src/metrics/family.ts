/** Families of metrics as they are at one moment: plain data, which can go from thread to thread. */

/** The kinds of metrics that there are. */
export type MetricType = 'counter' | 'gauge' | 'histogram'

/** All samples of one name. */
export interface Family {
  readonly name: string
  readonly help: string
  readonly type: MetricType
  /** Names of the labels. */
  readonly labels: readonly string[]
  readonly samples: readonly Sample[]
  /** For gauges: the values of several threads add up. */
  readonly summed?: boolean
}

/** One value of a family, with its labels. */
export interface Sample {
  /** Values of the labels, in the order of their names. */
  readonly labels: readonly string[]
  readonly value: number | Distribution
}

/** What a histogram has seen. */
export interface Distribution {
  /** Upper bounds of all buckets but the last, which has none; rising. */
  readonly bounds: readonly number[]
  /** How many values each bucket has, those of the buckets before it not counted in. */
  readonly counts: readonly number[]
  readonly sum: number
}

/** Where a family comes from. */
export interface Collector {
  readonly help: string
  readonly type: MetricType
  readonly labels: readonly string[]
  readonly summed?: boolean
  samples(): Iterable<Sample>
}
