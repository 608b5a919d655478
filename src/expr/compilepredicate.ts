import { GoError, type GoValue, isArray, typeName } from '../golang/value.ts'
import type { NodeOf } from './ast.ts'
import { sortBy } from './builtins/collections.ts'
import { compileNode, type Variables } from './compile.ts'
import { asBool, type Frame, type Pointer, type Run } from './frame.ts'
import { add, isNumeric } from './operate.ts'

/** Runs the predicate for one element. */
type Each = (item: GoValue, index: number, acc?: GoValue) => GoValue
type Loop = (array: readonly GoValue[], each: Each, frame: Frame, extra: Run | undefined) => GoValue

/** The functions that evaluate a predicate for the elements of an array. */
export function compilePredicate({ name, args }: NodeOf<'builtin'>, variables: Variables): Run {
  const [runArray, predicate, extra] = args.map((arg) => compileNode(arg, variables))
  const loop = LOOPS[name]
  return (frame) => {
    const array = runArray(frame)
    if (!isArray(array)) throw new GoError(`builtin ${name} takes only array (got ${typeName(array)})`)
    frame.budget.grow(array.length)
    if (!predicate) return loop(array, (item) => item, frame, undefined)
    const pointer: Pointer = { item: null, index: 0, acc: null }
    frame.pointers.push(pointer)
    const each: Each = (item, index, acc = null) => {
      Object.assign(pointer, { item, index, acc })
      return predicate(frame) ?? null
    }
    const value = loop(array, each, frame, extra)
    frame.pointers.pop()
    return value
  }
}

const holds =
  (each: Each) =>
  (item: GoValue, index: number): boolean =>
    asBool(each(item, index))

/** nil where nothing was found. */
const place = (index: number): bigint | null => (index < 0 ? null : BigInt(index))

const LOOPS: { readonly [name: string]: Loop } = {
  all: (array, each) => array.every(holds(each)),
  none: (array, each) => !array.some(holds(each)),
  any: (array, each) => array.some(holds(each)),
  one: (array, each) => array.filter(holds(each)).length === 1,
  filter: (array, each) => array.filter(holds(each)),
  map: (array, each) => array.map((item, index) => each(item, index)),
  count: (array, each) => BigInt(array.filter(holds(each)).length),
  find: (array, each) => array.find(holds(each)) ?? null,
  findIndex: (array, each) => place(array.findIndex(holds(each))),
  findLast: (array, each) => array.findLast(holds(each)) ?? null,
  findLastIndex: (array, each) => place(array.findLastIndex(holds(each))),
  sum: (array, each) => array.map((item, index) => each(item, index)).reduce<GoValue>(plus, 0n),
  groupBy,
  sortBy: (array, each, frame, order) => {
    const values = array.map((item, index) => each(item, index))
    const outer = frame.pointers.pop()!
    const wanted = order?.(frame) ?? 'asc'
    frame.pointers.push(outer)
    return sortBy(array, values, wanted)
  },
  reduce,
}

function plus(total: GoValue, value: GoValue): GoValue {
  if (!isNumeric(value)) throw new GoError(`cannot add ${typeName(value)}`)
  return add(total, value)
}

function groupBy(array: readonly GoValue[], each: Each): GoValue {
  const groups = new Map<GoValue, GoValue[]>()
  for (const [index, item] of array.entries()) {
    const key = each(item, index)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}

/** Without an initial value the first element is it. */
function reduce(array: readonly GoValue[], each: Each, frame: Frame, initial: Run | undefined): GoValue {
  if (!initial && array.length === 0) throw new GoError('reduce of empty array with no initial value')
  const outer = frame.pointers.pop()!
  let acc = initial ? (initial(frame) ?? null) : array[0]
  frame.pointers.push(outer)
  for (let index = initial ? 0 : 1; index < array.length; index++) acc = each(array[index], index, acc)
  return acc
}
