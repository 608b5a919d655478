import { FUNCTIONS } from './functions.ts'
import { ExpressionError, type Lexeme, lex } from './lex.ts'
import { OPERATORS, PREFIXES, patternOf } from './operators.ts'
import { booleanOf, type Run, type Value, ValueError } from './value.ts'

/** An expression in the language of https://github.com/Knetic/govaluate, ready to run. */
export interface Expression {
  readonly run: Run
  /** The variables that it asks for, and where. */
  readonly variables: readonly { readonly name: string; readonly offset: number }[]
  /** Why it has no value for any query; undefined where that depends. */
  readonly flaw: string | undefined
}

/** Operators by how tightly they bind, loosest first. All group from the left. */
const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!=', '<', '>', '<=', '>=', '=~', '!~', 'IN'],
  ['&', '|', '^'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
  ['**'],
]

/** Brackets in brackets, and prefixes before prefixes. */
const MAX_DEPTH = 100
/** Characters: a longer one could be more than can be evaluated. */
const MAX_LENGTH = 10_000

/** Reads an expression. Throws ExpressionError. */
export function parseExpression(text: string): Expression {
  if (text.length > MAX_LENGTH) throw new ExpressionError(`is longer than ${MAX_LENGTH} characters`, 0)
  const parser = new Parser(lex(text))
  return parser.expression()
}

/** A part of an expression, and its value where that never changes. */
interface Part {
  readonly run: Run
  readonly constant: boolean
  readonly offset: number
  /** One value in parentheses: behind IN it is a list. */
  readonly isGroup?: boolean
}

const NOWHERE = { get: () => '' }

class Parser {
  readonly #lexemes: readonly Lexeme[]
  #at = 0
  #depth = 0
  readonly #variables: { name: string; offset: number }[] = []
  #flaw: string | undefined

  constructor(lexemes: readonly Lexeme[]) {
    this.#lexemes = lexemes
  }

  expression(): Expression {
    const { run } = this.#ternary()
    if (this.#next.kind !== 'end') this.#unexpected('an operator')
    return { run, variables: this.#variables, flaw: this.#flaw }
  }

  get #next(): Lexeme {
    return this.#lexemes[this.#at]
  }

  #takes(symbol: string): boolean {
    const { kind, text } = this.#next
    const isIt = symbol === 'IN' ? kind === 'name' && text.toUpperCase() === 'IN' : kind === 'symbol' && text === symbol
    if (isIt) this.#at++
    return isIt
  }

  #unexpected(wanted: string): never {
    const { kind, text, offset } = this.#next
    const got = kind === 'end' ? 'it ends here' : `got "${text}"`
    throw new ExpressionError(`expected ${wanted}, ${got}`, offset)
  }

  /** `a ? b : c`; without `: c` it is nothing where a is false, which `??` takes for no value. */
  #ternary(): Part {
    if (this.#depth >= MAX_DEPTH) throw new ExpressionError('is nested too deeply', this.#next.offset)
    this.#depth++
    let left = this.#binary(0)
    for (;;) {
      if (this.#takes('??')) {
        const right = this.#binary(0)
        left = this.#part([left, right], OPERATORS['??'](left.run, right.run))
      } else if (this.#takes('?')) left = this.#choice(left)
      else break
    }
    this.#depth--
    return left
  }

  #choice(condition: Part): Part {
    const yes = this.#ternary()
    const no = this.#takes(':') ? this.#ternary() : undefined
    const run: Run = (scope) => {
      if (booleanOf(condition.run(scope), '?')) return yes.run(scope)
      return no ? no.run(scope) : null
    }
    return this.#part(no ? [condition, yes, no] : [condition, yes], run)
  }

  #binary(level: number): Part {
    const symbols = LEVELS[level]
    if (!symbols) return this.#prefix()
    let left = this.#binary(level + 1)
    for (
      let symbol = symbols.find((one) => this.#takes(one));
      symbol;
      symbol = symbols.find((one) => this.#takes(one))
    ) {
      const value = this.#binary(level + 1)
      const right = symbol === 'IN' && value.isGroup ? this.#part([value], listOf(value.run)) : value
      if (symbol === '=~' || symbol === '!~') this.#checkPattern(right)
      left = this.#part([left, right], OPERATORS[symbol](left.run, right.run))
    }
    return left
  }

  #prefix(): Part {
    for (const symbol of Object.keys(PREFIXES)) {
      if (!this.#takes(symbol)) continue
      if (this.#depth++ >= MAX_DEPTH) throw new ExpressionError('is nested too deeply', this.#next.offset)
      const right = this.#prefix()
      this.#depth--
      return this.#part([right], PREFIXES[symbol](right.run))
    }
    return this.#value()
  }

  #value(): Part {
    const { kind, text, offset } = this.#next
    if (this.#takes('(')) return this.#group(offset)
    if (kind !== 'number' && kind !== 'string' && kind !== 'name' && kind !== 'bracketed') this.#unexpected('a value')
    if (kind === 'name' && text.toUpperCase() === 'IN') this.#unexpected('a value')
    this.#at++
    if (kind === 'number') return this.#literal(Number(text), offset)
    if (kind === 'string') return this.#literal(text, offset)
    if (kind === 'name' && (text === 'true' || text === 'false')) return this.#literal(text === 'true', offset)
    if (kind === 'name' && this.#takes('(')) return this.#call(text, offset)
    this.#variables.push({ name: text, offset })
    return { run: (scope) => scope.get(text), constant: false, offset }
  }

  #literal(value: Value, offset: number): Part {
    return { run: () => value, constant: true, offset }
  }

  /** A value in parentheses, or a list of several. */
  #group(offset: number): Part {
    const parts = [this.#ternary()]
    while (this.#takes(',')) parts.push(this.#ternary())
    if (!this.#takes(')')) this.#unexpected('a closing parenthesis')
    if (parts.length === 1) return { ...parts[0], offset, isGroup: true }
    return this.#part(parts, (scope) => parts.map(({ run }) => run(scope)))
  }

  #call(name: string, offset: number): Part {
    if (!Object.hasOwn(FUNCTIONS, name)) {
      const known = Object.keys(FUNCTIONS).join(', ')
      throw new ExpressionError(`there is no function "${name}"; there are ${known}`, offset)
    }
    const args: Part[] = []
    if (!this.#takes(')')) {
      do args.push(this.#ternary())
      while (this.#takes(','))
      if (!this.#takes(')')) this.#unexpected('a closing parenthesis')
    }
    const { arity, call } = FUNCTIONS[name]
    if (args.length !== arity)
      throw new ExpressionError(`${name} takes ${arity} argument${arity === 1 ? '' : 's'}, got ${args.length}`, offset)
    const run: Run = (scope) => call(args.map((arg) => arg.run(scope)))
    // What chance says is no constant.
    return name === 'random' ? { run, constant: false, offset } : this.#part(args, run, offset)
  }

  /** What is made of constants is one: evaluated now, so that what always fails is known. */
  #part(parts: readonly Part[], run: Run, offset: number = parts[0].offset): Part {
    if (!parts.every(({ constant }) => constant)) return { run, constant: false, offset }
    try {
      const value = run(NOWHERE)
      return { run: () => value, constant: true, offset }
    } catch (error) {
      if (!(error instanceof ValueError)) throw error
      this.#flaw ??= error.message
      return { run, constant: false, offset }
    }
  }

  /** A pattern that is written out is compiled once, here. */
  #checkPattern({ run, constant, offset }: Part): void {
    if (!constant) return
    const value = run(NOWHERE)
    if (typeof value !== 'string') return
    try {
      patternOf(value)
    } catch (error) {
      throw new ExpressionError((error as Error).message, offset)
    }
  }
}

/** A value as a list of one. */
const listOf =
  (run: Run): Run =>
  (scope) => {
    const value = run(scope)
    return Array.isArray(value) ? value : [value]
  }
