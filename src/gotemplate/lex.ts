/** A template that cannot be parsed. `offset` is where in its text. */
export class TemplateError extends Error {
  override name = 'TemplateError'
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

export type TokenKind =
  | 'text'
  | 'open'
  | 'close'
  | 'space'
  | 'field'
  | 'variable'
  | 'word'
  | 'number'
  | 'char'
  | 'string'
  | 'dot'
  | 'pipe'
  | 'declare'
  | 'assign'
  | 'comma'
  | '('
  | ')'
  | 'end'

export interface TemplateToken {
  readonly kind: TokenKind
  readonly text: string
  readonly at: number
}

const SPACE = ' \t\r\n'
const COMMENT = /\{\{(?:-[ \t\r\n]+)?\/\*/y
const BLANKS = /[ \t\r\n]+/y
const TRIMMED_CLOSE = /[ \t\r\n]+-\}\}/y

/** Splits a template into text and the tokens of its actions, trimming where `{{-` and `-}}` say so. */
export function lex(source: string): TemplateToken[] {
  const tokens: TemplateToken[] = []
  let trim = false // an action ended in ` -}}`
  for (let at = 0; at < source.length; ) {
    const open = source.indexOf('{{', at)
    const end = open < 0 ? source.length : open
    const trimNext = open >= 0 && opensTrimmed(source, open)
    let text = source.slice(at, end)
    if (trim) text = text.replace(/^[ \t\r\n]+/, '')
    if (trimNext) text = text.replace(/[ \t\r\n]+$/, '')
    if (text !== '') tokens.push({ kind: 'text', text, at })
    if (open < 0) break
    const closed = sticky(COMMENT, source, open) ? skipComment(source, open) : lexAction(source, open, trimNext, tokens)
    trim = closed.trim
    at = closed.next
  }
  tokens.push({ kind: 'end', text: '', at: source.length })
  return tokens
}

const opensTrimmed = (source: string, open: number): boolean =>
  source[open + 2] === '-' && SPACE.includes(source[open + 3] ?? 'x')

interface Closed {
  readonly next: number
  readonly trim: boolean
}

function skipComment(source: string, open: number): Closed {
  const end = source.indexOf('*/', source.indexOf('/*', open) + 2)
  if (end < 0) throw new TemplateError('unclosed comment', open)
  const after = closes(source, end + 2)
  if (!after) throw new TemplateError('comment ends before closing delimiter', end)
  return after
}

/** `}}` or ` -}}` at this place. */
function closes(source: string, at: number): Closed | undefined {
  if (source.startsWith('}}', at)) return { next: at + 2, trim: false }
  const trimmed = sticky(TRIMMED_CLOSE, source, at)
  return trimmed === undefined ? undefined : { next: at + trimmed.length, trim: true }
}

const WORD = /[\p{L}\p{Nd}_]*/uy
const NUMBER = /[+-]?(0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9_]*\.?[0-9_]*([eE][+-]?[0-9_]+)?)/y
const STRING = /"(?:[^"\\\n]|\\.)*"/y
const CHAR = /'(?:[^'\\\n]|\\.)+'/uy

function lexAction(source: string, open: number, trimmed: boolean, tokens: TemplateToken[]): Closed {
  tokens.push({ kind: 'open', text: '{{', at: open })
  let depth = 0
  for (let at = open + (trimmed ? 3 : 2); ; ) {
    const closed = closes(source, at)
    if (closed) {
      if (depth > 0) throw new TemplateError('unclosed left paren', at)
      tokens.push({ kind: 'close', text: '}}', at })
      return closed
    }
    if (at >= source.length) throw new TemplateError('unclosed action', open)
    const token = lexInside(source, at)
    if (token.kind === '(') depth++
    if (token.kind === ')' && --depth < 0) throw new TemplateError('unexpected right paren', at)
    tokens.push(token)
    at += token.text.length
  }
}

function lexInside(source: string, at: number): TemplateToken {
  const token = (kind: TokenKind, text: string): TemplateToken => ({ kind, text, at })
  const char = source[at]
  if (SPACE.includes(char)) return token('space', sticky(BLANKS, source, at)!)
  if (char === '(' || char === ')') return token(char, char)
  if (char === '|') return token('pipe', char)
  if (char === ',') return token('comma', char)
  if (char === '=') return token('assign', char)
  if (char === ':') {
    if (source[at + 1] !== '=') throw new TemplateError('expected :=', at)
    return token('declare', ':=')
  }
  if (char === '"') return token('string', sticky(STRING, source, at) ?? fail('unterminated quoted string', at))
  if (char === "'") return token('char', sticky(CHAR, source, at) ?? fail('unterminated character constant', at))
  if (char === '`') return token('string', rawString(source, at))
  if (char === '$') return terminated(token('variable', `$${sticky(WORD, source, at + 1)}`), source)
  if (char === '.' && !/[0-9]/.test(source[at + 1] ?? '')) return lexField(source, at)
  if (/[0-9.+-]/.test(char)) return lexNumber(source, at)
  const word = sticky(WORD, source, at)
  if (!word) throw new TemplateError(`unrecognized character in action: ${JSON.stringify(char)}`, at)
  return terminated(token('word', word), source)
}

function sticky(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0]
}

function fail(message: string, at: number): never {
  throw new TemplateError(message, at)
}

function rawString(source: string, at: number): string {
  const end = source.indexOf('`', at + 1)
  if (end < 0) throw new TemplateError('unterminated raw quoted string', at)
  return source.slice(at, end + 1)
}

function lexField(source: string, at: number): TemplateToken {
  const name = sticky(WORD, source, at + 1)
  return name ? terminated({ kind: 'field', text: `.${name}`, at }, source) : { kind: 'dot', text: '.', at }
}

function lexNumber(source: string, at: number): TemplateToken {
  const text = sticky(NUMBER, source, at) ?? ''
  const after = source[at + text.length] ?? ''
  if (!/[0-9]/.test(text) || /[\p{L}\p{Nd}_]/u.test(after)) {
    throw new TemplateError(`bad number syntax: "${text}${after}"`, at)
  }
  return { kind: 'number', text, at }
}

/** A name must be followed by something that ends it. */
function terminated(token: TemplateToken, source: string): TemplateToken {
  const after = source[token.at + token.text.length]
  if (after === undefined || SPACE.includes(after) || '.,|:)('.includes(after)) return token
  if (after === '=' || source.startsWith('}}', token.at + token.text.length)) return token
  throw new TemplateError(`bad character ${JSON.stringify(after)}`, token.at + token.text.length)
}
