import { Complaint, compilePattern, type Pattern } from 'coredge'
import { booleanOf, isEqual, numberOf, type Run, show, textOf, type Value, ValueError } from './value.ts'

/** What an operator makes of its two sides. The right one is evaluated only where it counts. */
type Operator = (left: Run, right: Run) => Run

const strict =
  (operate: (left: Value, right: Value) => Value): Operator =>
  (left, right) =>
  (scope) =>
    operate(left(scope), right(scope))

const arithmetic = (symbol: string, operate: (left: number, right: number) => number): Operator =>
  strict((left, right) => operate(numberOf(left, symbol), numberOf(right, symbol)))

/** Numbers as 64-bit integers, whole ones only. */
const bitwise = (symbol: string, operate: (left: bigint, right: bigint) => bigint): Operator =>
  arithmetic(symbol, (left, right) => Number(BigInt.asIntN(64, operate(integer(left, symbol), integer(right, symbol)))))

function integer(value: number, symbol: string): bigint {
  if (!Number.isFinite(value)) throw new ValueError(`${value} cannot be used with ${symbol}`)
  return BigInt(Math.trunc(value))
}

/** Shifts take their sides as numbers without a sign. */
const shift = (symbol: string, operate: (left: bigint, right: bigint) => bigint): Operator =>
  arithmetic(symbol, (left, right) => {
    const count = BigInt.asUintN(64, integer(right, symbol))
    const value = BigInt.asUintN(64, integer(left, symbol))
    return count > 63n ? 0 : Number(BigInt.asUintN(64, operate(value, count)))
  })

const comparison = (symbol: string, compare: <T extends string | number>(left: T, right: T) => boolean): Operator =>
  strict((left, right) => {
    if (typeof left === 'string' && typeof right === 'string') return compare(left, right)
    if (typeof left === 'number' && typeof right === 'number') return compare(left, right)
    throw new ValueError(
      `${show(left)} and ${show(right)} cannot be compared by ${symbol}: both must be text or numbers`,
    )
  })

const matching = (symbol: string, wanted: boolean): Operator =>
  strict((left, right) => patternOf(textOf(right, symbol)).test(textOf(left, symbol)) === wanted)

function add(left: Value, right: Value): Value {
  if (typeof left === 'number' && typeof right === 'number') return left + right
  if (typeof left === 'string' || typeof right === 'string') return `${plain(left)}${plain(right)}`
  throw new ValueError(`${show(left)} and ${show(right)} cannot be added`)
}

const plain = (value: Value): string =>
  typeof value === 'string' || typeof value === 'number' ? `${value}` : show(value)

function isIn(left: Value, right: Value): boolean {
  if (!Array.isArray(right)) throw new ValueError(`${show(right)} cannot be used with IN: it is no list`)
  return (right as readonly Value[]).some((item) => isEqual(left, item))
}

export const OPERATORS: { readonly [symbol: string]: Operator } = {
  '+': strict(add),
  '-': arithmetic('-', (a, b) => a - b),
  '*': arithmetic('*', (a, b) => a * b),
  '/': arithmetic('/', (a, b) => a / b),
  '%': arithmetic('%', (a, b) => a % b),
  '**': arithmetic('**', (a, b) => a ** b),
  '&': bitwise('&', (a, b) => a & b),
  '|': bitwise('|', (a, b) => a | b),
  '^': bitwise('^', (a, b) => a ^ b),
  '<<': shift('<<', (a, b) => a << b),
  '>>': shift('>>', (a, b) => a >> b),
  '==': strict(isEqual),
  '!=': strict((a, b) => !isEqual(a, b)),
  '<': comparison('<', (a, b) => a < b),
  '>': comparison('>', (a, b) => a > b),
  '<=': comparison('<=', (a, b) => a <= b),
  '>=': comparison('>=', (a, b) => a >= b),
  '=~': matching('=~', true),
  '!~': matching('!~', false),
  IN: strict(isIn),
  '&&': (left, right) => (scope) => booleanOf(left(scope), '&&') && booleanOf(right(scope), '&&'),
  '||': (left, right) => (scope) => booleanOf(left(scope), '||') || booleanOf(right(scope), '||'),
  '??': (left, right) => (scope) => left(scope) ?? right(scope),
}

export const PREFIXES: { readonly [symbol: string]: (right: Run) => Run } = {
  '-': (right) => (scope) => -numberOf(right(scope), '-'),
  '!': (right) => (scope) => !booleanOf(right(scope), '!'),
  '~': (right) => (scope) => Number(~integer(numberOf(right(scope), '~'), '~')),
}

/** Patterns that an expression puts together at run time: there can be any number. */
const patterns = new Map<string, Pattern>()
const MAX_PATTERNS = 200

/** In time linear in the text that it is matched with, whoever chooses that. Throws ValueError. */
export function patternOf(text: string): Pattern {
  const known = patterns.get(text)
  if (known) return known
  if (patterns.size >= MAX_PATTERNS) patterns.clear()
  try {
    const pattern = compilePattern(text)
    patterns.set(text, pattern)
    return pattern
  } catch (error) {
    throw error instanceof Complaint ? new ValueError(`${show(text)} ${error.message}`) : error
  }
}
