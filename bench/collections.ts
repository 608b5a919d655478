/** One stop of the program for its garbage: milliseconds. */
export interface Collection {
  readonly kind: 'young' | 'old'
  readonly pause: number
}

const LINE =
  /: (Scavenge|Mark-Compact)\b.*? MB, (?:pooled: \d+ MB, )?([\d.]+) \/ [\d.]+ ms(?:.*?biggest step ([\d.]+) ms)?/

/**
 * The collections in what the engine prints with `--trace-gc`. The old ones work beside the program, and stop it in steps and at
 * the end: the longest of these counts.
 */
export function readCollections(text: string): Collection[] {
  return text.split('\n').flatMap((line) => {
    const [, kind, pause, step = '0'] = LINE.exec(line) ?? []
    if (kind === undefined) return []
    return [{ kind: kind === 'Scavenge' ? 'young' : 'old', pause: Math.max(Number(pause), Number(step)) }]
  })
}
