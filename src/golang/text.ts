import { formatFloat } from './strconv.ts'
import { type GoValue, isArray, isBytes, isFunction, isMap, sortedKeys } from './value.ts'

/** %v: what `print` and a template's action write. */
export function formatValue(value: GoValue | undefined): string {
  if (value === undefined || value === null) return '<nil>'
  if (typeof value === 'string') return value
  if (typeof value === 'number') return formatFloat(value)
  if (isBytes(value)) return `[${value.join(' ')}]`
  if (isArray(value)) return `[${value.map(formatValue).join(' ')}]`
  if (isMap(value))
    return `map[${sortedKeys(value)
      .map((k) => `${formatValue(k)}:${formatValue(value.get(k))}`)
      .join(' ')}]`
  return isFunction(value) ? 'func' : String(value)
}
