import { parseFloat64, parseInt64, readGoEscape, unquote } from '../golang/strconv.ts'
import type { GoValue } from '../golang/value.ts'
import type { Command, Operand, Pipe } from './ast.ts'
import { TemplateError, type TemplateToken } from './lex.ts'
import { type TokenReader, unexpected } from './tokens.ts'

const MAX_PARENS = 100

/** Pipelines of a template: `$x := .Name | printf "%s"`. Keeps track of the variables that may be used. */
export class PipeParser {
  readonly #tokens: TokenReader
  readonly #functions: ReadonlySet<string>
  #variables: string[] = ['$']
  #depth = 0

  constructor(tokens: TokenReader, functions: ReadonlySet<string>) {
    this.#tokens = tokens
    this.#functions = functions
  }

  /** The variables in sight, to come back to with `leave`. */
  mark(): string[] {
    return [...this.#variables]
  }

  /** Starts a template of its own, which sees `$` and these alone. */
  enter(variables: string[]): string[] {
    const outer = this.#variables
    this.#variables = ['$', ...variables]
    return outer
  }

  leave(outer: string[]): void {
    this.#variables = outer
  }

  /** A pipeline and the token that ends it. */
  pipeline(context: string, end: 'close' | ')', range: boolean): Pipe {
    if (++this.#depth > MAX_PARENS) throw new TemplateError('nested too deeply', this.#tokens.peek().at)
    const start = this.#tokens.peekNonSpace()
    const declared = this.#declarations(range)
    const commands: Command[] = []
    for (;;) {
      const token = this.#tokens.peekNonSpace()
      if (token.kind === end) break
      commands.push(this.#command(end))
    }
    this.#tokens.next()
    checkStages(commands, context, start)
    if (!declared.assign) this.#variables.push(...declared.variables)
    this.#depth--
    return { ...declared, commands }
  }

  /** `$x :=`, `$x =`, and in a range `$i, $e :=`. */
  #declarations(range: boolean): { variables: string[]; assign: boolean } {
    const variables: string[] = []
    const first = this.#tokens.peekNonSpace()
    if (first.kind !== 'variable') return { variables, assign: false }
    const second = this.#tokens.lookAhead(1)
    if (second.kind === 'comma') {
      if (!range) throw unexpected(second, 'pipeline')
      if (this.#tokens.lookAhead(2).kind !== 'variable')
        throw new TemplateError('range can only initialize variables', second.at)
      const mark = this.#tokens.lookAhead(3)
      if (mark.kind !== 'declare' && mark.kind !== 'assign')
        throw new TemplateError('too many declarations in range', mark.at)
    } else if (second.kind !== 'declare' && second.kind !== 'assign') {
      return { variables, assign: false }
    }
    for (;;) {
      const token = this.#tokens.nextNonSpace()
      if (token.kind === 'variable') variables.push(token.text)
      else if (token.kind !== 'comma') {
        const assign = token.kind === 'assign'
        if (assign) for (const name of variables) this.#known(name, first)
        return { variables, assign }
      }
    }
  }

  #known(name: string, token: TemplateToken): void {
    if (!this.#variables.includes(name)) throw new TemplateError(`undefined variable "${name}"`, token.at)
  }

  #command(end: 'close' | ')'): Command {
    const operands: Operand[] = []
    for (;;) {
      const start = this.#tokens.peekNonSpace()
      const operand = this.#operand()
      if (operand) operands.push(operand)
      const token = this.#tokens.peek()
      if (operand && token.kind === 'space') {
        const after = this.#tokens.peekNonSpace()
        if (after.kind !== end && after.kind !== 'pipe') continue
      }
      const last = this.#tokens.peek()
      if (last.kind === 'pipe') {
        this.#tokens.next()
        if (operands.length === 0) throw new TemplateError('empty command', start.at)
        return { operands }
      }
      if (last.kind !== end) throw unexpected(last, 'operand')
      return { operands }
    }
  }

  #operand(): Operand | undefined {
    const term = this.#term()
    if (!term || this.#tokens.peek().kind !== 'field') return term
    const names: string[] = []
    const at = this.#tokens.peek()
    while (this.#tokens.peek().kind === 'field') names.push(this.#tokens.next().text.slice(1))
    switch (term.kind) {
      case 'field':
        return { kind: 'field', names: [...term.names, ...names] }
      case 'variable':
        return { ...term, names: [...term.names, ...names] }
      case 'constant':
      case 'nil':
      case 'dot':
        throw new TemplateError('unexpected . after term', at.at)
    }
    return { kind: 'chain', operand: term, names }
  }

  #term(): Operand | undefined {
    const token = this.#tokens.peekNonSpace()
    switch (token.kind) {
      case 'word':
        this.#tokens.next()
        return this.#word(token)
      case 'dot':
        this.#tokens.next()
        return { kind: 'dot' }
      case 'variable':
        this.#tokens.next()
        this.#known(token.text, token)
        return { kind: 'variable', name: token.text, names: [] }
      case 'field':
        this.#tokens.next()
        return { kind: 'field', names: [token.text.slice(1)] }
      case 'number':
      case 'char':
      case 'string':
        this.#tokens.next()
        return { kind: 'constant', value: constant(token), text: token.text }
      case '(':
        this.#tokens.next()
        return { kind: 'pipe', pipe: this.pipeline('parenthesized pipeline', ')', false) }
    }
    return undefined
  }

  #word(token: TemplateToken): Operand {
    if (token.text === 'true' || token.text === 'false') {
      return { kind: 'constant', value: token.text === 'true', text: token.text }
    }
    if (token.text === 'nil') return { kind: 'nil' }
    if (!this.#functions.has(token.text)) throw new TemplateError(`function "${token.text}" not defined`, token.at)
    return { kind: 'function', name: token.text }
  }
}

function checkStages(commands: readonly Command[], context: string, start: TemplateToken): void {
  if (commands.length === 0) throw new TemplateError(`missing value for ${context}`, start.at)
  commands.forEach((command, i) => {
    if (command.operands.length === 0) throw new TemplateError('empty command', start.at)
    if (i > 0 && ['constant', 'dot', 'nil'].includes(command.operands[0].kind)) {
      throw new TemplateError(`non executable command in pipeline stage ${i + 1}`, start.at)
    }
  })
}

function constant(token: TemplateToken): GoValue {
  if (token.kind === 'string') return unquote(token.text) ?? bad('string', token)
  if (token.kind === 'char') return BigInt(character(token).codePointAt(0)!)
  const integer = parseInt64(token.text, 0)
  if (integer !== undefined) return integer
  return parseFloat64(token.text) ?? bad('number', token)
}

function character(token: TemplateToken): string {
  const body = token.text.slice(1, -1)
  if (body[0] === '\\') {
    const escaped = readGoEscape(body, 1, "'")
    return escaped?.next === body.length ? escaped.char : bad('character constant', token)
  }
  return [...body].length === 1 ? body : bad('character constant', token)
}

function bad(what: string, token: TemplateToken): never {
  throw new TemplateError(`bad ${what}: ${token.text}`, token.at)
}
