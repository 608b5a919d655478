import { assignArguments } from './arguments.ts'
import { ConfigError, type Position } from './error.ts'
import { got } from './got.ts'
import type { DirectiveNode, Line } from './parse.ts'
import { Problems } from './problems.ts'
import type { DirectiveSpec, PropertySpec, PropertyUse, Token, Use } from './spec.ts'
import { didYouMean } from './suggest.ts'

/**
 * Checks one use of a directive against its declaration and gives its typed values. Throws ConfigErrors with everything that
 * is wrong with it.
 */
export function checkDirective<const Spec extends DirectiveSpec>(node: DirectiveNode, spec: Spec): Use<Spec> {
  const check = new Check(node, spec)
  const use = check.run()
  check.problems.throwIfAny()
  return use as unknown as Use<Spec>
}

class Check {
  readonly problems = new Problems()
  readonly #node: DirectiveNode
  readonly #spec: DirectiveSpec
  readonly #uses = new Map<string, PropertyUse[]>()
  readonly #lines: (readonly Token[])[] = []

  constructor(node: DirectiveNode, spec: DirectiveSpec) {
    this.#node = node
    this.#spec = spec
  }

  run(): Use {
    const { name, at, tokens, lines, brace } = this.#node
    const { args, error } = this.#arguments(name, at, this.#spec.args, tokens)
    if (brace && !this.#takesBraces()) this.#refuseBraces(name, brace, lines)
    else for (const line of lines ?? []) if (!this.problems.isFull) this.#line(line)
    return {
      name,
      at,
      args,
      tokens,
      lines: this.#lines,
      get: (property: string) => this.#uses.get(property)?.at(-1),
      all: (property: string) => this.#uses.get(property) ?? [],
      has: (property: string) => this.#uses.has(property),
      error,
    } as Use
  }

  #takesBraces(): boolean {
    return this.#spec.braces ?? (this.#spec.properties !== undefined || this.#spec.lines === true)
  }

  #line(line: Line): void {
    const [first, ...tokens] = line.tokens
    const { properties = {}, lines } = this.#spec
    if (Object.hasOwn(properties, first.text)) this.#property(first, tokens, line, properties[first.text])
    else if (lines) for (const words of flatten(line)) this.#lines.push(words)
    else {
      const names = Object.keys(properties)
      const hint = didYouMean(first.text, names)
      const all = hint === '' && names.length > 0 ? `; there are ${names.join(', ')}` : ''
      this.#fail(`${this.#node.name}: unknown property${hint}${got(first.text)}${all}`, first.at)
    }
  }

  #property(first: Token, tokens: readonly Token[], line: Line, spec: PropertySpec): void {
    const where = `${this.#node.name}: ${first.text}`
    const { args, error } = this.#arguments(where, first.at, spec.args, tokens)
    if (line.brace && !spec.lines) this.#refuseBraces(where, line.brace, line.lines)
    const uses = this.#uses.get(first.text) ?? []
    if (uses.length > 0 && !spec.repeat) {
      const { line: row, column } = uses[0].at
      this.#fail(`${this.#node.name}: property was given before, at ${row}:${column}${got(first.text)}`, first.at)
    }
    const lines = (line.lines ?? []).flatMap(flatten)
    this.#uses.set(first.text, [...uses, { name: first.text, args, at: first.at, tokens, lines, error }])
  }

  #arguments(where: string, at: Position, declared: DirectiveSpec['args'], tokens: readonly Token[]) {
    const args = assignArguments({ where, at }, declared, tokens, (message, position) => this.#fail(message, position))
    const error = (message: string, place: Token | Position = at): ConfigError =>
      new ConfigError(`${where}: ${message}`, 'at' in place ? place.at : place)
    return { args, error }
  }

  #refuseBraces(where: string, brace: Token, lines: readonly Line[] = []): void {
    const written = lines.length > 0 ? `{ ${lines[0].tokens[0].text} …` : '{'
    this.#fail(`${where}: takes no braces${got(written)}`, brace.at)
  }

  #fail(message: string, at: Position): void {
    this.problems.add(new ConfigError(message, at))
  }
}

/** Lines as rows of words; nested braces become words of their own. */
function flatten({ tokens, lines, brace }: Line): (readonly Token[])[] {
  if (!brace) return [tokens]
  return [[...tokens, brace], ...(lines ?? []).flatMap(flatten), [{ ...brace, text: '}' }]]
}
