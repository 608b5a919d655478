import { GoError, type GoValue, isArray, isBytes, isFunction, isMap, typeName } from '../golang/value.ts'

/** The comparison functions of text/template: eq, ne, lt, le, gt, ge. */

type Value = GoValue | undefined
type Kind = 'bool' | 'int' | 'float' | 'string' | 'other'

function kindOf(value: Value): Kind {
  switch (typeof value) {
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int'
    case 'number':
      return 'float'
    case 'string':
      return 'string'
  }
  return 'other'
}

const isNil = (value: Value): boolean => value === undefined || value === null

/** eq: is the first equal to any of the others? */
export function equalsAny(first: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new GoError('missing argument for comparison')
  return others.some((other) => equals(first, other))
}

function equals(a: Value, b: Value): boolean {
  const kind = kindOf(a)
  if (kind !== kindOf(b)) {
    if (isNil(a) || isNil(b)) return false
    throw new GoError('incompatible types for comparison')
  }
  if (kind !== 'other') return a === b
  if (isNil(a) || isNil(b)) return isNil(a) === isNil(b)
  for (const value of [a, b]) {
    if (isArray(value) || isMap(value) || isBytes(value) || isFunction(value)) {
      throw new GoError(`non-comparable type ${typeName(value)}`)
    }
  }
  return a === b
}

/** lt. */
export function isLess(a: Value, b: Value): boolean {
  const kind = kindOf(a)
  if (kind !== kindOf(b)) throw new GoError('incompatible types for comparison')
  if (kind === 'bool' || kind === 'other') throw new GoError('invalid type for comparison')
  return (a as bigint | number | string) < (b as bigint | number | string)
}

/** le. */
export const isAtMost = (a: Value, b: Value): boolean => isLess(a, b) || equals(a, b)

/** Is it what `if` takes for true: neither nil, zero, empty nor false? */
export function isTrue(value: Value): boolean {
  if (value === undefined || value === null) return false
  if (typeof value === 'boolean') return value
  if (typeof value === 'bigint') return value !== 0n
  if (typeof value === 'number') return value !== 0
  if (typeof value === 'string' || isArray(value) || isBytes(value)) return value.length > 0
  return isMap(value) ? value.size > 0 : true
}
