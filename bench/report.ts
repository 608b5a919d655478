/** What a benchmark found: one line of the table. */
export interface Row {
  /** What was measured: `udp: file, tutorial zone`. Names a row among those of all benchmarks. */
  readonly path: string
  /** What it is compared with, in the same run. */
  readonly beside: string
  /** Its figure over the other's. */
  readonly ratio: number
  /** Which ratios are good: those at or over `goal`, or with `most` those at or under it. */
  readonly goal?: number
  readonly sense: 'least' | 'most'
  /** Queries answered per second, and per second of the server's CPU time. */
  readonly perSecond?: number
  readonly perCpuSecond?: number
  /** How long an answer takes at half the peak rate: milliseconds. */
  readonly p50?: number
  readonly p99?: number
  /** Figures of other kinds, in words. */
  readonly more?: string
}

const rows: Row[] = []

/** Prints a row, and keeps it for the table of the whole run. */
export function report(row: Row): void {
  if (rows.length === 0) console.log(HEAD)
  rows.push(row)
  console.log(line(row))
}

export const reported = (): readonly Row[] => rows

/** Rows as a table of Markdown, which `readTable` reads again. */
export const writeTable = (all: readonly Row[]): string =>
  [HEAD, line(all[0], true), ...all.map((row) => line(row))].join('\n')

const COLUMNS = ['path', 'beside', 'ratio', 'goal', 'q/s', 'q/CPU-s', 'p50 ms', 'p99 ms', 'more'] as const
const WIDTHS = [44, 30, 5, 6, 7, 7, 6, 6, 0]
const HEAD = framed(COLUMNS)

function framed(cells: readonly string[]): string {
  const isNumber = (i: number): boolean => i >= 2 && i <= 7
  return `| ${cells.map((cell, i) => (isNumber(i) ? cell.padStart(WIDTHS[i]) : cell.padEnd(WIDTHS[i]))).join(' | ')} |`
}

function line(row: Row, isRule = false): string {
  if (isRule) return `|${COLUMNS.map((_, i) => (i >= 2 && i <= 7 ? '---:' : '---')).join('|')}|`
  const whole = (value?: number): string => (value === undefined ? '' : String(Math.round(value)))
  const fine = (value?: number): string => value?.toFixed(2) ?? ''
  const sign = row.sense === 'least' ? '≥' : '≤'
  const goal = row.goal === undefined ? sign : `${sign} ${row.goal}`
  const cells = [whole(row.perSecond), whole(row.perCpuSecond), fine(row.p50), fine(row.p99), row.more ?? '']
  return framed([row.path, row.beside, row.ratio.toFixed(2), goal, ...cells])
}

/** The rows of a table that `writeTable` made, as far as a comparison wants them. */
export function readTable(text: string): Row[] {
  return text
    .split('\n')
    .map((row) => row.split('|').map((cell) => cell.trim()))
    .filter((cells) => /^[\d.]+$/.test(cells[3] ?? ''))
    .map(([, path, beside, ratio, goal]) => ({
      path,
      beside,
      ratio: Number(ratio),
      sense: goal.startsWith('≥') ? 'least' : 'most',
    }))
}

/** How far a ratio may be on the wrong side of the one on record: machines are never quiet. */
const TOLERANCE = 0.15

/** What has become worse than it was on record, in words. */
export function worse(now: readonly Row[], before: readonly Row[]): string[] {
  const old = new Map(before.map((row) => [`${row.path}, beside ${row.beside}`, row]))
  return now.flatMap((row) => {
    const what = `${row.path}, beside ${row.beside}`
    const was = old.get(what)
    if (!was) return []
    const isWorse =
      row.sense === 'least' ? row.ratio < was.ratio * (1 - TOLERANCE) : row.ratio > was.ratio * (1 + TOLERANCE)
    return isWorse ? [`${what}: ${row.ratio.toFixed(2)}, and it was ${was.ratio.toFixed(2)}`] : []
  })
}
