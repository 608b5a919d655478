import { ConfigError, type Position } from './error.ts'
import type { Problems } from './problems.ts'
import type { Token } from './spec.ts'

/**
 * One piece of a Corefile. `raw` is as written; a word's `text` is without quotes and their escapes. A newline ends a
 * statement; a continuation is a backslash before a line's end, which does not. Blanks are left out.
 */
export interface Lexeme extends Token {
  readonly kind: 'word' | 'comment' | 'newline' | 'continuation'
  readonly raw: string
}

/**
 * Cuts a Corefile into words, comments and line ends. Quoted words may go over lines, and know one escape, `\"`. A hash
 * outside quotes starts a comment, also inside a word (corefile(5)). A byte order mark is read over. Never throws.
 */
export function scan(text: string, file: string, problems: Problems): Lexeme[] {
  const scanner = new Scanner(text, file, problems)
  const lexemes: Lexeme[] = []
  for (let lexeme = scanner.next(); lexeme; lexeme = scanner.next()) lexemes.push(lexeme)
  return lexemes
}

/** Is it a brace that opens or closes a block? One in quotes is a word. */
export function isBrace(token: Token, brace: '{' | '}'): boolean {
  return token.text === brace && !token.quoted
}

const CONTINUATION = /\\[^\S\n]*(?:\n|$)/y
const NEWLINE = 10
const HASH = 35
const QUOTE = 34
const BACKSLASH = 92
/** Unicode's blanks outside ASCII. */
const BLANKS = new Set(
  '\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a'
    .split('')
    .map((char) => char.charCodeAt(0)),
)

/** Is the character a blank or a line's end? */
function isSpace(code: number): boolean {
  return code <= 32 ? code === 32 || (code >= 9 && code <= 13) : code > 127 && BLANKS.has(code)
}

class Scanner {
  readonly #problems: Problems
  readonly #text: string
  readonly #file: string
  #at = 0
  #line = 1
  #lineStart = 0

  constructor(text: string, file: string, problems: Problems) {
    this.#problems = problems
    this.#text = text
    this.#file = file
    if (text.startsWith('\ufeff')) this.#at = this.#lineStart = 1
  }

  next(): Lexeme | undefined {
    let code = this.#text.charCodeAt(this.#at)
    while (code !== NEWLINE && isSpace(code)) code = this.#text.charCodeAt(++this.#at)
    if (this.#at >= this.#text.length) return undefined
    if (code === NEWLINE) return this.#take('newline', this.#at + 1)
    if (code === HASH) return this.#take('comment', this.#lineEnd(this.#at))
    if (code === QUOTE) return this.#quoted()
    if (code === BACKSLASH && this.#isContinuation(this.#at)) return this.#take('continuation', CONTINUATION.lastIndex)
    return this.#take('word', this.#wordEnd())
  }

  #wordEnd(): number {
    let end = this.#at + 1
    while (!this.#isWordEnd(end) && !(this.#text[end] === '\\' && this.#isContinuation(end))) end++
    return end
  }

  #isContinuation(at: number): boolean {
    CONTINUATION.lastIndex = at
    return CONTINUATION.test(this.#text)
  }

  #isWordEnd(at: number): boolean {
    const code = this.#text.charCodeAt(at)
    return at >= this.#text.length || isSpace(code) || code === HASH
  }

  #quoted(): Lexeme {
    const start = this.#at
    const lineEnd = this.#lineEnd(start)
    // In quotes a backslash keeps the next character from ending them; the pair stands for itself unless it is \".
    let end = start + 1
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === '\\' ? 2 : 1
    // A quote that goes over lines and ends inside a word ends where another one was meant to start.
    const isOpen = end >= this.#text.length || (end > lineEnd && !this.#isWordEnd(end + 1))
    if (isOpen) {
      const shown = this.#text.slice(start, Math.min(lineEnd, start + 40)).trimEnd()
      this.#problems.add(new ConfigError(`quote is never closed, got ${shown}`, this.#position()))
    }
    const inner = this.#text.slice(start + 1, isOpen ? lineEnd : end).replaceAll('\\"', '"')
    return this.#take('word', isOpen ? lineEnd : end + 1, inner)
  }

  #take(kind: Lexeme['kind'], end: number, inner?: string): Lexeme {
    const at = this.#position()
    const raw = this.#text.slice(this.#at, end)
    for (let i = raw.indexOf('\n'); i >= 0; i = raw.indexOf('\n', i + 1)) {
      this.#line++
      this.#lineStart = this.#at + i + 1
    }
    this.#at = end
    return { kind, raw, text: inner ?? raw, quoted: inner !== undefined, at }
  }

  #position(): Position {
    return { file: this.#file, line: this.#line, column: this.#at - this.#lineStart + 1 }
  }

  #lineEnd(from: number): number {
    const end = this.#text.indexOf('\n', from)
    return end < 0 ? this.#text.length : end
  }
}
