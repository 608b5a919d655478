import type { Position } from './error.ts'
import type { Token } from './spec.ts'

/**
 * Where in the Corefile the character at `offset` stands, of a text made of these words with blanks between them: so that a
 * mistake inside an expression or a template is shown where it is.
 */
export function placeOf(tokens: readonly Token[], offset: number): Position {
  let left = offset
  let last = tokens[0]
  for (const token of tokens) {
    last = token
    if (left <= token.text.length) break
    left -= token.text.length + 1
  }
  return within(last, Math.min(Math.max(left, 0), last.text.length))
}

function within({ text, quoted, at }: Token, offset: number): Position {
  const before = text.slice(0, offset)
  // In quotes, each quote was written \" and lines may have ended.
  const written = quoted ? `"${before.replaceAll('"', '\\"')}` : before
  const lineStart = written.lastIndexOf('\n') + 1
  if (lineStart === 0) return { ...at, column: at.column + written.length }
  return { ...at, line: at.line + written.split('\n').length - 1, column: written.length - lineStart + 1 }
}
