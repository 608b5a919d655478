import { type Counter, Counters } from './counter.ts'
import type { Collector, Family } from './family.ts'
import { type Gauge, Gauges } from './gauge.ts'
import { Histograms, TIMES } from './histogram.ts'
import { mergeFamilies } from './merge.ts'

/**
 * What a process counts, by the names that Prometheus knows it by. One for the whole process: after a reload those who ask
 * for a name again get what is there, and go on counting.
 */
export class Registry {
  readonly #collectors = new Map<string, Collector>()
  #others: (() => Promise<readonly (readonly Family[])[]>) | undefined

  counters(name: string, help: string, labels: readonly string[]): Counters {
    return this.#define(name, labels, Counters, () => new Counters(help, labels))
  }

  /** One without labels, which is there from now on. */
  counter(name: string, help: string): Counter {
    return this.counters(name, help, []).with()
  }

  /** `summed`: see Gauges. */
  gauges(name: string, help: string, labels: readonly string[], summed = false): Gauges {
    return this.#define(name, labels, Gauges, () => new Gauges(help, labels, summed))
  }

  gauge(name: string, help: string): Gauge {
    return this.gauges(name, help, []).with()
  }

  histograms(name: string, help: string, labels: readonly string[], bounds: readonly number[] = TIMES): Histograms {
    return this.#define(name, labels, Histograms, () => new Histograms(help, labels, bounds))
  }

  /** A family that somebody collects in a way of its own. A later one of the name takes its place. */
  add(name: string, collector: Collector): void {
    checkName(name, collector.labels)
    this.#collectors.set(name, collector)
  }

  /** Other threads of the process count for themselves: what `others` gathers belongs to the whole. */
  join(others: () => Promise<readonly (readonly Family[])[]>): void {
    this.#others = others
  }

  /** All families of the process, from all threads. */
  gatherAll(): Family[] | Promise<Family[]> {
    return this.#others ? this.#others().then((others) => mergeFamilies([this.gather(), ...others])) : this.gather()
  }

  /** All families that have samples now, by name; of this thread. */
  gather(): Family[] {
    return [...this.#collectors]
      .map(([name, collector]) => {
        const { help, type, labels, summed } = collector
        return { name, help, type, labels, ...(summed && { summed }), samples: [...collector.samples()] }
      })
      .filter(({ samples }) => samples.length > 0)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  #define<T extends Collector>(
    name: string,
    labels: readonly string[],
    kind: abstract new (...args: never[]) => T,
    make: () => T,
  ): T {
    const there = this.#collectors.get(name)
    if (!there) {
      const made = make()
      this.add(name, made)
      return made
    }
    if (there instanceof kind && there.labels.join() === labels.join()) return there
    throw new Error(`the metric ${name} is there already, as a ${there.type} with the labels "${there.labels}"`)
  }
}

function checkName(name: string, labels: readonly string[]): void {
  if (!/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)) throw new Error(`no name for a metric: "${name}"`)
  const bad = labels.find((label) => !/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) || label === 'le')
  if (bad !== undefined) throw new Error(`no name for a label of ${name}: "${bad}"`)
}
