/** A mistake in an expression, and where it is: characters from its beginning. */
export class ExpressionError extends Error {
  override name = 'ExpressionError'
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

export interface Lexeme {
  /** `name` is a variable or function, in brackets or not; `end` stands once at the end. */
  readonly kind: 'number' | 'string' | 'name' | 'bracketed' | 'symbol' | 'end'
  /** What it says: a string without quotes, a name without brackets. */
  readonly text: string
  readonly offset: number
}

/** Longer ones first. */
const SYMBOLS = ['**', '&&', '||', '==', '!=', '>=', '<=', '=~', '!~', '<<', '>>', '??']
const SINGLE = '+-*/%&|^<>!~?:(),'

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y
const NUMBER = /0x[0-9a-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+/iy

/** Cuts an expression into words. Throws ExpressionError. */
export function lex(text: string): Lexeme[] {
  const lexemes: Lexeme[] = []
  let at = 0
  while (at < text.length) {
    if (/\s/.test(text[at])) {
      at++
      continue
    }
    const { lexeme, end } = next(text, at)
    lexemes.push(lexeme)
    at = end
  }
  lexemes.push({ kind: 'end', text: '', offset: text.length })
  return lexemes
}

function next(text: string, offset: number): { lexeme: Lexeme; end: number } {
  const char = text[offset]
  if (char === "'" || char === '"') return quoted(text, offset, char, 'string')
  if (char === '[') return quoted(text, offset, ']', 'bracketed')
  for (const [kind, pattern] of [
    ['name', NAME],
    ['number', NUMBER],
  ] as const) {
    pattern.lastIndex = offset
    const [found] = pattern.exec(text) ?? []
    if (found) return { lexeme: { kind, text: found, offset }, end: offset + found.length }
  }
  const symbol = SYMBOLS.find((symbol) => text.startsWith(symbol, offset)) ?? (SINGLE.includes(char) ? char : undefined)
  if (symbol === undefined) throw new ExpressionError(mistake(char), offset)
  return { lexeme: { kind: 'symbol', text: symbol, offset }, end: offset + symbol.length }
}

function mistake(char: string): string {
  if (char === '=') return 'a comparison is written =='
  if (char === '.') return 'names with dots stand in brackets, as in [a.b]'
  if (char === ']') return 'there is no [ before it'
  return 'cannot be read'
}

/** A backslash takes the next character as it is. */
function quoted(
  text: string,
  offset: number,
  close: string,
  kind: 'string' | 'bracketed',
): { lexeme: Lexeme; end: number } {
  let value = ''
  for (let at = offset + 1; at < text.length; at++) {
    if (text[at] === close) return { lexeme: { kind, text: value, offset }, end: at + 1 }
    if (text[at] === '\\' && at + 1 < text.length) at++
    value += text[at]
  }
  throw new ExpressionError(`${close} is missing`, offset)
}
