import { GoDuration } from '../../golang/duration.ts'
import { formatTime } from '../../golang/layout.ts'
import { GoTime } from '../../golang/time.ts'
import { GoError, type GoValue, isArray, isBytes, isFunction, isMap, isObject, sortedKeys } from '../../golang/value.ts'

/** JSON as Go's encoding/json makes and reads it. */

/** With two blanks of indentation; map keys in order. Throws GoError. */
export function toJson(value: GoValue): string {
  return escapeHtml(write(value, ''))
}

/** encoding/json keeps its output fit for HTML. */
const escapeHtml = (json: string): string =>
  json.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

function write(value: GoValue, indent: string): string {
  if (indent.length > 200) throw new GoError('json: nested too deeply')
  const inner = `${indent}  `
  if (isArray(value))
    return wrap(
      '[',
      ']',
      value.map((item) => inner + write(item, inner)),
      indent,
    )
  if (isMap(value)) {
    const lines = sortedKeys(value).map(
      (key) => `${inner}${JSON.stringify(String(key))}: ${write(value.get(key)!, inner)}`,
    )
    return wrap('{', '}', lines, indent)
  }
  return scalar(value)
}

function wrap(open: string, close: string, lines: readonly string[], indent: string): string {
  return lines.length === 0 ? open + close : `${open}\n${lines.join(',\n')}\n${indent}${close}`
}

function scalar(value: GoValue): string {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof GoDuration) return String(value.nanoseconds)
  if (value instanceof GoTime) return JSON.stringify(formatTime(value, '2006-01-02T15:04:05.999999999Z07:00'))
  if (isBytes(value)) return JSON.stringify(btoa(Array.from(value, (octet) => String.fromCharCode(octet)).join('')))
  if (isFunction(value) || isObject(value) || (typeof value === 'number' && !Number.isFinite(value))) {
    throw new GoError('json: unsupported value')
  }
  return JSON.stringify(value)
}

/** Numbers become floats, as in Go. Throws GoError. */
export function fromJson(json: string): GoValue {
  try {
    return value(JSON.parse(json), 0)
  } catch (error) {
    if (error instanceof GoError) throw error
    throw new GoError('fromJSON: invalid JSON')
  }
}

function value(parsed: unknown, depth: number): GoValue {
  if (depth > 100) throw new GoError('fromJSON: nested too deeply')
  if (Array.isArray(parsed)) return parsed.map((item) => value(item, depth + 1))
  if (typeof parsed !== 'object' || parsed === null) return parsed as GoValue
  return new Map(Object.entries(parsed).map(([key, item]) => [key, value(item, depth + 1)]))
}
