import type { Node } from './ast.ts'
import { Cursor } from './cursor.ts'
import { ExpressionError } from './error.ts'
import { type ExprToken, tokenText } from './lex.ts'
import { parseNumber } from './number.ts'
import { PostfixReader } from './postfix.ts'
import { PREDICATES, predicateArguments } from './predicates.ts'

/** What names mean to the parser: functions of the language, and those that the environment puts in their place. */
export interface ParseNames {
  isBuiltin(name: string): boolean
  isOverridden(name: string): boolean
}

const UNARY: { readonly [operator: string]: number } = { not: 50, '!': 50, '-': 90, '+': 90 }

const BINARY: { readonly [operator: string]: number } = {
  '|': 0,
  or: 10,
  '||': 10,
  and: 15,
  '&&': 15,
  '==': 20,
  '!=': 20,
  '<': 20,
  '>': 20,
  '>=': 20,
  '<=': 20,
  in: 20,
  matches: 20,
  contains: 20,
  startsWith: 20,
  endsWith: 20,
  '..': 25,
  '+': 30,
  '-': 30,
  '*': 60,
  '/': 60,
  '%': 60,
  '**': 100,
  '^': 100,
  '??': 500,
}

const NEGATABLE = ['contains', 'matches', 'startsWith', 'endsWith', 'in']
const COMPARISON = ['<', '>', '<=', '>=']

/** Parses an expression. Throws ExpressionError. */
export function parseExpression(source: string, names: ParseNames): Node {
  return new Parser(source, names).whole()
}

class Parser {
  readonly #read: Cursor
  readonly #names: ParseNames
  readonly #postfixes: PostfixReader
  #predicates = 0

  constructor(source: string, names: ParseNames) {
    this.#read = new Cursor(source)
    this.#names = names
    this.#postfixes = new PostfixReader(
      this.#read,
      () => this.#expression(0),
      () => this.#arguments([]),
    )
  }

  whole(): Node {
    const node = this.#sequence()
    if (this.#read.token.kind !== 'end') throw this.#read.unexpected()
    return node
  }

  /** Expressions with semicolons between them: the last is the value. */
  #sequence(): Node {
    const nodes = [this.#expression(0)]
    while (this.#read.isOperator(';')) {
      this.#read.next()
      if (this.#read.is('end')) break
      nodes.push(this.#expression(0))
    }
    return nodes.length === 1 ? nodes[0] : this.#read.node({ kind: 'sequence', nodes, at: nodes[0].at })
  }

  #expression(precedence: number): Node {
    return this.#read.nested(() => this.#anyExpression(precedence))
  }

  #anyExpression(precedence: number): Node {
    if (precedence === 0 && this.#read.isOperator('let')) return this.#let()
    if (precedence === 0 && this.#read.isOperator('if')) return this.#if()
    const node = this.#operators(this.#primary(), precedence)
    return precedence === 0 ? this.#ternary(node) : node
  }

  #operators(first: Node, precedence: number): Node {
    let left = first
    let previous = ''
    while (this.#read.is('operator')) {
      const negated = this.#read.isOperator('not')
      const token = negated ? this.#read.following : this.#read.token
      if (negated && !NEGATABLE.includes(token.text)) throw this.#read.unexpected(token)
      const strength = Object.hasOwn(BINARY, token.text) ? BINARY[token.text] : -1
      if (strength < precedence) break
      if (negated) this.#read.next()
      this.#read.next()
      if (previous === '??' && token.text !== '??' && token.text !== '|') {
        throw new ExpressionError(`"${token.text}" and "??" cannot be mixed without parentheses`, token.at)
      }
      left = this.#binary(left, token, strength)
      if (negated) left = this.#read.node({ kind: 'unary', operator: 'not', operand: left, at: token.at })
      previous = token.text
    }
    return left
  }

  #binary(left: Node, token: ExprToken, strength: number): Node {
    if (token.text === '|') return this.#postfix(this.#call(this.#read.expect('identifier'), [left], true))
    if (COMPARISON.includes(token.text)) return this.#comparison(left, token, strength)
    const isRight = token.text === '**' || token.text === '^'
    const right = this.#expression(isRight ? strength : strength + 1)
    return this.#read.node({ kind: 'binary', operator: token.text, left, right, at: token.at })
  }

  /** `1 < x <= 5` is `1 < x && x <= 5`. */
  #comparison(first: Node, operator: ExprToken, strength: number): Node {
    let left = first
    let token = operator
    let all: Node | undefined
    for (;;) {
      const right = this.#expression(strength + 1)
      const one = this.#read.node({ kind: 'binary', operator: token.text, left, right, at: token.at })
      all = all ? this.#read.node({ kind: 'binary', operator: '&&', left: all, right: one, at: token.at }) : one
      if (!this.#read.isOperator(...COMPARISON)) return all
      left = right
      token = this.#read.next()
    }
  }

  #let(): Node {
    this.#read.next()
    const name = this.#read.expect('identifier')
    this.#read.expect('operator', '=')
    const value = this.#expression(0)
    this.#read.expect('operator', ';')
    return this.#read.node({ kind: 'let', name: name.text, value, body: this.#sequence(), at: name.at })
  }

  #if(): Node {
    const { at } = this.#read.next()
    const test = this.#expression(0)
    const then = this.#braced()
    this.#read.expect('operator', 'else')
    const otherwise = this.#read.isOperator('if') ? this.#expression(0) : this.#braced()
    return this.#read.node({ kind: 'conditional', test, then, otherwise, at })
  }

  #braced(): Node {
    this.#read.expect('bracket', '{')
    const node = this.#sequence()
    this.#read.expect('bracket', '}')
    return node
  }

  #ternary(first: Node): Node {
    let node = first
    while (this.#read.isOperator('?')) {
      const { at } = this.#read.next()
      const then = this.#read.isOperator(':') ? node : this.#expression(0)
      this.#read.expect('operator', ':')
      node = this.#read.node({ kind: 'conditional', test: node, then, otherwise: this.#expression(0), at })
    }
    return node
  }

  #primary(): Node {
    const token = this.#read.token
    if (token.kind === 'operator' && Object.hasOwn(UNARY, token.text)) {
      this.#read.next()
      const operand = this.#expression(UNARY[token.text])
      return this.#postfix(this.#read.node({ kind: 'unary', operator: token.text, operand, at: token.at }))
    }
    if (this.#read.isBracket('(')) {
      this.#read.next()
      const node = this.#sequence()
      this.#read.expect('bracket', ')')
      return this.#postfix(node)
    }
    if (this.#predicates > 0 && (this.#read.isOperator('#') || this.#read.isOperator('.'))) {
      if (token.text === '#') this.#read.next()
      const name = token.text === '#' && this.#read.is('identifier') ? this.#read.next().text : ''
      return this.#postfix(this.#read.node({ kind: 'pointer', name, at: token.at }))
    }
    if (this.#read.isOperator('::')) {
      this.#read.next()
      return this.#postfix(this.#call(this.#read.expect('identifier'), [], false))
    }
    return this.#secondary()
  }

  #secondary(): Node {
    const token = this.#read.token
    switch (token.kind) {
      case 'identifier':
        this.#read.next()
        return this.#word(token)
      case 'number':
        this.#read.next()
        return this.#read.node({ kind: 'constant', value: parseNumber(token), at: token.at })
      case 'string':
        this.#read.next()
        return this.#postfix(this.#read.node({ kind: 'constant', value: token.text, at: token.at }))
      case 'bytes': {
        this.#read.next()
        const value = Uint8Array.from(token.text, (char) => char.charCodeAt(0))
        return this.#postfix(this.#read.node({ kind: 'constant', value, at: token.at }))
      }
    }
    if (this.#read.isBracket('[')) return this.#postfix(this.#array())
    if (this.#read.isBracket('{')) return this.#postfix(this.#map())
    throw this.#read.unexpected()
  }

  #word(token: ExprToken): Node {
    const constants: { readonly [word: string]: boolean | null } = { true: true, false: false, nil: null }
    if (Object.hasOwn(constants, token.text)) {
      return this.#read.node({ kind: 'constant', value: constants[token.text], at: token.at })
    }
    if (this.#read.isBracket('(')) return this.#postfix(this.#call(token, [], true))
    return this.#postfix(this.#read.node({ kind: 'identifier', name: token.text, at: token.at }))
  }

  /** A call by name; `args` holds what a pipe hands over as the first argument. */
  #call(token: ExprToken, args: Node[], mayBeOverridden: boolean): Node {
    const { text: name, at } = token
    const overridden = mayBeOverridden && this.#names.isOverridden(name)
    if (!overridden && PREDICATES.has(name)) {
      return this.#read.node({ kind: 'builtin', name, args: this.#predicateArguments(token, args), at })
    }
    const all = this.#arguments(args)
    if (!overridden && this.#names.isBuiltin(name)) return this.#read.node({ kind: 'builtin', name, args: all, at })
    const callee = this.#read.node({ kind: 'identifier', name, at })
    return this.#read.node({ kind: 'call', callee, args: all, at })
  }

  #predicateArguments(token: ExprToken, args: Node[]): Node[] {
    this.#read.expect('bracket', '(')
    const wanted = predicateArguments(token.text).slice(args.length)
    wanted.forEach((argument, i) => {
      if (this.#read.isBracket(')')) {
        if (argument.optional) return
        throw new ExpressionError(`not enough arguments to call ${token.text}`, this.#read.token.at)
      }
      if (i > 0) this.#read.expect('operator', ',')
      if (argument.optional && this.#read.isBracket(')')) return
      args.push(argument.predicate ? this.#predicate() : this.#expression(0))
    })
    if (this.#read.isOperator(',')) this.#read.next()
    this.#read.expect('bracket', ')')
    return args
  }

  #predicate(): Node {
    const { at } = this.#read.token
    this.#predicates++
    const body = this.#read.isBracket('{') ? this.#braced() : this.#expression(0)
    if (this.#read.isOperator(';'))
      throw new ExpressionError('wrap predicate with brackets { and }', this.#read.token.at)
    this.#predicates--
    return this.#read.node({ kind: 'predicate', body, at })
  }

  #arguments(args: Node[]): Node[] {
    this.#read.expect('bracket', '(')
    this.#read.list(')', () => args.push(this.#expression(0)))
    return args
  }

  #array(): Node {
    const { at } = this.#read.next()
    const items: Node[] = []
    this.#read.list(']', () => items.push(this.#expression(0)))
    return this.#read.node({ kind: 'array', items, at })
  }

  #map(): Node {
    const { at } = this.#read.next()
    const pairs: [Node, Node][] = []
    this.#read.list('}', () => {
      const key = this.#key()
      this.#read.expect('operator', ':')
      pairs.push([key, this.#expression(0)])
    })
    return this.#read.node({ kind: 'map', pairs, at })
  }

  /** A word, a number, a string, or an expression in parentheses. */
  #key(): Node {
    const token = this.#read.token
    if (this.#read.isBracket('(')) return this.#expression(0)
    if (token.kind !== 'number' && token.kind !== 'string' && token.kind !== 'identifier') {
      throw new ExpressionError(
        `a map key must be a string, a number, a word or an expression in parentheses, got ${tokenText(token)}`,
        token.at,
      )
    }
    this.#read.next()
    return this.#read.node({ kind: 'constant', value: token.text, at: token.at })
  }

  #postfix(node: Node): Node {
    return this.#postfixes.read(node)
  }
}
