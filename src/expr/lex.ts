import { fromUtf8 } from '../golang/value.ts'
import { ExpressionError } from './error.ts'
import { unescapeBytes, unescapeText } from './unescape.ts'

export type ExprTokenKind = 'identifier' | 'number' | 'string' | 'bytes' | 'operator' | 'bracket' | 'end'

export interface ExprToken {
  readonly kind: ExprTokenKind
  /** The word, operator or number as written; the text that a string stands for. */
  readonly text: string
  readonly at: number
}

const WORD_OPERATORS = new Set([
  'not',
  'in',
  'or',
  'and',
  'matches',
  'contains',
  'startsWith',
  'endsWith',
  'let',
  'if',
  'else',
])

const SPACE = /[\s\u0085]+/y
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y
const IDENTIFIER = /[\p{L}_$][\p{L}\p{Nd}_$]*/uy
const NUMBER =
  /(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:[0-9][0-9_]*(?:\.(?!\.)[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?)/y
const STRING = /(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')/uy
const RAW = /`(?:[^`]|``)*`/y
const OPERATOR = /\?\.|\?\?|\|\||::|\.\.|&&|!=|==|<=|>=|\*\*|##|[?/#|:,;%+\-^&!=*<>.]/y
const BRACKET = /[()[\]{}]/y

/** Splits an expression into tokens; the last is the end. Throws ExpressionError. */
export function lex(source: string): ExprToken[] {
  const tokens: ExprToken[] = []
  let at = 0
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(source)?.[0]
  }
  while (at < source.length) {
    const skipped = match(SPACE) ?? match(COMMENT)
    if (skipped) {
      at += skipped.length
      continue
    }
    const { token, length } = lexOne(source, at, match)
    tokens.push(token)
    at += length
  }
  tokens.push({ kind: 'end', text: '', at })
  return tokens
}

type Match = (pattern: RegExp) => string | undefined

function lexOne(source: string, at: number, match: Match): { token: ExprToken; length: number } {
  const made = (kind: ExprTokenKind, text: string, length = text.length) => ({ token: { kind, text, at }, length })
  const char = source[at]
  if (char === '"' || char === "'") return lexString(match, at)
  if (char === '`') {
    const raw = match(RAW)
    if (!raw) throw new ExpressionError('literal not terminated', at)
    return made('string', raw.slice(1, -1).replaceAll('``', '`'), raw.length)
  }
  if (/[bB]/.test(char) && /["']/.test(source[at + 1] ?? '')) return lexBytes(source, at)
  if (source.startsWith('/*', at)) throw new ExpressionError('unclosed comment', at)
  const number = match(NUMBER)
  if (number) return lexNumber(source, at, number)
  const word = match(IDENTIFIER)
  if (word) return made(WORD_OPERATORS.has(word) ? 'operator' : 'identifier', word)
  const operator = match(OPERATOR)
  if (operator) return made('operator', operator)
  const bracket = match(BRACKET)
  if (bracket) return made('bracket', bracket)
  throw new ExpressionError(`unrecognized character: ${JSON.stringify(char)}`, at)
}

function lexNumber(source: string, at: number, number: string): { token: ExprToken; length: number } {
  const after = source.slice(at + number.length, at + number.length + 2)
  if (/^[\p{L}\p{Nd}_$]/u.test(after)) throw new ExpressionError(`bad number syntax: "${number}${after[0]}"`, at)
  return { token: { kind: 'number', text: number, at }, length: number.length }
}

function lexString(match: Match, at: number): { token: ExprToken; length: number } {
  const literal = match(STRING)
  if (!literal) throw new ExpressionError('literal not terminated', at)
  const text = unescapeText(literal.slice(1, -1))
  if (text === undefined) throw new ExpressionError('invalid char escape', at)
  return { token: { kind: 'string', text, at }, length: literal.length }
}

/** `b"…"`: the token's text has one character per octet. */
function lexBytes(source: string, at: number): { token: ExprToken; length: number } {
  STRING.lastIndex = at + 1
  const literal = STRING.exec(source)?.[0]
  if (!literal) throw new ExpressionError('literal not terminated', at)
  const octets = unescapeBytes(literal.slice(1, -1))
  if (!octets) throw new ExpressionError('invalid char escape', at)
  return { token: { kind: 'bytes', text: String.fromCharCode(...octets), at }, length: literal.length + 1 }
}

/** How a token is shown in a message. */
export function tokenText(token: ExprToken): string {
  if (token.kind === 'end') return 'end of expression'
  return token.kind === 'bytes' ? fromUtf8(Uint8Array.from(token.text, (c) => c.charCodeAt(0))) : `"${token.text}"`
}
