import { WireError } from './error.ts'
import type { Word } from './rdata/words.ts'

const BLANKS = ' \t\r\n()'
/** What ends a word that is not in quotes. */
const STOPS = `${BLANKS}";`

/**
 * Splits one record into words (RFC 1035 §5.1): quotes, escapes, `;` comments. Parentheses mean nothing within one line.
 * A quote ends the word before it: `alpn="h2,h3"` is two words. Throws WireError.
 */
export function splitWords(line: string): Word[] {
  const words: Word[] = []
  for (let at = 0; at < line.length; ) {
    if (line[at] === ';') break
    if (BLANKS.includes(line[at])) {
      at++
      continue
    }
    const quoted = line[at] === '"'
    if (quoted) at++
    const end = endOfWord(line, at, quoted ? '"' : STOPS)
    if (end > line.length || (quoted && end === line.length)) {
      throw new WireError(`unbalanced quote or backslash at "${line.slice(at, at + 40)}"`)
    }
    words.push({ text: line.slice(at, end), quoted })
    at = quoted ? end + 1 : end
  }
  return words
}

/** Where the first unescaped one of `stops` is, or the line's end; beyond it where a backslash comes last. */
function endOfWord(line: string, at: number, stops: string): number {
  while (at < line.length && !stops.includes(line[at])) at += line[at] === '\\' ? 2 : 1
  return at
}
