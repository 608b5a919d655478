/** ` (did you mean "forward"?)` where a candidate is near the word, else nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const found = nearest(word, candidates)
  return found === undefined ? '' : ` (did you mean "${found}"?)`
}

/** The candidate that most likely was meant; undefined where none is near. Case does not count. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const typed = word.toLowerCase()
  if (typed.length > MAX_WORD) return undefined
  let best: string | undefined
  let least = Math.max(1, Math.floor(typed.length / 3)) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - typed.length) >= least) continue
    const steps = editDistance(typed, candidate.toLowerCase())
    if (steps < least && steps < candidate.length) {
      best = candidate
      least = steps
    }
  }
  return best
}

/** Longer words are no slips of the pen. */
const MAX_WORD = 60

/** Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      row[j] = Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + change)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[j] = Math.min(row[j], before[j - 2] + 1)
    }
    before = above
    above = row
  }
  return above[b.length]
}
