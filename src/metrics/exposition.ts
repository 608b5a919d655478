import type { Distribution, Family, Sample } from './family.ts'

/** The media type of the text. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Families in Prometheus's text format, version 0.0.4. */
export function expositionText(families: readonly Family[]): string {
  return families.map(familyText).join('')
}

function familyText({ name, help, type, labels, samples }: Family): string {
  const order = [...labels.keys()].sort((a, b) => (labels[a] < labels[b] ? -1 : 1))
  const lines = samples.map((sample) => {
    const pairs = order.map((i) => `${labels[i]}="${escaped(sample.labels[i]).replaceAll('"', '\\"')}"`)
    return sampleText(name, pairs.join(), sample)
  })
  return `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n${lines.sort().join('')}`
}

function sampleText(name: string, labels: string, { value }: Sample): string {
  return typeof value === 'number' ? line(name, labels, value) : distributionText(name, labels, value)
}

function distributionText(name: string, labels: string, { bounds, counts, sum }: Distribution): string {
  const prefix = labels && `${labels},`
  let total = 0
  let text = ''
  for (const [i, count] of counts.entries()) {
    total += count
    text += line(`${name}_bucket`, `${prefix}le="${numberText(bounds[i] ?? Number.POSITIVE_INFINITY)}"`, total)
  }
  return text + line(`${name}_sum`, labels, sum) + line(`${name}_count`, labels, total)
}

const line = (name: string, labels: string, value: number): string =>
  `${name}${labels && `{${labels}}`} ${numberText(value)}\n`

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}
