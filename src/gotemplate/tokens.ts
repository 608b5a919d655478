import { lex, TemplateError, type TemplateToken, type TokenKind } from './lex.ts'

/** The tokens of one template, read one after the other. */
export class TokenReader {
  readonly #tokens: readonly TemplateToken[]
  #at = 0

  constructor(source: string) {
    this.#tokens = lex(source)
  }

  peek(): TemplateToken {
    return this.#tokens[this.#at]
  }

  next(): TemplateToken {
    const token = this.#tokens[this.#at]
    if (token.kind !== 'end') this.#at++
    return token
  }

  peekNonSpace(): TemplateToken {
    this.skipSpace()
    return this.peek()
  }

  nextNonSpace(): TemplateToken {
    this.skipSpace()
    return this.next()
  }

  skipSpace(): void {
    while (this.peek().kind === 'space') this.#at++
  }

  /** The token `ahead` places on, blanks left out. */
  lookAhead(ahead: number): TemplateToken {
    let at = this.#at
    for (let seen = 0; ; at++) {
      const token = this.#tokens[at]
      if (token.kind === 'end') return token
      if (token.kind !== 'space' && seen++ === ahead) return token
    }
  }

  expect(kind: TokenKind, context: string): TemplateToken {
    const token = this.nextNonSpace()
    if (token.kind !== kind) throw unexpected(token, context)
    return token
  }
}

/** `unexpected "x" in operand`. */
export function unexpected(token: TemplateToken, context: string): TemplateError {
  const what = token.kind === 'end' ? 'end of template' : JSON.stringify(token.text.slice(0, 40))
  return new TemplateError(`unexpected ${what} in ${context}`, token.at)
}
