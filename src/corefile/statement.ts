import { type Env, expandEnv } from './env.ts'
import { ConfigError } from './error.ts'
import { got } from './got.ts'
import { isBrace, type Lexeme, scan } from './lexer.ts'
import type { Problems } from './problems.ts'
import type { Token } from './spec.ts'

/**
 * A line of a Corefile without comments: its words, and the brace that opens a block after them. Or a closing brace alone,
 * wherever it stood. Continued lines are one.
 */
export interface Statement {
  readonly words: readonly Token[]
  readonly open?: Token
  readonly close?: Token
  /** Blanks before the line's first word or brace. */
  readonly indent: number
}

/** Where a text's words come from, and who is told what is wrong or doubtful about them. */
export interface StatementContext {
  readonly file: string
  readonly env: Env
  readonly problems: Problems
  readonly warn: (warning: ConfigError) => void
}

/** Cuts a Corefile into statements whose braces are balanced; where they are not, an error tells and they are mended. */
export function readStatements(text: string, context: StatementContext): Statement[] {
  const { file, problems, warn } = context
  const lexemes = scan(text, file, problems)
  // What a decoder makes of them.
  const damaged = lexemes.find((lexeme) => lexeme.kind === 'word' && lexeme.text.includes('\ufffd'))
  if (damaged) warn(new ConfigError(`there are octets that are not UTF-8${got(damaged.text)}`, damaged.at))
  return balance(split(lexemes, context), problems)
}

function split(lexemes: readonly Lexeme[], context: StatementContext): Statement[] {
  const statements: Statement[] = []
  let words: Token[] = []
  let indent = 0
  let isLineStart = true
  const end = (braces: Pick<Statement, 'open' | 'close'> = {}): void => {
    if (words.length > 0 || braces.open || braces.close) statements.push({ words, indent, ...braces })
    words = []
  }
  for (const lexeme of lexemes) {
    if (lexeme.kind === 'newline') {
      end()
      isLineStart = true
    }
    if (lexeme.kind !== 'word') continue
    if (isLineStart) indent = lexeme.at.column - 1
    isLineStart = false
    if (isBrace(lexeme, '{')) end({ open: plain(lexeme) })
    else if (isBrace(lexeme, '}')) {
      end()
      end({ close: plain(lexeme) })
    } else words.push(expanded(lexeme, context))
  }
  end()
  return statements
}

function plain({ text, at, quoted }: Token): Token {
  return { text, at, quoted }
}

/** A variable's value is data: it opens no block and imports nothing. */
function expanded({ text, at, quoted }: Token, { env, warn }: StatementContext): Token {
  const value = expandEnv(text, env, (name) => {
    warn(new ConfigError(`the variable ${name} is not set, and stands for nothing${got(text)}`, at))
  })
  return { text: value, at, quoted: quoted || (value !== text && ['{', '}', 'import'].includes(value)) }
}

/** Reports braces without a partner; the statements returned have none. */
function balance(statements: Statement[], problems: Problems): Statement[] {
  let depth = 0
  let isBalanced = true
  for (const { open, close } of statements) {
    depth += open ? 1 : close ? -1 : 0
    if (depth < 0) isBalanced = false
  }
  return isBalanced && depth === 0 ? statements : mend(statements, problems)
}

/**
 * Guesses by indentation what was meant: a block whose closing brace stands further left than its first line lacks its own.
 */
function mend(statements: readonly Statement[], problems: Problems): Statement[] {
  const out: Statement[] = []
  const opened: Statement[] = []
  let missing = surplus(statements)
  const closeUnclosed = (): void => {
    const { open, indent } = opened.pop()!
    problems.add(new ConfigError('block is never closed, got "{"', open!.at))
    out.push({ words: [], close: open!, indent })
    missing--
  }
  for (const statement of statements) {
    const { close, indent } = statement
    const glued = missing < 0 && !close ? gluedBrace(statement) : undefined
    if (glued) problems.add(new ConfigError(`a blank is missing before "{"${got(glued.word.text)}`, glued.word.at))
    if (glued) missing++
    if (close) while (missing > 0 && opened.length > 1 && opened.at(-1)!.indent > indent) closeUnclosed()
    if (close && !opened.pop()) {
      problems.add(new ConfigError('there is no open block to close, got "}"', close.at))
      missing++
      continue
    }
    const kept = glued?.statement ?? statement
    if (kept.open) opened.push(kept)
    out.push(kept)
  }
  while (opened.length > 0) closeUnclosed()
  return out
}

/** How many more braces open than close. */
function surplus(statements: readonly Statement[]): number {
  return statements.reduce((sum, { open, close }) => sum + (open ? 1 : close ? -1 : 0), 0)
}

/** `example.org{` at a line's end: as if a blank stood before the brace. */
function gluedBrace({ words, open, indent }: Statement): { word: Token; statement: Statement } | undefined {
  const word = words.at(-1)
  if (open || !word || word.quoted || !/^[^{}]+\{$/.test(word.text)) return undefined
  const at = { ...word.at, column: word.at.column + word.text.length - 1 }
  const before = { ...word, text: word.text.slice(0, -1) }
  return { word, statement: { words: [...words.slice(0, -1), before], open: { text: '{', at, quoted: false }, indent } }
}
