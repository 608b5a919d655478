import { formatValue } from '../golang/text.ts'
import { GoError, type GoValue, isFunction, isObject } from '../golang/value.ts'

/** What an action writes: what a pointer leads to, and nothing that is not there. Throws GoError. */
export function printed(value: GoValue | undefined): string {
  if (value === undefined || value === null) return '<no value>'
  if (isFunction(value)) throw new GoError("can't print value of type func")
  const text = formatValue(value)
  return isObject(value) && text.startsWith('&') ? text.slice(1) : text
}
