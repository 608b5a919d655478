/**
 * A reader of Prometheus's text format 0.0.4, written from its specification and knowing nothing of the writer, and the checks
 * that `promtool check metrics` makes.
 */

export interface ReadSample {
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  readonly value: number
}

export interface ReadFamily {
  readonly name: string
  help: string | undefined
  type: string | undefined
  readonly samples: ReadSample[]
}

/** Throws where the text is not of the format. */
export function readMetrics(text: string): Map<string, ReadFamily> {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end')
  const families = new Map<string, ReadFamily>()
  let current = ''
  for (const line of text.split('\n').slice(0, -1)) {
    const comment = /^# (HELP|TYPE) (\S+) ([^\n]*)$/.exec(line)
    const sample = comment ? undefined : readSample(line)
    const name = comment ? comment[2] : familyOf(sample!.name, families)
    if (name !== current && families.has(name)) throw new Error(`${name} does not stand together: ${line}`)
    current = name
    const family = families.get(name) ?? { name, help: undefined, type: undefined, samples: [] }
    families.set(name, family)
    if (sample) family.samples.push(sample)
    else describe(family, comment![1], comment![3])
  }
  return families
}

function describe(family: ReadFamily, what: string, text: string): void {
  if (family.samples.length > 0) throw new Error(`${what} of ${family.name} stands behind its samples`)
  const key = what === 'HELP' ? 'help' : 'type'
  if (family[key] !== undefined) throw new Error(`a second ${what} of ${family.name}`)
  if (key === 'type' && !['counter', 'gauge', 'histogram', 'summary', 'untyped'].includes(text))
    throw new Error(`${family.name} has no such type: ${text}`)
  family[key] = key === 'help' ? unescaped(text, '\\n') : text
}

function familyOf(name: string, families: ReadonlyMap<string, ReadFamily>): string {
  const base = name.replace(/_(bucket|sum|count)$/, '')
  return families.get(base)?.type === 'histogram' ? base : name
}

/** `name{label="value",…} 1.5`, without a timestamp, which we never write. */
function readSample(line: string): ReadSample {
  const head = /^([a-zA-Z_:][a-zA-Z0-9_:]*)/.exec(line)
  if (!head) throw new Error(`no sample: ${line}`)
  const labels = new Map<string, string>()
  let at = head[0].length
  if (line[at] === '{') {
    at++
    while (line[at] !== '}') {
      const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|(?=\}))/.exec(line.slice(at))
      if (!label) throw new Error(`no label at ${at}: ${line}`)
      if (labels.has(label[1])) throw new Error(`label ${label[1]} twice: ${line}`)
      labels.set(label[1], unescaped(label[2], '\\n"'))
      at += label[0].length
    }
    at++
  }
  const value = /^ (\+Inf|-Inf|NaN|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(line.slice(at))
  if (!value) throw new Error(`no value: ${line}`)
  return { name: head[1], labels, value: numberOf(value[1]) }
}

const numberOf = (text: string): number =>
  text.endsWith('Inf') ? Number(`${text.slice(0, -3)}Infinity`) : Number(text)

function unescaped(text: string, allowed: string): string {
  return text.replace(/\\([^\n]?)/g, (whole, letter: string) => {
    if (!allowed.includes(letter) || letter === '') throw new Error(`no escape: ${whole}`)
    return letter === 'n' ? '\n' : letter
  })
}

/** What promtool would complain of. */
export function lint(families: ReadonlyMap<string, ReadFamily>): string[] {
  return [...families.values()].flatMap((family) => [
    ...lintName(family),
    ...duplicates(family),
    ...(family.type === 'histogram' ? lintHistogram(family) : []),
  ])
}

function lintName({ name, help, type, samples }: ReadFamily): string[] {
  const found: string[] = []
  if (!help) found.push(`${name}: no help`)
  if (!type) found.push(`${name}: no type`)
  if (samples.length === 0) found.push(`${name}: no samples`)
  if (type === 'counter' && !name.endsWith('_total')) found.push(`${name}: counters end in _total`)
  if (type !== 'counter' && name.endsWith('_total')) found.push(`${name}: only counters end in _total`)
  if (type !== 'histogram' && /_(bucket|sum|count)$/.test(name)) found.push(`${name}: ends as histograms' samples do`)
  if (name.includes(':')) found.push(`${name}: colons are for recording rules`)
  if (/[a-z][A-Z]/.test(name)) found.push(`${name}: camelCase`)
  if (/_(milliseconds|ms|minutes|hours|kilobytes|bits)(_|$)/.test(name)) found.push(`${name}: no base unit`)
  if (type !== 'histogram' && samples.some(({ labels }) => labels.has('le'))) found.push(`${name}: le in no histogram`)
  if (type === 'counter' && samples.some(({ value }) => !(value >= 0))) found.push(`${name}: a counter below 0`)
  return found
}

const keyOf = ({ name, labels }: ReadSample, without?: string): string =>
  `${name} ${[...labels]
    .filter(([label]) => label !== without)
    .map((pair) => pair.join('='))
    .sort()}`

function duplicates({ samples }: ReadFamily): string[] {
  const seen = new Set<string>()
  return samples.flatMap((sample) => {
    const key = keyOf(sample)
    const found = seen.has(key) ? [`twice: ${key}`] : []
    seen.add(key)
    return found
  })
}

/** Buckets rise, each counts those below it, the last is +Inf and counts all; there are one sum and one count. */
function lintHistogram({ name, samples }: ReadFamily): string[] {
  const groups = Map.groupBy(samples, (sample) => keyOf({ ...sample, name }, 'le'))
  return [...groups].flatMap(([key, group]) => {
    const found: string[] = []
    const buckets = group.filter((sample) => sample.name === `${name}_bucket`)
    const bounds = buckets.map(({ labels }) => numberOf(labels.get('le') ?? 'NaN'))
    for (let i = 1; i < buckets.length; i++) {
      if (!(bounds[i] > bounds[i - 1])) found.push(`${key}: le does not rise`)
      if (!(buckets[i].value >= buckets[i - 1].value)) found.push(`${key}: counts do not add up`)
    }
    const sums = group.filter((sample) => sample.name === `${name}_sum`)
    const counts = group.filter((sample) => sample.name === `${name}_count`)
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY) found.push(`${key}: no +Inf`)
    if (sums.length !== 1 || counts.length !== 1) found.push(`${key}: sum or count is not there once`)
    if (counts[0]?.value !== buckets.at(-1)?.value) found.push(`${key}: count is not that of +Inf`)
    if (group.length !== buckets.length + 2) found.push(`${key}: other samples`)
    return found
  })
}

/** The value of the one sample of this name with these labels among others; undefined where there is none. */
export function sampleValue(
  families: ReadonlyMap<string, ReadFamily>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = [...families.values()]
    .flatMap(({ samples }) => samples)
    .filter((sample) => sample.name === name)
    .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels.get(label) === value))
  if (found.length > 1) throw new Error(`${found.length} samples of ${name} ${JSON.stringify(labels)}`)
  return found[0]?.value
}
