import { GoError, type GoValue } from '../golang/value.ts'
import { isBuiltin } from './builtins.ts'
import { checkExpression, type TypeScope } from './check.ts'
import { compileNode } from './compile.ts'
import { Frame, type Run, type Scope } from './frame.ts'
import { parseExpression } from './parse.ts'
import type { Type } from './types.ts'

/** An expression of the expr language, checked and ready to run. Nothing of it becomes JavaScript. */
export class Expression {
  readonly source: string
  /** The type of its value, as far as it is known. */
  readonly type: Type
  readonly #run: Run

  /** `names` are the types of what the scope gives. Throws ExpressionError. */
  constructor(source: string, names: TypeScope) {
    this.source = source
    const node = parseExpression(source, { isBuiltin, isOverridden: (name) => names.has(name) })
    this.type = checkExpression(node, names)
    this.#run = compileNode(node, [])
  }

  /** The expression's value. Throws GoError. */
  run(scope: Scope): GoValue {
    try {
      return this.#run(new Frame(scope)) ?? null
    } catch (error) {
      // Too much text, or too deep a nesting of values.
      throw error instanceof RangeError ? new GoError(error.message) : error
    }
  }

  /** True where the value is the boolean true; what is no boolean, or fails, is not. */
  holds(scope: Scope): boolean {
    try {
      return this.run(scope) === true
    } catch (error) {
      if (error instanceof GoError) return false
      throw error
    }
  }
}

/** Is it a name that a variable may have: not a keyword, literal or function of the language? */
export function isVariableName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !RESERVED.has(name) && !isBuiltin(name)
}

const RESERVED = new Set([
  'true',
  'false',
  'nil',
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
