import { GoError, type GoValue, isArray, isMap, typeName } from '../../golang/value.ts'
import type { Budget } from '../budget.ts'
import { isAssignable, type Type, typeText } from '../types.ts'

/** A function of the expression language. */
export interface Builtin {
  readonly name: string
  /** The type of what it gives for arguments of these types. Throws SignatureError. */
  check(args: readonly Type[]): Type
  run(args: readonly GoValue[], budget: Budget): GoValue
  /** Gives something else each time. */
  readonly volatile?: boolean
}

/** Arguments that a function does not take. */
export class SignatureError extends Error {
  override name = 'SignatureError'
}

type Overload = readonly [params: readonly Type[], result: Type | ((args: readonly Type[]) => Type)]

/** A function with one or more lists of parameters. */
export function builtin(
  name: string,
  overloads: readonly Overload[],
  run: (args: readonly GoValue[], budget: Budget) => GoValue,
): Builtin {
  return { name, check: (args) => pick(name, overloads, args), run }
}

function pick(name: string, overloads: readonly Overload[], args: readonly Type[]): Type {
  let complaint = ''
  for (const [params, result] of overloads) {
    const problem = mismatch(name, params, args)
    if (!problem) return typeof result === 'function' ? result(args) : result
    if (!complaint || params.length === args.length) complaint = problem
  }
  throw new SignatureError(complaint)
}

/** Why these arguments do not fit. */
export function mismatch(name: string, params: readonly Type[], args: readonly Type[]): string | undefined {
  if (args.length < params.length) return `not enough arguments to call ${name}`
  if (args.length > params.length) return `too many arguments to call ${name}`
  const wrong = params.findIndex((param, i) => !isAssignable(args[i], param))
  if (wrong < 0) return undefined
  return `cannot use ${typeText(args[wrong])} as argument (type ${typeText(params[wrong])}) to call ${name}`
}

/** Arguments whose types were not known before the run. */
export function text(value: GoValue): string {
  if (typeof value === 'string') return value
  throw new GoError(`expected string, got ${typeName(value)}`)
}

export function list(value: GoValue): readonly GoValue[] {
  if (isArray(value)) return value
  throw new GoError(`expected array, got ${typeName(value)}`)
}

export function dictionary(value: GoValue): ReadonlyMap<GoValue, GoValue> {
  if (isMap(value)) return value
  throw new GoError(`expected map, got ${typeName(value)}`)
}

export function whole(value: GoValue): bigint {
  if (typeof value === 'bigint') return value
  throw new GoError(`expected int, got ${typeName(value)}`)
}
