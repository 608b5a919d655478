/**
 * Values of Go as templates and expressions of a Corefile see them: `int` (and the other integer types) is a bigint,
 * `float64` a number, `nil` is null, slices are arrays, structs and their like are GoObjects.
 */
export type GoValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | readonly GoValue[]
  | ReadonlyMap<GoValue, GoValue>
  | GoObject
  | GoFunction

/** Called with its arguments; throws GoError where they do not fit. */
export type GoFunction = (...args: GoValue[]) => GoValue

/** A struct, or a type of its own with methods. `toString` is what fmt prints. */
export interface GoObject {
  readonly goType: string
  /** The field, or the method as a function; undefined where there is none. */
  member(name: string): GoValue | undefined
  toString(): string
}

/** What a template or an expression does at run time that Go would refuse as well. */
export class GoError extends Error {
  override name = 'GoError'
}

/** A map that knows what a missing key gives: '' where its values are strings. Without it: nothing. */
export class GoMap extends Map<GoValue, GoValue> {
  readonly zero: GoValue | undefined

  constructor(entries: Iterable<readonly [GoValue, GoValue]>, zero?: GoValue) {
    super(entries)
    this.zero = zero
  }
}

export const isArray = (value: unknown): value is readonly GoValue[] => Array.isArray(value)
export const isMap = (value: unknown): value is ReadonlyMap<GoValue, GoValue> => value instanceof Map
export const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array
export const isFunction = (value: unknown): value is GoFunction => typeof value === 'function'

export function isObject(value: GoValue | undefined): value is GoObject {
  return typeof value === 'object' && value !== null && !isArray(value) && !isMap(value) && !isBytes(value)
}

/** The type's name as Go prints it with %T, as near as values here tell. */
export function typeName(value: GoValue | undefined): string {
  switch (typeof value) {
    case 'undefined':
      return 'nil'
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int'
    case 'number':
      return 'float64'
    case 'string':
      return 'string'
    case 'function':
      return 'func'
  }
  if (value === null) return '<nil>'
  if (isArray(value))
    return value.length > 0 && value.every((item) => typeof item === 'string') ? '[]string' : '[]interface {}'
  if (isBytes(value)) return '[]uint8'
  if (isMap(value)) return value instanceof GoMap && value.zero === '' ? 'map[string]string' : 'map[string]interface {}'
  return (value as GoObject).goType
}

/** What `int` arithmetic leaves: 64 bits, wrapping around. */
export const int64 = (value: bigint): bigint => BigInt.asIntN(64, value)

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Go's strings are octets; ours are UTF-16. This is where lengths and indexes of Go are counted. */
export const utf8 = (text: string): Uint8Array => encoder.encode(text)
export const fromUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes)

/** `text[from:to]` by octets. */
export function sliceString(text: string, from: number, to: number): string {
  return isAscii(text) ? text.slice(from, to) : fromUtf8(utf8(text).subarray(from, to))
}

/** len(text): its octets. */
export const byteLength = (text: string): number => (isAscii(text) ? text.length : utf8(text).length)

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false
  return true
}

/** A map's keys in the order in which Go prints and ranges over them. */
export function sortedKeys(map: ReadonlyMap<GoValue, GoValue>): GoValue[] {
  return [...map.keys()].sort(compareKeys)
}

function compareKeys(a: GoValue, b: GoValue): number {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  if (isNumeric(a) && isNumeric(b)) return a < b ? -1 : a > b ? 1 : 0
  return typeName(a) < typeName(b) ? -1 : 1
}

const isNumeric = (value: GoValue): value is number | bigint => typeof value === 'bigint' || typeof value === 'number'
