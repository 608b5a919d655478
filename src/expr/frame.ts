import { GoError, type GoValue, typeName } from '../golang/value.ts'
import { Budget } from './budget.ts'

/** The names that an expression may use beside the language's own: functions and variables. */
export interface Scope {
  get(name: string): GoValue | undefined
  /** All of them, for `$env`. */
  names(): Iterable<string>
}

/** What `#`, `#index` and `#acc` are while a predicate runs. */
export interface Pointer {
  item: GoValue
  index: number
  acc: GoValue
}

/** One run of an expression. */
export class Frame {
  readonly scope: Scope
  readonly budget = new Budget()
  /** The values of `let` variables, innermost last. */
  readonly variables: GoValue[] = []
  readonly pointers: Pointer[] = []

  constructor(scope: Scope) {
    this.scope = scope
  }
}

/** A compiled node. Undefined: an optional chain (`a?.b`) ended at nil; only members and calls see it. */
export type Run = (frame: Frame) => GoValue | undefined

export function asBool(value: GoValue | undefined): boolean {
  if (typeof value === 'boolean') return value
  throw new GoError(`expected bool, got ${typeName(value)}`)
}
