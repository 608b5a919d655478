import {
  byteLength,
  GoError,
  type GoValue,
  isArray,
  isBytes,
  isFunction,
  sliceString,
  typeName,
} from '../golang/value.ts'
import type { Node, NodeOf } from './ast.ts'
import { BUILTINS } from './builtins.ts'
import { compileBinary } from './compilebinary.ts'
import { compilePredicate } from './compilepredicate.ts'
import { asBool, type Frame, type Run } from './frame.ts'
import { fetch, negate, toInteger } from './operate.ts'

/** `let` variables in sight while compiling; a variable's place is its place in the frame. */
export type Variables = readonly string[]

/** Turns a checked expression into functions that call each other. */
export function compileNode(node: Node, variables: Variables): Run {
  switch (node.kind) {
    case 'constant':
      return () => node.value
    case 'identifier':
      return compileIdentifier(node.name, variables)
    case 'unary':
      return compileUnary(node, variables)
    case 'binary':
      return compileBinary(node, variables)
    case 'conditional':
      return compileConditional(node, variables)
    case 'member':
      return compileMember(node, variables)
    case 'chain': {
      const run = compileNode(node.node, variables)
      return (frame) => run(frame) ?? null
    }
    case 'slice':
      return compileSlice(node, variables)
    case 'call':
      return compileCall(node, variables)
    case 'builtin':
      return compileBuiltin(node, variables)
    case 'predicate':
      return compileNode(node.body, variables)
    case 'pointer':
      return compilePointer(node.name)
    case 'let':
      return compileLet(node, variables)
    case 'sequence':
      return compileSequence(node, variables)
    case 'array':
      return compileArray(node, variables)
    case 'map':
      return compileMap(node, variables)
  }
}

function compileIdentifier(name: string, variables: Variables): Run {
  const place = variables.lastIndexOf(name)
  if (place >= 0) return (frame) => frame.variables[place]
  if (name === '$env') return ({ scope }) => new Map([...scope.names()].map((one) => [one, scope.get(one) ?? null]))
  return ({ scope }) => scope.get(name) ?? null
}

function compileUnary({ operator, operand }: NodeOf<'unary'>, variables: Variables): Run {
  const run = compileNode(operand, variables)
  if (operator === '-') return (frame) => negate(run(frame) ?? null)
  return operator === '+' ? run : (frame) => !asBool(run(frame))
}

function compileConditional({ test, then, otherwise }: NodeOf<'conditional'>, variables: Variables): Run {
  const [runTest, runThen, runElse] = [test, then, otherwise].map((node) => compileNode(node, variables))
  return (frame) => (asBool(runTest(frame)) ? runThen(frame) : runElse(frame))
}

function compileMember({ object, property, optional }: NodeOf<'member'>, variables: Variables): Run {
  const runObject = compileNode(object, variables)
  const runProperty = compileNode(property, variables)
  return (frame) => {
    const from = runObject(frame)
    if (from === undefined || (from === null && optional)) return undefined
    return fetch(from, runProperty(frame) ?? null)
  }
}

function compileSlice({ object, from, to }: NodeOf<'slice'>, variables: Variables): Run {
  const runObject = compileNode(object, variables)
  const runFrom = from && compileNode(from, variables)
  const runTo = to && compileNode(to, variables)
  return (frame) => {
    const whole = runObject(frame)
    if (whole === undefined) return undefined
    if (typeof whole !== 'string' && !isArray(whole) && !isBytes(whole)) {
      throw new GoError(`cannot slice ${typeName(whole)}`)
    }
    const length = typeof whole === 'string' ? byteLength(whole) : whole.length
    const end = bound(runTo?.(frame) ?? undefined, length, length)
    const start = Math.min(bound(runFrom?.(frame) ?? undefined, length, 0), end)
    return typeof whole === 'string' ? sliceString(whole, start, end) : whole.slice(start, end)
  }
}

/** Negative bounds count from the end; all are brought within the length. */
function bound(value: GoValue | undefined, length: number, otherwise: number): number {
  if (value === undefined) return otherwise
  const index = toInteger(value)
  return Math.min(Math.max(index < 0 ? length + index : index, 0), length)
}

function compileCall({ callee, args }: NodeOf<'call'>, variables: Variables): Run {
  const runCallee = compileNode(callee, variables)
  const runArgs = args.map((arg) => compileNode(arg, variables))
  return (frame) => {
    const called = runCallee(frame)
    if (called === undefined) return undefined
    if (!isFunction(called)) throw new GoError(`cannot call ${typeName(called)}`)
    return called(...runArgs.map((run) => run(frame) ?? null))
  }
}

function compileBuiltin(node: NodeOf<'builtin'>, variables: Variables): Run {
  const builtin = BUILTINS.get(node.name)
  if (!builtin) return compilePredicate(node, variables)
  const runArgs = node.args.map((arg) => compileNode(arg, variables))
  const run: Run = (frame) =>
    builtin.run(
      runArgs.map((arg) => arg(frame) ?? null),
      frame.budget,
    )
  const isConstant = !builtin.volatile && node.args.every((arg) => arg.kind === 'constant')
  return isConstant ? once(run) : run
}

/** `date("2026-01-01")` is the same in each run. */
function once(run: Run): Run {
  let value: GoValue | undefined
  return (frame) => {
    value ??= run(frame)
    return value
  }
}

function compilePointer(name: string): Run {
  const top = ({ pointers }: Frame) => pointers[pointers.length - 1]
  if (name === 'acc') return (frame) => top(frame).acc
  if (name === 'index') return (frame) => BigInt(top(frame).index)
  return (frame) => top(frame).item
}

function compileLet({ name, value, body }: NodeOf<'let'>, variables: Variables): Run {
  const runValue = compileNode(value, variables)
  const runBody = compileNode(body, [...variables, name])
  return (frame) => {
    frame.variables.push(runValue(frame) ?? null)
    const result = runBody(frame)
    frame.variables.pop()
    return result
  }
}

function compileSequence({ nodes }: NodeOf<'sequence'>, variables: Variables): Run {
  const runs = nodes.map((node) => compileNode(node, variables))
  return (frame) => runs.reduce<GoValue | undefined>((_, run) => run(frame), null)
}

function compileArray({ items }: NodeOf<'array'>, variables: Variables): Run {
  const runs = items.map((item) => compileNode(item, variables))
  return (frame) => {
    frame.budget.grow(runs.length)
    return runs.map((run) => run(frame) ?? null)
  }
}

function compileMap({ pairs }: NodeOf<'map'>, variables: Variables): Run {
  const runs = pairs.map(([key, value]) => [compileNode(key, variables), compileNode(value, variables)] as const)
  return (frame) => {
    frame.budget.grow(runs.length)
    return new Map(runs.map(([key, value]) => [mapKey(key(frame)), value(frame) ?? null]))
  }
}

function mapKey(value: GoValue | undefined): string {
  if (typeof value === 'string') return value
  throw new GoError(`a map key must be a string, got ${typeName(value)}`)
}
