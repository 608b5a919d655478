import type { Distribution, Family, Sample } from './family.ts'

/**
 * The families of several threads as those of one process. Counters and histograms add up, and gauges that are `summed`; of
 * other gauges the first thread's counts.
 */
export function mergeFamilies(threads: readonly (readonly Family[])[]): Family[] {
  const merged = new Map<string, Family & { readonly byLabels: Map<string, Sample> }>()
  for (const family of threads.flat()) {
    const there = merged.get(family.name)
    const byLabels = there?.byLabels ?? new Map<string, Sample>()
    if (!there) merged.set(family.name, { ...family, byLabels })
    const addsUp = family.type !== 'gauge' || family.summed
    for (const sample of family.samples) {
      const key = sample.labels.join('\0')
      const before = byLabels.get(key)
      if (!before) byLabels.set(key, sample)
      else if (addsUp) byLabels.set(key, { labels: sample.labels, value: sum(before.value, sample.value) })
    }
  }
  return [...merged.values()]
    .map(({ byLabels, ...family }) => ({ ...family, samples: [...byLabels.values()] }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

function sum(one: Sample['value'], other: Sample['value']): Sample['value'] {
  if (typeof one === 'number') return one + (other as number)
  const { bounds, counts, sum } = other as Distribution
  return { bounds, counts: counts.map((count, i) => count + one.counts[i]), sum: sum + one.sum }
}
