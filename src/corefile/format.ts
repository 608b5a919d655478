import { scan } from './lexer.ts'
import { Problems } from './problems.ts'
import { layOut, type Row } from './rows.ts'

/**
 * Prints a Corefile in its canonical form: four blanks a level, an opening brace at its line's end and a closing one on its
 * own, one blank line between blocks and nowhere more than one. Comments, imports, variables, quotes and broken lines stay
 * as they are. Throws ConfigErrors where a quote is not closed.
 */
export function formatCorefile(text: string, file = 'Corefile'): string {
  const problems = new Problems()
  const rows = layOut(scan(text, file, problems))
  problems.throwIfAny()
  setApart(rows)
  return rows.map((row, i) => (hasBlank(row, rows[i - 1]) ? '\n' : '') + print(row)).join('')
}

/** Puts a blank line before each outermost block, its comments and all lines of its keys. */
function setApart(rows: readonly Row[]): void {
  for (const [i, row] of rows.entries()) {
    if (row.depth > 0 || row.brace !== '{') continue
    let first = i
    while (first > 0 && belongsBefore(rows[first - 1], rows[first])) first--
    rows[first].blankBefore = true
  }
}

function belongsBefore(row: Row, next: Row): boolean {
  if (row.depth > 0 || row.brace) return false
  return row.parts.length === 0 ? !next.blankBefore : row.parts.at(-1)!.at(-1)!.endsWith(',')
}

function hasBlank(row: Row, before: Row | undefined): boolean {
  if (!before || before.brace === '{' || row.brace === '}') return false
  return row.blankBefore || (before.brace === '}' && before.depth === 0)
}

function print({ parts, brace, comment, depth }: Row): string {
  const words = parts.map((part) => part.join(' ')).join(` \\\n${indent(depth + 1)}`)
  const line = [words, brace, comment].filter((piece) => piece).join(' ')
  // A word that ends in a backslash would break the line where it is the last: a comment parts the two.
  return `${indent(depth)}${line}${line.endsWith('\\') && comment === undefined ? ' #' : ''}\n`
}

function indent(depth: number): string {
  return ' '.repeat(4 * depth)
}
