import { Complaint } from '../corefile/spec.ts'
import { compilePattern } from '../regexp.ts'
import type { NodeOf } from './ast.ts'
import { ExpressionError } from './error.ts'
import {
  ANY,
  arrayOf,
  BOOL,
  commonType,
  DURATION,
  FLOAT,
  INT,
  isAny,
  isAssignable,
  isComparable,
  isNumber,
  maybe,
  STRING,
  TIME,
  type Type,
  typeText,
} from './types.ts'

/** The type that a binary operator gives for operands of these types. Throws ExpressionError. */
export function checkBinary(node: NodeOf<'binary'>, left: Type, right: Type): Type {
  const { operator, at } = node
  if (operator === 'matches') checkPattern(node)
  if (operator === 'in') return checkIn(left, right, at)
  const type = resultOf(operator, left, right)
  if (type) return type
  throw mismatched(operator, left, right, at)
}

const mismatched = (operator: string, left: Type, right: Type, at: number): ExpressionError =>
  new ExpressionError(`invalid operation: ${operator} (mismatched types ${typeText(left)} and ${typeText(right)})`, at)

const both = (left: Type, right: Type, ...kinds: readonly Type['kind'][]): boolean =>
  maybe(left, ...kinds) && maybe(right, ...kinds)

function resultOf(operator: string, left: Type, right: Type): Type | undefined {
  switch (operator) {
    case '==':
    case '!=':
      return isComparable(left, right) ? BOOL : undefined
    case 'or':
    case '||':
    case 'and':
    case '&&':
      return both(left, right, 'bool') ? BOOL : undefined
    case '<':
    case '>':
    case '<=':
    case '>=':
      return isOrdered(left, right) ? BOOL : undefined
    case 'matches':
      return maybe(left, 'string', 'bytes') && maybe(right, 'string') ? BOOL : undefined
    case 'contains':
    case 'startsWith':
    case 'endsWith':
      return both(left, right, 'string') ? BOOL : undefined
    case '..':
      return both(left, right, 'int') ? arrayOf(INT) : undefined
    case '%':
      return both(left, right, 'int') ? INT : undefined
    case '/':
    case '**':
    case '^':
      return both(left, right, 'int', 'float') ? FLOAT : undefined
    case '??':
      return commonType(left, right)
  }
  return arithmetic(operator, left, right)
}

function isOrdered(left: Type, right: Type): boolean {
  return (['int', 'string', 'time', 'duration'] as const).some((kind) =>
    both(left, right, kind, kind === 'int' ? 'float' : kind),
  )
}

/** `+`, `-` and `*`. */
function arithmetic(operator: string, left: Type, right: Type): Type | undefined {
  if (isNumber(left) && isNumber(right)) return left.kind === 'int' && right.kind === 'int' ? INT : FLOAT
  const kinds: readonly Type['kind'][] =
    operator === '+' ? ['int', 'float', 'string', 'time', 'duration'] : ['int', 'float', 'time', 'duration']
  if (isAny(left) || isAny(right)) return both(left, right, ...kinds) ? ANY : undefined
  const pair = `${left.kind} ${operator} ${right.kind}`
  if (pair === 'string + string') return STRING
  if (['time + duration', 'duration + time', 'time - duration'].includes(pair)) return TIME
  if (pair === 'time - time') return DURATION
  if (left.kind === 'duration' && right.kind === 'duration') return DURATION
  const scaled = (left.kind === 'duration' && isNumber(right)) || (isNumber(left) && right.kind === 'duration')
  return operator === '*' && scaled ? DURATION : undefined
}

function checkIn(left: Type, right: Type, at: number): Type {
  if (right.kind === 'map' && !isAssignable(left, STRING)) {
    throw new ExpressionError(`cannot use ${typeText(left)} as type string in map key`, at)
  }
  if (right.kind === 'array' && !isComparable(left, right.of)) {
    throw new ExpressionError(`cannot use ${typeText(left)} as type ${typeText(right.of)} in array`, at)
  }
  if (!maybe(right, 'array', 'map', 'nil')) throw mismatched('in', left, right, at)
  return BOOL
}

/** A pattern that is written out must be one. */
function checkPattern({ right }: NodeOf<'binary'>): void {
  if (right.kind !== 'constant' || typeof right.value !== 'string') return
  try {
    compilePattern(right.value)
  } catch (error) {
    throw error instanceof Complaint ? new ExpressionError(`the pattern ${error.message}`, right.at) : error
  }
}
