/** What expressions are made of; null is what `a ? b` gives where a is false. */
export type Value = string | number | boolean | null | readonly Value[]

/** Why an expression has no value for a query. */
export class ValueError extends Error {
  override name = 'ValueError'
}

/** What an expression is evaluated for. */
export interface Scope {
  /** The value of a variable; '' where there is none of this name. */
  get(name: string): string
}

/** A part of an expression, ready to run. Throws ValueError. */
export type Run = (scope: Scope) => Value

export function numberOf(value: Value, operator: string): number {
  if (typeof value === 'number') return value
  throw new ValueError(`${show(value)} cannot be used with ${operator}: it is no number`)
}

export function booleanOf(value: Value, operator: string): boolean {
  if (typeof value === 'boolean') return value
  throw new ValueError(`${show(value)} cannot be used with ${operator}: it is neither true nor false`)
}

export function textOf(value: Value, what: string): string {
  if (typeof value === 'string') return value
  throw new ValueError(`${show(value)} cannot be used with ${what}: it is no text`)
}

export function isEqual(a: Value, b: Value): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b
  return a.length === b.length && a.every((item, i) => isEqual(item, b[i]))
}

export function show(value: Value): string {
  return value === null ? 'nothing' : typeof value === 'number' ? String(value) : JSON.stringify(value)
}
