import { didYouMean } from '../corefile/suggest.ts'
import { DURATION_METHODS } from '../golang/duration.ts'
import { TIME_METHODS } from '../golang/time.ts'
import type { GoValue } from '../golang/value.ts'
import { isArray, isBytes } from '../golang/value.ts'
import type { Node, NodeOf } from './ast.ts'
import { mismatch, SignatureError } from './builtins/signature.ts'
import { BUILTINS, isBuiltin } from './builtins.ts'
import { checkBinary } from './checkbinary.ts'
import { checkPredicate } from './checkpredicate.ts'
import { ExpressionError } from './error.ts'
import { PREDICATES } from './predicates.ts'
import {
  ANY,
  arrayOf,
  BOOL,
  BYTES,
  commonType,
  DURATION,
  FLOAT,
  type FunctionType,
  INT,
  isAny,
  isAssignable,
  isNumber,
  mapOf,
  maybe,
  NIL,
  STRING,
  TIME,
  TIMEZONE,
  type Type,
  typeText,
} from './types.ts'

/** What the environment's names stand for. */
export type TypeScope = ReadonlyMap<string, Type>

const MAX_DEPTH = 1000

/** The type of an expression's value. Throws ExpressionError where it cannot be evaluated, whatever the query. */
export function checkExpression(node: Node, scope: TypeScope): Type {
  return new Checker(scope).check(node)
}

/** What `#` and its like mean inside a predicate. */
export interface PointerTypes {
  readonly [name: string]: Type
}

export class Checker {
  readonly #scope: TypeScope
  readonly #variables: { readonly name: string; readonly type: Type }[] = []
  readonly #pointers: PointerTypes[] = []
  #depth = 0

  constructor(scope: TypeScope) {
    this.#scope = scope
  }

  check(node: Node): Type {
    if (++this.#depth > MAX_DEPTH) throw new ExpressionError('nested too deeply', node.at)
    const type = this.#visit(node)
    this.#depth--
    return type
  }

  #visit(node: Node): Type {
    switch (node.kind) {
      case 'constant':
        return constantType(node.value)
      case 'identifier':
        return this.#identifier(node)
      case 'unary':
        return this.#unary(node)
      case 'binary':
        return checkBinary(node, this.check(node.left), this.check(node.right))
      case 'conditional':
        return this.#conditional(node)
      case 'member':
        return this.#member(node)
      case 'chain':
        return this.check(node.node)
      case 'slice':
        return this.#slice(node)
      case 'call':
        return this.#call(node)
      case 'builtin':
        return this.#builtin(node)
      case 'predicate':
        return { kind: 'predicate', result: this.check(node.body) }
      case 'pointer':
        return this.#pointer(node)
      case 'let':
        return this.#let(node)
      case 'sequence':
        return node.nodes.map((one) => this.check(one)).at(-1)!
      case 'array':
        return arrayOf(node.items.map((item) => this.check(item)).reduce(elementType, undefined) ?? ANY)
      case 'map':
        for (const [key, value] of node.pairs) this.#pair(key, value)
        return mapOf(ANY)
    }
  }

  /** A predicate, with what its pointers stand for. */
  within(pointers: PointerTypes, predicate: Node): Type {
    this.#pointers.push(pointers)
    const type = this.check(predicate)
    this.#pointers.pop()
    return type.kind === 'predicate' ? type.result : type
  }

  #pair(key: Node, value: Node): void {
    const type = this.check(key)
    if (!maybe(type, 'string')) throw new ExpressionError(`a map key must be a string, got ${typeText(type)}`, key.at)
    this.check(value)
  }

  #identifier({ name, at }: NodeOf<'identifier'>): Type {
    const variable = this.#variables.findLast((one) => one.name === name)
    if (variable) return variable.type
    if (name === '$env') return mapOf(ANY)
    const type = this.#scope.get(name)
    if (!type) throw new ExpressionError(`unknown name ${name}${this.#hint(name)}`, at)
    return type
  }

  #hint(name: string): string {
    return didYouMean(name, [...this.#scope.keys(), ...BUILTINS.keys(), ...PREDICATES])
  }

  #unary({ operator, operand, at }: NodeOf<'unary'>): Type {
    const type = this.check(operand)
    if (operator === '!' || operator === 'not') {
      if (maybe(type, 'bool')) return BOOL
    } else if (isAny(type) || isNumber(type) || (type.kind === 'duration' && operator === '-')) return type
    throw new ExpressionError(`invalid operation: ${operator} (mismatched type ${typeText(type)})`, at)
  }

  #conditional({ test, then, otherwise }: NodeOf<'conditional'>): Type {
    const type = this.check(test)
    if (!maybe(type, 'bool')) {
      throw new ExpressionError(`non-bool expression (type ${typeText(type)}) used as condition`, test.at)
    }
    return commonType(this.check(then), this.check(otherwise))
  }

  #member({ object, property, at }: NodeOf<'member'>): Type {
    if (object.kind === 'identifier' && object.name === '$env' && property.kind === 'constant') {
      return this.#scope.get(String(property.value)) ?? ANY
    }
    const from = this.check(object)
    const key = this.check(property)
    if (isAny(from)) return ANY
    if (from.kind === 'map' && maybe(key, 'string')) return from.of
    if ((from.kind === 'array' || from.kind === 'bytes') && maybe(key, 'int'))
      return from.kind === 'array' ? from.of : INT
    if (from.kind === 'array') {
      const got = typeText(key)
      throw new ExpressionError(`array elements can only be selected using an integer (got ${got})`, at)
    }
    const name = property.kind === 'constant' && typeof property.value === 'string' ? property.value : undefined
    const method = name === undefined ? undefined : methodType(from, name)
    if (method) return method
    if (name !== undefined) throw new ExpressionError(`type ${typeText(from)} has no field or method ${name}`, at)
    throw new ExpressionError(`type ${typeText(from)}[${typeText(key)}] is undefined`, at)
  }

  #slice({ object, from, to, at }: NodeOf<'slice'>): Type {
    const type = this.check(object)
    if (!maybe(type, 'string', 'array', 'bytes')) throw new ExpressionError(`cannot slice ${typeText(type)}`, at)
    for (const bound of [from, to]) {
      const kind = bound && this.check(bound)
      if (kind && !maybe(kind, 'int')) throw new ExpressionError(`non-integer slice index ${typeText(kind)}`, bound.at)
    }
    return type
  }

  #call({ callee, args, at }: NodeOf<'call'>): Type {
    const type = this.check(callee)
    const types = args.map((arg) => this.check(arg))
    if (isAny(type)) return ANY
    if (type.kind !== 'func') throw new ExpressionError(`${typeText(type)} is not callable`, at)
    const name = callee.kind === 'identifier' ? callee.name : 'function'
    const problem = type.variadic ? undefined : mismatch(name, type.params, types)
    if (problem) throw new ExpressionError(problem, at)
    return type.result
  }

  #builtin(node: NodeOf<'builtin'>): Type {
    const builtin = BUILTINS.get(node.name)
    if (!builtin) return checkPredicate(node, this)
    try {
      return builtin.check(node.args.map((arg) => this.check(arg)))
    } catch (error) {
      throw error instanceof SignatureError ? new ExpressionError(error.message, node.at) : error
    }
  }

  #pointer({ name, at }: NodeOf<'pointer'>): Type {
    const type = this.#pointers.at(-1)?.[name]
    if (!type) throw new ExpressionError(`unknown pointer #${name}`, at)
    return type
  }

  #let({ name, value, body, at }: NodeOf<'let'>): Type {
    const taken = this.#scope.has(name) || isBuiltin(name) || this.#variables.some((one) => one.name === name)
    if (taken) throw new ExpressionError(`cannot redeclare ${name}`, at)
    this.#variables.push({ name, type: this.check(value) })
    const type = this.check(body)
    this.#variables.pop()
    return type
  }
}

function constantType(value: GoValue): Type {
  if (value === null) return NIL
  if (typeof value === 'boolean') return BOOL
  if (typeof value === 'bigint') return INT
  if (typeof value === 'number') return FLOAT
  if (isBytes(value)) return BYTES
  return isArray(value) ? arrayOf(ANY) : STRING
}

function elementType(all: Type | undefined, one: Type): Type {
  if (!all) return one
  return all.kind === one.kind && isAssignable(one, all) ? all : ANY
}

const RESULTS = { int: INT, bool: BOOL, string: STRING, time: TIME, duration: DURATION, timezone: TIMEZONE }

/** Methods take what they take; that shows when they are called. */
function methodType(from: Type, name: string): FunctionType | undefined {
  const method = (result: Type): FunctionType => ({ kind: 'func', params: [], result, variadic: true })
  if (from.kind === 'time' && Object.hasOwn(TIME_METHODS, name)) return method(RESULTS[TIME_METHODS[name].gives])
  if (from.kind === 'duration' && Object.hasOwn(DURATION_METHODS, name)) return method(ANY)
  return from.kind === 'timezone' && name === 'String' ? method(STRING) : undefined
}
