import { sprint, sprintf, sprintln } from '../golang/fmt.ts'
import {
  byteLength,
  GoError,
  GoMap,
  type GoValue,
  isArray,
  isBytes,
  isFunction,
  isMap,
  isObject,
  sliceString,
  typeName,
  utf8,
} from '../golang/value.ts'
import { equalsAny, isAtMost, isLess, isTrue } from './compare.ts'
import { escapeHtml, escapeJs, escapeQuery } from './escape.ts'
import { printed } from './printed.ts'

/** A function of a template; undefined stands for a value that is not there. */
export type TemplateFunction = (args: readonly (GoValue | undefined)[]) => GoValue | undefined

type Value = GoValue | undefined

/** The functions that every template has. `and` and `or` are the interpreter's: they stop early. */
export const BUILTINS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['and', ([first]) => first],
  ['or', ([first]) => first],
  ['not', exactly(1, ([value]) => !isTrue(value))],
  ['eq', ([first, ...others]) => equalsAny(first, others)],
  ['ne', exactly(2, ([a, b]) => !equalsAny(a, [b]))],
  ['lt', exactly(2, ([a, b]) => isLess(a, b))],
  ['le', exactly(2, ([a, b]) => isAtMost(a, b))],
  ['gt', exactly(2, ([a, b]) => !isAtMost(a, b))],
  ['ge', exactly(2, ([a, b]) => !isLess(a, b))],
  ['len', exactly(1, ([value]) => BigInt(lengthOf(value)))],
  ['index', ([item, ...keys]) => keys.reduce<Value>(index, present(item, 'index'))],
  ['slice', slice],
  ['print', sprint],
  ['println', sprintln],
  ['printf', printf],
  ['html', (args) => escapeHtml(shown(args))],
  ['js', (args) => escapeJs(shown(args))],
  ['urlquery', (args) => escapeQuery(shown(args))],
  ['call', call],
])

/** A function that takes so many arguments. */
export function exactly(count: number, run: TemplateFunction): TemplateFunction {
  return (args) => {
    if (args.length !== count) throw new GoError(`wrong number of args: want ${count} got ${args.length}`)
    return run(args)
  }
}

/** As `print`, but of values as an action writes them. */
const shown = (args: readonly Value[]): string => sprint(args.map((arg) => (isPlain(arg) ? arg : printed(arg))))

const isPlain = (value: Value): boolean => value !== undefined && value !== null && !isObject(value)

function printf([format, ...args]: readonly Value[]): string {
  if (typeof format !== 'string') throw new GoError(`wrong type for value; expected string; got ${typeName(format)}`)
  return sprintf(format, args)
}

function call([callee, ...args]: readonly Value[]): Value {
  if (!isFunction(callee)) throw new GoError(`non-function ${typeName(callee)}`)
  return callee(...args.map((arg) => arg ?? null))
}

function present(item: Value, what: string): GoValue {
  if (item === undefined || item === null) throw new GoError(`${what} of untyped nil`)
  return item
}

function lengthOf(value: Value): number {
  if (typeof value === 'string') return byteLength(value)
  if (isArray(value) || isBytes(value)) return value.length
  if (isMap(value)) return value.size
  throw new GoError(value == null ? 'len of nil pointer' : `len of type ${typeName(value)}`)
}

function index(item: Value, key: Value): Value {
  const from = present(item, 'index')
  if (isMap(from)) {
    if (typeof key !== 'string') throw new GoError(`value has type ${typeName(key)}; should be string`)
    return from.has(key) ? from.get(key) : from instanceof GoMap ? from.zero : undefined
  }
  if (typeof from === 'string') return BigInt(utf8(from)[position(key, byteLength(from) - 1)])
  if (isBytes(from)) return BigInt(from[position(key, from.length - 1)])
  if (isArray(from)) return from[position(key, from.length - 1)]
  throw new GoError(`can't index item of type ${typeName(from)}`)
}

/** An index of at most `last`. */
function position(key: Value, last: number): number {
  if (typeof key !== 'bigint') throw new GoError(`cannot index slice/array with type ${typeName(key)}`)
  if (key < 0n || key > BigInt(last)) throw new GoError(`index out of range: ${key}`)
  return Number(key)
}

function slice([item, ...bounds]: readonly Value[]): GoValue {
  const from = present(item, 'slice')
  if (bounds.length > 3) throw new GoError(`too many slice indexes: ${bounds.length}`)
  if (typeof from !== 'string' && !isArray(from) && !isBytes(from)) {
    throw new GoError(`can't slice item of type ${typeName(from)}`)
  }
  if (typeof from === 'string' && bounds.length === 3) throw new GoError('cannot 3-index slice a string')
  const size = typeof from === 'string' ? byteLength(from) : from.length
  const [low = 0, high = size, max = size] = bounds.map((bound) => position(bound, size))
  if (low > high || high > max) throw new GoError(`invalid slice index: ${low} > ${high}`)
  return typeof from === 'string' ? sliceString(from, low, high) : from.slice(low, high)
}
