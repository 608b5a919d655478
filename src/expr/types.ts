/** What is known of a value before the expression runs, so that mistakes show when the Corefile is read. */
export type Type =
  | { readonly kind: 'any' | 'bool' | 'int' | 'float' | 'string' | 'bytes' | 'nil' | 'time' | 'duration' | 'timezone' }
  | { readonly kind: 'array'; readonly of: Type }
  | { readonly kind: 'map'; readonly of: Type }
  | FunctionType
  | { readonly kind: 'predicate'; readonly result: Type }

export interface FunctionType {
  readonly kind: 'func'
  readonly params: readonly Type[]
  readonly result: Type
  /** Any further arguments are taken. */
  readonly variadic?: boolean
}

export const ANY: Type = { kind: 'any' }
export const BOOL: Type = { kind: 'bool' }
export const INT: Type = { kind: 'int' }
export const FLOAT: Type = { kind: 'float' }
export const STRING: Type = { kind: 'string' }
export const BYTES: Type = { kind: 'bytes' }
export const NIL: Type = { kind: 'nil' }
export const TIME: Type = { kind: 'time' }
export const DURATION: Type = { kind: 'duration' }
export const TIMEZONE: Type = { kind: 'timezone' }
export const arrayOf = (of: Type): Type => ({ kind: 'array', of })
export const mapOf = (of: Type): Type => ({ kind: 'map', of })
export const func = (params: readonly Type[], result: Type): FunctionType => ({ kind: 'func', params, result })

const NAMES: { readonly [kind: string]: string } = {
  any: 'unknown',
  float: 'float64',
  bytes: '[]byte',
  time: 'time.Time',
  duration: 'time.Duration',
  timezone: 'time.Location',
}

/** As messages show it. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case 'array':
      return `[]${typeText(type.of)}`
    case 'map':
      return `map[string]${typeText(type.of)}`
    case 'func':
      return `func(${type.params.map(typeText).join(', ')}) ${typeText(type.result)}`
  }
  return NAMES[type.kind] ?? type.kind
}

export const isAny = (type: Type): boolean => type.kind === 'any'
export const isNumber = (type: Type): boolean => type.kind === 'int' || type.kind === 'float'

/** Could a value of this type be of one of the kinds? */
export function maybe(type: Type, ...kinds: readonly Type['kind'][]): boolean {
  return isAny(type) || kinds.includes(type.kind)
}

/** May a value of type `from` stand where `to` is wanted? */
export function isAssignable(from: Type, to: Type): boolean {
  if (isAny(from) || isAny(to)) return true
  if (from.kind === 'int' && to.kind === 'float') return true
  if (from.kind === 'array' && to.kind === 'array') return isAssignable(from.of, to.of)
  if (from.kind === 'map' && to.kind === 'map') return isAssignable(from.of, to.of)
  return from.kind === to.kind
}

/** May the two be compared for equality? */
export function isComparable(a: Type, b: Type): boolean {
  if (isAny(a) || isAny(b) || a.kind === 'nil' || b.kind === 'nil') return true
  if (isNumber(a) && isNumber(b)) return true
  return a.kind === b.kind
}

/** One type for both, or any. */
export function commonType(a: Type, b: Type): Type {
  if (a.kind === 'nil') return b
  if (b.kind === 'nil') return a
  return sameType(a, b) ? a : ANY
}

function sameType(a: Type, b: Type): boolean {
  if (a.kind !== b.kind) return false
  return (a.kind === 'array' || a.kind === 'map') && a.kind === b.kind ? sameType(a.of, (b as typeof a).of) : true
}
