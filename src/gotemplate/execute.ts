import { formatValue } from '../golang/text.ts'
import { GoError, type GoValue, isArray, isFunction, isMap, isObject, sortedKeys, typeName } from '../golang/value.ts'
import type { BranchNode, Command, Operand, Pipe, TemplateNode, TemplateTree } from './ast.ts'
import { isTrue } from './compare.ts'
import type { TemplateFunction } from './functions.ts'
import { printed } from './printed.ts'

type Value = GoValue | undefined

/** A template that loops or calls itself without end is stopped here. */
const MAX_STEPS = 100_000
const MAX_DEPTH = 500
/** Characters: more than any record's text. */
const MAX_OUTPUT = 1 << 18

/** How a list of nodes was left. */
type Exit = 'done' | 'break' | 'continue'

/** Writes a parsed template for `data`. Throws GoError where Go's execution fails. */
export function executeTemplate(
  tree: TemplateTree,
  functions: ReadonlyMap<string, TemplateFunction>,
  data: GoValue,
): string {
  const run = new Execution(tree, functions)
  run.start(tree.body, data)
  return run.output
}

class Execution {
  output = ''
  readonly #tree: TemplateTree
  readonly #functions: ReadonlyMap<string, TemplateFunction>
  #variables: { name: string; value: Value }[] = []
  #steps = 0
  #depth = 0

  constructor(tree: TemplateTree, functions: ReadonlyMap<string, TemplateFunction>) {
    this.#tree = tree
    this.#functions = functions
  }

  /** One template with its own variables: `$` is what it is given. */
  start(body: readonly TemplateNode[], data: Value): void {
    const outer = this.#variables
    this.#variables = [{ name: '$', value: data }]
    this.#walk(body, data)
    this.#variables = outer
  }

  #walk(nodes: readonly TemplateNode[], dot: Value): Exit {
    if (++this.#depth > MAX_DEPTH) throw new GoError('exceeded maximum template depth')
    for (const node of nodes) {
      if (++this.#steps > MAX_STEPS) throw new GoError('template takes too many steps')
      const exit = this.#node(node, dot)
      if (exit === 'done') continue
      this.#depth--
      return exit
    }
    this.#depth--
    return 'done'
  }

  #node(node: TemplateNode, dot: Value): Exit {
    switch (node.kind) {
      case 'text':
        this.#write(node.text)
        return 'done'
      case 'action': {
        const value = this.#pipe(node.pipe, dot)
        if (node.pipe.variables.length === 0) this.#write(printed(value))
        return 'done'
      }
      case 'template':
        this.#call(node.name, node.pipe && this.#pipe(node.pipe, dot))
        return 'done'
      case 'break':
      case 'continue':
        return node.kind
    }
    const mark = this.#variables.length
    const exit = node.kind === 'range' ? this.#range(node, dot) : this.#branch(node, dot)
    this.#variables.length = mark
    return exit
  }

  #write(text: string): void {
    this.output += text
    if (this.output.length > MAX_OUTPUT) throw new GoError('template writes too much')
  }

  #call(name: string, data: Value): void {
    const body = this.#tree.defined.get(name)
    if (!body) throw new GoError(`template "${name}" not defined`)
    this.start(body, data)
  }

  #branch(node: BranchNode, dot: Value): Exit {
    const value = this.#pipe(node.pipe, dot)
    if (!isTrue(value)) return this.#walk(node.otherwise, dot)
    return this.#walk(node.body, node.kind === 'with' ? value : dot)
  }

  #range(node: BranchNode, dot: Value): Exit {
    const value = this.#pipe({ ...node.pipe, variables: [] }, dot)
    const { variables, assign } = node.pipe
    const mark = this.#variables.length
    let empty = true
    for (const [key, element] of entries(value)) {
      empty = false
      this.#variables.length = mark
      if (variables.length === 1) this.#set(variables[0], typeof value === 'bigint' ? key : element, assign)
      if (variables.length === 2) {
        this.#set(variables[0], key, assign)
        this.#set(variables[1], element, assign)
      }
      if (++this.#steps > MAX_STEPS) throw new GoError('template takes too many steps')
      if (this.#walk(node.body, element) === 'break') break
    }
    this.#variables.length = mark
    return empty ? this.#walk(node.otherwise, dot) : 'done'
  }

  #set(name: string, value: Value, assign: boolean): void {
    if (!assign) {
      this.#variables.push({ name, value })
      return
    }
    this.#variable(name).value = value
  }

  #variable(name: string): { value: Value } {
    const found = this.#variables.findLast((variable) => variable.name === name)
    if (!found) throw new GoError(`undefined variable: ${name}`)
    return found
  }

  #pipe(pipe: Pipe, dot: Value): Value {
    let value = this.#command(pipe.commands[0], dot, NO_VALUES)
    for (let i = 1; i < pipe.commands.length; i++) value = this.#command(pipe.commands[i], dot, [value])
    for (const name of pipe.variables) this.#set(name, value, pipe.assign)
    return value
  }

  /** `piped` is the value of the stage before, the last argument. */
  #command({ operands }: Command, dot: Value, piped: readonly Value[]): Value {
    const first = operands[0]
    if (first.kind === 'field' && operands.length + piped.length === 1)
      return this.#fields(dot, first.names, noArgs, true)
    const rest = operands.slice(1)
    const args = (): Value[] => [...rest.map((operand) => this.#operand(operand, dot)), ...piped]
    const takesNone = rest.length + piped.length === 0
    switch (first.kind) {
      case 'function':
        return this.#function(first.name, rest, dot, piped)
      case 'field':
        return this.#fields(dot, first.names, args, takesNone)
      case 'variable':
        if (first.names.length > 0) return this.#fields(this.#variable(first.name).value, first.names, args, takesNone)
        break
      case 'chain':
        return this.#fields(this.#operand(first.operand, dot), first.names, args, takesNone)
      case 'nil':
        throw new GoError('nil is not a command')
    }
    if (!takesNone) throw new GoError("can't give argument to non-function")
    return this.#operand(first, dot)
  }

  #operand(operand: Operand, dot: Value): Value {
    if (++this.#steps > MAX_STEPS) throw new GoError('template takes too many steps')
    switch (operand.kind) {
      case 'dot':
        return dot
      case 'nil':
        return null
      case 'constant':
        return operand.value
      case 'field':
        return this.#fields(dot, operand.names, noArgs, true)
      case 'variable':
        return this.#fields(this.#variable(operand.name).value, operand.names, noArgs, true)
      case 'chain':
        return this.#fields(this.#operand(operand.operand, dot), operand.names, noArgs, true)
      case 'function':
        return this.#function(operand.name, [], dot, [])
      case 'pipe':
        return this.#pipe(operand.pipe, dot)
    }
  }

  /** Functions see their arguments evaluated, but for `and` and `or`, which stop at the first that decides. */
  #function(name: string, operands: readonly Operand[], dot: Value, piped: readonly Value[]): Value {
    if (name === 'and' || name === 'or') {
      if (operands.length + piped.length === 0)
        throw new GoError(`wrong number of args for ${name}: want at least 1 got 0`)
      let value: Value
      for (const operand of operands) {
        value = this.#operand(operand, dot)
        if (isTrue(value) === (name === 'or')) return value
      }
      return piped.length > 0 ? piped[0] : value
    }
    const args = operands.map((operand) => this.#operand(operand, dot))
    try {
      const value = this.#functions.get(name)!([...args, ...piped])
      if (typeof value === 'string' && value.length > MAX_OUTPUT) throw new GoError('text is too long')
      return value
    } catch (error) {
      throw error instanceof GoError ? new GoError(`error calling ${name}: ${error.message}`) : error
    }
  }

  /** `.A.B.C`: only the last may be a method with arguments. */
  #fields(from: Value, names: readonly string[], args: () => Value[], takesNone: boolean): Value {
    let value = from
    for (let i = 0; i < names.length; i++) {
      const isLast = i === names.length - 1
      value = field(value, names[i], isLast ? args : noArgs, !isLast || takesNone)
    }
    return value
  }
}

const NO_VALUES: readonly Value[] = []
const noArgs = (): Value[] => []

function field(from: Value, name: string, args: () => Value[], takesNone: boolean): Value {
  if (from === undefined) return undefined
  if (from === null) throw new GoError(`nil pointer evaluating interface {}.${name}`)
  if (isMap(from)) {
    if (!takesNone) throw new GoError(`${name} is not a method but has arguments`)
    return from.get(name)
  }
  const member = isObject(from) ? from.member(name) : undefined
  if (member === undefined) throw new GoError(`can't evaluate field ${name} in type ${typeName(from)}`)
  if (isFunction(member)) return member(...args().map((arg) => arg ?? null))
  if (!takesNone) throw new GoError(`${name} has arguments but cannot be invoked as function`)
  return member
}

function* entries(value: Value): Generator<readonly [GoValue, Value]> {
  if (value === undefined || value === null) return
  if (isArray(value)) {
    for (const [i, element] of value.entries()) yield [BigInt(i), element]
  } else if (isMap(value)) {
    for (const key of sortedKeys(value)) yield [key, value.get(key)]
  } else if (typeof value === 'bigint') {
    for (let i = 0n; i < value; i++) yield [i, i]
  } else {
    throw new GoError(`range can't iterate over ${formatValue(value)}`)
  }
}
