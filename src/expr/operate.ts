import { GoDuration } from '../golang/duration.ts'
import { GoTime } from '../golang/time.ts'
import { GoError, type GoValue, int64, isArray, isBytes, isMap, isObject, typeName } from '../golang/value.ts'

/** What the operators of expressions do with values. */

export const isNumeric = (value: GoValue): value is bigint | number =>
  typeof value === 'bigint' || typeof value === 'number'

/** ==: numbers by value, arrays and maps by their elements. */
export function equal(a: GoValue, b: GoValue): boolean {
  if (a === b) return true
  // biome-ignore lint/suspicious/noDoubleEquals: an integer equals a float of the same value
  if (isNumeric(a) && isNumeric(b)) return a == b
  if (isArray(a) && isArray(b)) return a.length === b.length && a.every((item, i) => equal(item, b[i]))
  if (isBytes(a) && isBytes(b)) return a.length === b.length && a.every((octet, i) => octet === b[i])
  if (isMap(a) && isMap(b))
    return a.size === b.size && [...a].every(([key, item]) => b.has(key) && equal(item, b.get(key)!))
  if (a instanceof GoTime && b instanceof GoTime) return a.nanoseconds === b.nanoseconds
  return a instanceof GoDuration && b instanceof GoDuration && a.nanoseconds === b.nanoseconds
}

/** Less than zero, zero or greater, as `a` is to `b`. Throws GoError where they have no order. */
export function compare(a: GoValue, b: GoValue, operator: string): number {
  const [x, y] = [ordinal(a), ordinal(b)]
  const sameKind = (isNumeric(a) && isNumeric(b)) || typeName(a) === typeName(b)
  if (x === undefined || y === undefined || !sameKind) throw mismatch(operator, a, b)
  return x < y ? -1 : x > y ? 1 : 0
}

function ordinal(value: GoValue): bigint | number | string | undefined {
  if (isNumeric(value) || typeof value === 'string') return value
  return value instanceof GoTime || value instanceof GoDuration ? value.nanoseconds : undefined
}

const mismatch = (operator: string, a: GoValue, b: GoValue): GoError =>
  new GoError(`invalid operation: ${typeName(a)} ${operator} ${typeName(b)}`)

export function add(a: GoValue, b: GoValue): GoValue {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int64(a + b)
  if (isNumeric(a) && isNumeric(b)) return Number(a) + Number(b)
  if (typeof a === 'string' && typeof b === 'string') return a + b
  if (a instanceof GoDuration && b instanceof GoDuration) return new GoDuration(a.nanoseconds + b.nanoseconds)
  if (a instanceof GoTime && b instanceof GoDuration) return new GoTime(a.nanoseconds + b.nanoseconds, a.location)
  if (a instanceof GoDuration && b instanceof GoTime) return add(b, a)
  throw mismatch('+', a, b)
}

export function subtract(a: GoValue, b: GoValue): GoValue {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int64(a - b)
  if (isNumeric(a) && isNumeric(b)) return Number(a) - Number(b)
  if (a instanceof GoTime && b instanceof GoTime) return new GoDuration(a.nanoseconds - b.nanoseconds)
  if (a instanceof GoTime && b instanceof GoDuration) return new GoTime(a.nanoseconds - b.nanoseconds, a.location)
  if (a instanceof GoDuration && b instanceof GoDuration) return new GoDuration(a.nanoseconds - b.nanoseconds)
  throw mismatch('-', a, b)
}

export function multiply(a: GoValue, b: GoValue): GoValue {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int64(a * b)
  if (isNumeric(a) && isNumeric(b)) return Number(a) * Number(b)
  if (a instanceof GoDuration && b instanceof GoDuration) return new GoDuration(a.nanoseconds * b.nanoseconds)
  if (a instanceof GoDuration && isNumeric(b)) return scale(a, b)
  if (isNumeric(a) && b instanceof GoDuration) return scale(b, a)
  throw mismatch('*', a, b)
}

function scale({ nanoseconds }: GoDuration, factor: bigint | number): GoDuration {
  if (typeof factor === 'bigint') return new GoDuration(nanoseconds * factor)
  const product = Number(nanoseconds) * factor
  if (!Number.isFinite(product)) throw new GoError('the duration is out of range')
  return new GoDuration(BigInt(Math.trunc(product)))
}

/** `/` always gives a float. */
export function divide(a: GoValue, b: GoValue): number {
  if (!isNumeric(a) || !isNumeric(b)) throw mismatch('/', a, b)
  return Number(a) / Number(b)
}

export function modulo(a: GoValue, b: GoValue): bigint {
  if (typeof a !== 'bigint' || typeof b !== 'bigint') throw mismatch('%', a, b)
  if (b === 0n) throw new GoError('integer divide by zero')
  return int64(a % b)
}

/** `**` and `^` always give a float. */
export function power(a: GoValue, b: GoValue): number {
  if (!isNumeric(a) || !isNumeric(b)) throw mismatch('**', a, b)
  return Number(a) ** Number(b)
}

export function negate(value: GoValue): GoValue {
  if (typeof value === 'bigint') return int64(-value)
  if (typeof value === 'number') return -value
  if (value instanceof GoDuration) return new GoDuration(-value.nanoseconds)
  throw new GoError(`invalid operation: - ${typeName(value)}`)
}

/** `in`: among an array's elements or a map's keys. */
export function isIn(needle: GoValue, all: GoValue): boolean {
  if (all === null) return false
  if (isArray(all)) return all.some((item) => equal(item, needle))
  if (isMap(all)) return all.has(needle)
  throw new GoError(`operator "in" not defined on ${typeName(all)}`)
}

/** `object[key]` and `object.key`. */
export function fetch(from: GoValue, key: GoValue): GoValue {
  if (isMap(from)) return from.get(key) ?? null
  if (isArray(from)) return from[position(key, from.length)]
  if (isBytes(from)) return BigInt(from[position(key, from.length)])
  const member = isObject(from) && typeof key === 'string' ? from.member(key) : undefined
  if (member === undefined) throw new GoError(`cannot fetch ${String(key)} from ${typeName(from)}`)
  return member
}

/** An index into something of this length; negative ones count from the end. */
function position(key: GoValue, length: number): number {
  const index = toInteger(key)
  const found = index < 0 ? length + index : index
  if (found < 0 || found >= length) throw new GoError(`index out of range: ${found} (array length is ${length})`)
  return found
}

/** A number as an index or a count. */
export function toInteger(value: GoValue): number {
  if (!isNumeric(value)) throw new GoError(`invalid operation: int(${typeName(value)})`)
  const integer = Math.trunc(Number(value))
  return Number.isNaN(integer) ? 0 : integer
}
