import type { Node } from './ast.ts'
import type { Cursor } from './cursor.ts'
import { ExpressionError } from './error.ts'

/** What may follow a value: fields, methods, indexes and slices. */
export class PostfixReader {
  readonly #cursor: Cursor
  readonly #expression: () => Node
  readonly #arguments: () => Node[]

  /** `expression` and `args` read what stands in brackets and parentheses. */
  constructor(cursor: Cursor, expression: () => Node, args: () => Node[]) {
    this.#cursor = cursor
    this.#expression = expression
    this.#arguments = args
  }

  /** `.name`, `?.name`, `.method(…)`, `[index]` and `[from:to]`, as many as follow. */
  read(first: Node): Node {
    let node = first
    for (;;) {
      if (this.#cursor.isOperator('.') || this.#cursor.isOperator('?.')) node = this.#member(node)
      else if (this.#cursor.isBracket('[')) node = this.#index(node, false)
      else return node
    }
  }

  #member(object: Node): Node {
    const optional = this.#cursor.next().text === '?.'
    if (optional && this.#cursor.isBracket('[')) return this.#index(object, true)
    const token = this.#cursor.next()
    if (token.kind !== 'identifier' && !(token.kind === 'operator' && /^\p{L}+$/u.test(token.text))) {
      throw new ExpressionError('expected name', token.at)
    }
    const property = this.#cursor.node({ kind: 'constant', value: token.text, at: token.at })
    const inner = object.kind === 'chain' ? object.node : object
    let node = this.#cursor.node({ kind: 'member', object: inner, property, optional, at: token.at })
    if (this.#cursor.isBracket('('))
      node = this.#cursor.node({ kind: 'call', callee: node, args: this.#arguments(), at: token.at })
    return object.kind === 'chain' || optional ? this.#cursor.node({ kind: 'chain', node, at: token.at }) : node
  }

  #index(object: Node, optional: boolean): Node {
    const { at } = this.#cursor.next()
    const from = this.#cursor.isOperator(':') ? undefined : this.#expression()
    if (from && this.#cursor.isBracket(']')) {
      this.#cursor.next()
      const node = this.#cursor.node({ kind: 'member', object, property: from, optional, at })
      return optional ? this.#cursor.node({ kind: 'chain', node, at }) : node
    }
    this.#cursor.expect('operator', ':')
    const to = this.#cursor.isBracket(']') ? undefined : this.#expression()
    this.#cursor.expect('bracket', ']')
    return this.#cursor.node({ kind: 'slice', object, from, to, at })
  }
}
