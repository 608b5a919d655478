import { parseFloat64, parseInt64 } from '../../golang/strconv.ts'
import { formatValue } from '../../golang/text.ts'
import {
  byteLength,
  fromUtf8,
  GoError,
  type GoValue,
  int64,
  isArray,
  isBytes,
  isFunction,
  isMap,
  typeName,
  utf8,
} from '../../golang/value.ts'
import { isNumeric } from '../operate.ts'
import { ANY, arrayOf, BYTES, FLOAT, INT, mapOf, STRING } from '../types.ts'
import { fromJson, toJson } from './json.ts'
import { type Builtin, builtin, text } from './signature.ts'

/** Functions that tell or change what a value is. */
export const CONVERSION_BUILTINS: readonly Builtin[] = [
  builtin(
    'len',
    [
      [[STRING], INT],
      [[arrayOf(ANY)], INT],
      [[mapOf(ANY)], INT],
      [[BYTES], INT],
    ],
    ([value]) => BigInt(lengthOf(value)),
  ),
  builtin('type', [[[ANY], STRING]], ([value]) => typeOf(value)),
  builtin(
    'int',
    [
      [[STRING], INT],
      [[FLOAT], INT],
    ],
    ([value]) => toInt(value),
  ),
  builtin(
    'float',
    [
      [[STRING], FLOAT],
      [[FLOAT], FLOAT],
    ],
    ([value]) => toFloat(value),
  ),
  builtin('string', [[[ANY], STRING]], ([value], budget) => {
    const shown = formatValue(value)
    budget.grow(shown.length)
    return shown
  }),
  builtin('toJSON', [[[ANY], STRING]], ([value], budget) => {
    const json = toJson(value)
    budget.grow(json.length)
    return json
  }),
  builtin('fromJSON', [[[STRING], ANY]], ([json]) => fromJson(text(json))),
  builtin('toBase64', [[[STRING], STRING]], ([plain]) => btoa(String.fromCharCode(...utf8(limited(text(plain)))))),
  builtin('fromBase64', [[[STRING], STRING]], ([base64]) => fromBase64(text(base64))),
]

/** Characters, as for `len` of Go's range over a string. */
function lengthOf(value: GoValue): number {
  if (typeof value === 'string') return [...value].length
  if (isArray(value) || isBytes(value)) return value.length
  if (isMap(value)) return value.size
  throw new GoError(`invalid argument for len (type ${typeName(value)})`)
}

function typeOf(value: GoValue): string {
  if (value === null) return 'nil'
  if (typeof value === 'number') return 'float'
  if (isArray(value) || isBytes(value)) return 'array'
  if (isMap(value)) return 'map'
  return isFunction(value) ? 'func' : typeName(value)
}

function toInt(value: GoValue): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isFinite(value)) return int64(BigInt(Math.trunc(value)))
  const read = typeof value === 'string' ? parseInt64(value, 10) : undefined
  if (read === undefined) throw new GoError(`invalid operation: int(${describe(value)})`)
  return read
}

function toFloat(value: GoValue): number {
  if (isNumeric(value)) return Number(value)
  const read = typeof value === 'string' ? parseFloat64(value) : undefined
  if (read === undefined) throw new GoError(`invalid operation: float(${describe(value)})`)
  return read
}

const describe = (value: GoValue): string => (typeof value === 'string' ? value : typeName(value))

/** The spread of a longer text's octets would be too many arguments for one call. */
function limited(plain: string): string {
  if (byteLength(plain) > 65_535) throw new GoError('text is too long')
  return plain
}

function fromBase64(base64: string): string {
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) throw new GoError('illegal base64 data')
  return fromUtf8(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)))
}
