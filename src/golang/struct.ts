import { formatValue } from './text.ts'
import type { GoObject, GoValue } from './value.ts'

/** What the structs of a type have, in order; `of` is what they are made from. Fields are made when somebody looks at them. */
export interface StructType<T> {
  readonly name: string
  readonly fields: { readonly [field: string]: (of: T) => GoValue }
  readonly methods?: { readonly [method: string]: (of: T, args: readonly GoValue[]) => GoValue }
}

/** A struct of Go with its fields, and methods where it has some. */
export class GoStruct<T> implements GoObject {
  readonly #type: StructType<T>
  readonly #of: T

  constructor(type: StructType<T>, of: T) {
    this.#type = type
    this.#of = of
  }

  get goType(): string {
    return this.#type.name
  }

  member(name: string): GoValue | undefined {
    const { fields, methods } = this.#type
    if (Object.hasOwn(fields, name)) return fields[name](this.#of)
    if (!methods || !Object.hasOwn(methods, name)) return undefined
    return (...args) => methods[name](this.#of, args)
  }

  /** `{1 a true}`; a pointer's with `&`. */
  toString(): string {
    const values = Object.values(this.#type.fields).map((field) => formatValue(field(this.#of)))
    return `${this.goType.startsWith('*') ? '&' : ''}{${values.join(' ')}}`
  }
}
