import { formatValue } from './text.ts'
import type { GoObject, GoValue } from './value.ts'

/** A struct of Go with its fields, and methods where it has some. Made from a function, as most are never looked at. */
export class GoStruct implements GoObject {
  readonly goType: string
  readonly #make: () => { readonly [field: string]: GoValue }
  readonly #methods: { readonly [method: string]: GoValue }
  #fields: { readonly [field: string]: GoValue } | undefined

  constructor(
    goType: string,
    make: () => { readonly [field: string]: GoValue },
    methods: { readonly [method: string]: GoValue } = {},
  ) {
    this.goType = goType
    this.#make = make
    this.#methods = methods
  }

  member(name: string): GoValue | undefined {
    if (Object.hasOwn(this.#methods, name)) return this.#methods[name]
    this.#fields ??= this.#make()
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined
  }

  /** `{1 a true}`; a pointer's with `&`. */
  toString(): string {
    this.#fields ??= this.#make()
    const values = Object.values(this.#fields).map(formatValue).join(' ')
    return `${this.goType.startsWith('*') ? '&' : ''}{${values}}`
  }
}
