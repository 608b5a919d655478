import { GoError, type GoValue, int64, isArray, typeName } from '../../golang/value.ts'
import { compare, isNumeric } from '../operate.ts'
import { ANY, FLOAT, INT, isNumber, maybe, type Type, typeText } from '../types.ts'
import { type Builtin, builtin, SignatureError, whole } from './signature.ts'

function number(name: string, value: GoValue): bigint | number {
  if (isNumeric(value)) return value
  throw new GoError(`invalid argument for ${name} (type ${typeName(value)})`)
}

const rounding = (name: string, round: (value: number) => number): Builtin =>
  builtin(name, [[[FLOAT], FLOAT]], ([value]) => round(Number(number(name, value))))

/** Go rounds halves away from zero. */
const roundHalf = (value: number): number => Math.sign(value) * Math.round(Math.abs(value))

/** All numbers of the arguments and of arrays among them, however deep. */
function flatNumbers(name: string, args: readonly GoValue[], depth = 0): (bigint | number)[] {
  if (depth > 100) throw new GoError('recursion depth exceeded')
  return args.flatMap((arg) => (isArray(arg) ? flatNumbers(name, arg, depth + 1) : [number(name, arg)]))
}

/** A function over numbers and arrays of them. */
function aggregate(name: string, run: (values: (bigint | number)[]) => GoValue): Builtin {
  return {
    name,
    check(args: readonly Type[]): Type {
      if (args.length === 0) throw new SignatureError(`not enough arguments to call ${name}`)
      const wrong = args.find((arg) => !maybe(arg, 'array', 'int', 'float'))
      if (wrong) throw new SignatureError(`invalid argument for ${name} (type ${typeText(wrong)})`)
      return args.every(isNumber) && (name === 'max' || name === 'min') ? args[0] : ANY
    },
    run: (args) => run(flatNumbers(name, args)),
  }
}

const bits = (name: string, run: (a: bigint, b: bigint) => bigint): Builtin =>
  builtin(name, [[[INT, INT], INT]], ([a, b]) => int64(run(whole(a), whole(b))))

/** How far a shift goes: 64 and more empties the number. */
function shift(by: bigint): bigint {
  if (by < 0n) throw new GoError(`invalid operation: negative shift count ${by} (type int)`)
  return by > 64n ? 64n : by
}

const sum = (values: readonly (bigint | number)[]): number => values.reduce<number>((total, v) => total + Number(v), 0)

/** Functions on numbers. */
export const NUMBER_BUILTINS: readonly Builtin[] = [
  builtin(
    'abs',
    [
      [[INT], INT],
      [[FLOAT], FLOAT],
    ],
    ([value]) => {
      const given = number('abs', value)
      return typeof given === 'bigint' ? int64(given < 0n ? -given : given) : Math.abs(given)
    },
  ),
  rounding('ceil', Math.ceil),
  rounding('floor', Math.floor),
  rounding('round', roundHalf),
  aggregate('max', (values) => values.reduce<GoValue>((a, b) => (a === null || compare(a, b, '<') < 0 ? b : a), null)),
  aggregate('min', (values) => values.reduce<GoValue>((a, b) => (a === null || compare(a, b, '>') > 0 ? b : a), null)),
  aggregate('mean', (values) => (values.length === 0 ? 0 : sum(values) / values.length)),
  aggregate('median', (values) => median(values.map(Number).sort((a, b) => a - b))),
  bits('bitand', (a, b) => a & b),
  bits('bitor', (a, b) => a | b),
  bits('bitxor', (a, b) => a ^ b),
  bits('bitnand', (a, b) => a & ~b),
  bits('bitshl', (a, b) => a << shift(b)),
  bits('bitshr', (a, b) => a >> shift(b)),
  bits('bitushr', (a, b) => BigInt.asUintN(64, a) >> shift(b)),
  builtin('bitnot', [[[INT], INT]], ([a]) => int64(~whole(a))),
]

function median(sorted: readonly number[]): number {
  if (sorted.length === 0) return 0
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
