import { Complaint } from '../corefile/spec.ts'
import { fromUtf8, GoError, type GoValue, isBytes, typeName } from '../golang/value.ts'
import { compilePattern, type Pattern } from '../regexp.ts'
import type { Node, NodeOf } from './ast.ts'
import type { Budget } from './budget.ts'
import { compileNode, type Variables } from './compile.ts'
import { asBool, type Frame, type Run } from './frame.ts'
import { add, compare, divide, equal, isIn, modulo, multiply, power, subtract, toInteger } from './operate.ts'

type Operation = (a: GoValue, b: GoValue, budget: Budget) => GoValue

const OPERATIONS: { readonly [operator: string]: Operation } = {
  '==': equal,
  '!=': (a, b) => !equal(a, b),
  '<': (a, b) => compare(a, b, '<') < 0,
  '>': (a, b) => compare(a, b, '>') > 0,
  '<=': (a, b) => compare(a, b, '<=') <= 0,
  '>=': (a, b) => compare(a, b, '>=') >= 0,
  '+': concatenate,
  '-': subtract,
  '*': multiply,
  '/': divide,
  '%': modulo,
  '**': power,
  '^': power,
  '..': range,
  in: isIn,
  contains: (a, b) => onTexts(a, b, (text, part) => text.includes(part)),
  startsWith: (a, b) => onTexts(a, b, (text, part) => text.startsWith(part)),
  endsWith: (a, b) => onTexts(a, b, (text, part) => text.endsWith(part)),
}

/** The binary operators. Operands that need not be looked at are not evaluated. */
export function compileBinary(node: NodeOf<'binary'>, variables: Variables): Run {
  const left = compileNode(node.left, variables)
  const right = compileNode(node.right, variables)
  switch (node.operator) {
    case '&&':
    case 'and':
      return (frame) => asBool(left(frame)) && asBool(right(frame))
    case '||':
    case 'or':
      return (frame) => asBool(left(frame)) || asBool(right(frame))
    case '??':
      return (frame) => left(frame) ?? right(frame)
    case 'matches':
      return compileMatches(left, right, node.right)
    case 'in': {
      const known = constantTexts(node.right)
      if (known) return (frame) => known.has(left(frame) ?? null)
    }
  }
  const operation = OPERATIONS[node.operator]
  return (frame) => operation(left(frame) ?? null, right(frame) ?? null, frame.budget)
}

/** The elements of `['A', 'AAAA']`. */
function constantTexts(node: Node): ReadonlySet<GoValue> | undefined {
  if (node.kind !== 'array') return undefined
  const values = node.items.map((item) => (item.kind === 'constant' ? item.value : undefined))
  return values.every((value) => typeof value === 'string') ? new Set(values) : undefined
}

function concatenate(a: GoValue, b: GoValue, budget: Budget): GoValue {
  if (typeof a === 'string' && typeof b === 'string') budget.grow(a.length + b.length)
  return add(a, b)
}

function range(from: GoValue, to: GoValue, budget: Budget): GoValue {
  const [first, last] = [toInteger(from), toInteger(to)]
  const size = Math.max(last - first + 1, 0)
  budget.grow(size)
  return Array.from({ length: size }, (_, i) => BigInt(first + i))
}

/** nil contains nothing and is contained in nothing. */
function onTexts(a: GoValue, b: GoValue, holds: (text: string, part: string) => boolean): boolean {
  if (a === null || b === null) return false
  if (typeof a === 'string' && typeof b === 'string') return holds(a, b)
  throw new GoError(`expected string, got ${typeName(typeof a === 'string' ? b : a)}`)
}

function compileMatches(left: Run, right: Run, pattern: Node): Run {
  let last: Pattern | undefined
  if (pattern.kind === 'constant' && typeof pattern.value === 'string') last = compilePattern(pattern.value)
  return (frame: Frame) => {
    const text = left(frame) ?? null
    const wanted = right(frame) ?? null
    if (text === null || wanted === null) return false
    if (typeof wanted !== 'string') throw new GoError(`expected string, got ${typeName(wanted)}`)
    if (last?.text !== wanted) last = patternOf(wanted)
    if (isBytes(text)) return last.test(fromUtf8(text))
    if (typeof text !== 'string') throw new GoError(`expected string, got ${typeName(text)}`)
    return last.test(text)
  }
}

function patternOf(text: string): Pattern {
  try {
    return compilePattern(text)
  } catch (error) {
    throw error instanceof Complaint ? new GoError(`the pattern ${error.message}`) : error
  }
}
