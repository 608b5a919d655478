import { WireError } from './error.ts'
import type { Word } from './rdata/words.ts'

const QUOTE = 34
const SEMICOLON = 59
const BACKSLASH = 92
/** What ends a word: none of them is beyond ASCII. */
const [BLANKS, STOPS, CLOSING] = [' \t\r\n()', ' \t\r\n()";', '"'].map((stops) =>
  Uint8Array.from({ length: 128 }, (_, code) => Number(stops.includes(String.fromCharCode(code)))),
)

/**
 * Splits one record into words (RFC 1035 §5.1): quotes, escapes, `;` comments. Parentheses mean nothing within one line.
 * A quote ends the word before it: `alpn="h2,h3"` is two words. Throws WireError.
 */
export function splitWords(line: string): Word[] {
  const words: Word[] = []
  for (let at = 0; at < line.length; ) {
    const code = line.charCodeAt(at)
    if (code === SEMICOLON) break
    if (BLANKS[code] === 1) {
      at++
      continue
    }
    const quoted = code === QUOTE
    if (quoted) at++
    const end = endOfWord(line, at, quoted ? CLOSING : STOPS)
    if (end > line.length || (quoted && end === line.length)) {
      throw new WireError(`unbalanced quote or backslash at "${line.slice(at, at + 40)}"`)
    }
    words.push({ text: line.slice(at, end), quoted })
    at = quoted ? end + 1 : end
  }
  return words
}

/** Where the first unescaped one of `stops` is, or the line's end; beyond it where a backslash comes last. */
function endOfWord(line: string, at: number, stops: Uint8Array): number {
  for (; at < line.length; at++) {
    const code = line.charCodeAt(at)
    if (stops[code] === 1) break
    if (code === BACKSLASH) at++
  }
  return at
}
