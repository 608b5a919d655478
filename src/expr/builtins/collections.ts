import { GoError, type GoValue, isArray, isBytes, isMap, typeName } from '../../golang/value.ts'
import type { Budget } from '../budget.ts'
import { compare, equal, toInteger } from '../operate.ts'
import { ANY, arrayOf, INT, mapOf, STRING, type Type, typeText } from '../types.ts'
import { type Builtin, builtin, dictionary, list, SignatureError, text } from './signature.ts'

const ARRAY = arrayOf(ANY)
const MAP = mapOf(ANY)

const elementType = ([array]: readonly Type[]): Type => (array.kind === 'array' ? array.of : ANY)
const itsType = ([first]: readonly Type[]): Type => first

/** Functions on arrays and maps. Those with predicates are the evaluator's. */
export const COLLECTION_BUILTINS: readonly Builtin[] = [
  builtin('first', [[[ARRAY], elementType]], ([array]) => (isArray(array) ? (array[0] ?? null) : null)),
  builtin('last', [[[ARRAY], elementType]], ([array]) => (isArray(array) ? (array.at(-1) ?? null) : null)),
  { name: 'get', check: checkGet, run: get },
  builtin('take', [[[ARRAY, INT], itsType]], ([array, count]) => {
    const size = toInteger(count)
    if (size < 0) throw new GoError(`cannot take ${size} elements`)
    return list(array).slice(0, size)
  }),
  builtin('keys', [[[MAP], ARRAY]], ([map]) => [...dictionary(map).keys()]),
  builtin('values', [[[MAP], ARRAY]], ([map]) => [...dictionary(map).values()]),
  builtin('toPairs', [[[MAP], ARRAY]], ([map]) => [...dictionary(map)].map(([key, value]) => [key, value])),
  builtin('fromPairs', [[[ARRAY], MAP]], ([pairs]) => new Map(list(pairs).map(pair))),
  builtin('reverse', [[[ARRAY], ARRAY]], ([array], budget) => {
    budget.grow(list(array).length)
    return list(array).toReversed()
  }),
  builtin('uniq', [[[ARRAY], ARRAY]], ([array], budget) => uniq(list(array), (size) => budget.grow(size))),
  { name: 'concat', check: checkConcat, run: concat },
  builtin('flatten', [[[ARRAY], ARRAY]], ([array], budget) => {
    const flat = flatten(list(array), 0)
    budget.grow(flat.length)
    return flat
  }),
  builtin(
    'sort',
    [
      [[ARRAY], ARRAY],
      [[ARRAY, STRING], ARRAY],
    ],
    ([array, order = 'asc'], budget) => {
      budget.grow(list(array).length)
      return sortBy(list(array), list(array), order)
    },
  ),
]

function flatten(array: readonly GoValue[], depth: number): GoValue[] {
  if (depth > 100) throw new GoError('recursion depth exceeded')
  return array.flatMap((item) => (isArray(item) ? flatten(item, depth + 1) : [item]))
}

/** `items` in the order of their `values`: `asc` or `desc`. */
export function sortBy(items: readonly GoValue[], values: readonly GoValue[], order: GoValue): GoValue[] {
  if (order !== 'asc' && order !== 'desc') throw new GoError(`invalid order ${text(order)}, expected asc or desc`)
  const sign = order === 'asc' ? 1 : -1
  return items
    .map((item, i) => ({ item, value: values[i] }))
    .sort((a, b) => sign * compare(a.value, b.value, '<'))
    .map(({ item }) => item)
}

function pair(value: GoValue): [GoValue, GoValue] {
  if (!isArray(value) || value.length !== 2) throw new GoError('invalid pair: expected an array of two')
  return [value[0], value[1]]
}

/** Work grows with the square of the number of different elements, so it counts as such. */
function uniq(array: readonly GoValue[], grow: (size: number) => void): GoValue[] {
  const seen: GoValue[] = []
  for (const item of array) {
    grow(1 + (seen.length >> 3))
    if (!seen.some((other) => equal(other, item))) seen.push(item)
  }
  return seen
}

function checkConcat(args: readonly Type[]): Type {
  if (args.length === 0) throw new SignatureError('not enough arguments to call concat')
  const wrong = args.find(({ kind }) => kind !== 'any' && kind !== 'array')
  if (wrong) throw new SignatureError(`cannot concat ${typeText(wrong)}`)
  return ARRAY
}

function concat(args: readonly GoValue[], budget: Budget): GoValue {
  budget.grow(args.reduce<number>((size, arg) => size + list(arg).length, 0))
  return args.flatMap(list)
}

function checkGet(args: readonly Type[]): Type {
  if (args.length !== 2) throw new SignatureError(`invalid number of arguments (expected 2, got ${args.length})`)
  const [from] = args
  if (from.kind === 'array' || from.kind === 'map') return from.of
  if (from.kind === 'any' || from.kind === 'nil') return ANY
  throw new SignatureError(`type ${typeText(from)} does not support indexing`)
}

/** As `[]`, but nil where there is nothing. */
function get([from, key]: readonly GoValue[]): GoValue {
  if (isMap(from)) return from.get(key) ?? null
  if (isArray(from) || isBytes(from)) {
    const found = (from as readonly GoValue[]).at(toInteger(key))
    return typeof found === 'number' && isBytes(from) ? BigInt(found) : (found ?? null)
  }
  if (from === null) return null
  throw new GoError(`type ${typeName(from)} does not support indexing`)
}
