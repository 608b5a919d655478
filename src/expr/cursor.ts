import type { Node } from './ast.ts'
import { ExpressionError } from './error.ts'
import { type ExprToken, type ExprTokenKind, lex, tokenText } from './lex.ts'

/** Limits of one expression's size. */
const MAX_NODES = 10_000
const MAX_DEPTH = 100

/** The tokens of one expression, read one after the other, and the count of nodes made of them. */
export class Cursor {
  readonly #tokens: readonly ExprToken[]
  #at = 0
  #nodes = 0
  #depth = 0

  constructor(source: string) {
    this.#tokens = lex(source)
  }

  get token(): ExprToken {
    return this.#tokens[this.#at]
  }

  /** The token after the one at hand. */
  get following(): ExprToken {
    return this.#tokens[Math.min(this.#at + 1, this.#tokens.length - 1)]
  }

  next(): ExprToken {
    const { token } = this
    if (token.kind !== 'end') this.#at++
    return token
  }

  is(kind: ExprTokenKind, text?: string): boolean {
    return this.token.kind === kind && (text === undefined || this.token.text === text)
  }

  isOperator(...texts: readonly string[]): boolean {
    return this.token.kind === 'operator' && texts.includes(this.token.text)
  }

  isBracket(text: string): boolean {
    return this.is('bracket', text)
  }

  expect(kind: ExprTokenKind, text?: string): ExprToken {
    if (!this.is(kind, text)) throw this.unexpected()
    return this.next()
  }

  unexpected(token: ExprToken = this.token): ExpressionError {
    return new ExpressionError(`unexpected ${tokenText(token)}`, token.at)
  }

  node(node: Node): Node {
    if (++this.#nodes > MAX_NODES) throw new ExpressionError('the expression is too large', node.at)
    return node
  }

  /** Reads something that may hold itself. */
  nested<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw new ExpressionError('nested too deeply', this.token.at)
    const result = read()
    this.#depth--
    return result
  }

  /** Things with commas between them, and perhaps after the last, up to the closing bracket. */
  list(close: string, read: () => void): void {
    while (!this.isBracket(close)) {
      read()
      if (!this.isBracket(close)) this.expect('operator', ',')
    }
    this.next()
  }
}
