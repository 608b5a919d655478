import { type Latencies, median, type Round } from './load.ts'
import { report } from './report.ts'

/** Something under load: a server process, most often. */
export interface Contestant {
  readonly name: string
  /** Puts as much load on it as it takes, for some seconds. */
  load(seconds: number): Round | Promise<Round>
  /** How long answers take at this rate, in milliseconds; left out where no tool tells. */
  latencies?(perSecond: number, seconds: number): Latencies
  stop(): void
}

export interface ContestOptions {
  /** In front of the names in the table: `udp`. */
  readonly kind: string
  /** Who is compared with whom: all with the first, where nothing is said. */
  readonly pairs?: readonly Pair[]
  /** By name, where all are compared with the first: the least ratio that is good. */
  readonly goals?: Readonly<Record<string, number>>
  /** What is compared; per second of CPU time where left out. */
  readonly figure?: 'perSecond' | 'perCpuSecond'
  readonly rounds?: number
  readonly seconds?: number
}

export interface Pair {
  readonly name: string
  readonly beside: string
  readonly goal?: number | undefined
}

/**
 * Compares contestants, and reports a row for each pair. Rounds go in turns, so that a machine that changes its
 * speed changes all; a ratio is the median of the rounds' ratios.
 */
export async function contest(contestants: readonly Contestant[], options: ContestOptions): Promise<void> {
  const { kind, goals = {}, figure = 'perCpuSecond', rounds = 5, seconds = 2 } = options
  const taken = new Map<string, Round[]>(contestants.map(({ name }) => [name, []]))
  for (const one of contestants) await one.load(1)
  for (let round = 0; round < rounds; round++)
    for (const one of contestants) taken.get(one.name)!.push(await one.load(seconds))
  const [first] = contestants
  const pairs = options.pairs ?? contestants.map(({ name }) => ({ name, beside: first.name, goal: goals[name] }))
  const latencies = new Map<string, Latencies | undefined>()
  for (const { name, beside, goal } of pairs) {
    const own = taken.get(name)!
    const perSecond = median(own.map((round) => round.perSecond))
    if (!latencies.has(name))
      latencies.set(name, contestants.find((one) => one.name === name)!.latencies?.(perSecond / 2, seconds))
    report({
      path: `${kind}: ${name}`,
      beside,
      ratio: median(own.map((round, i) => round[figure] / taken.get(beside)![i][figure])),
      goal,
      sense: 'least',
      perSecond,
      perCpuSecond: median(own.map((round) => round.perCpuSecond)),
      ...latencies.get(name),
    })
  }
}
