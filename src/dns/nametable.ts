import { type Name, parentOf } from './name.ts'
import { NameIndex } from './nameindex.ts'

/** A map from domain names to values, compared without regard to case, that also finds the longest enclosing name. */
export class NameTable<T> {
  readonly #names = new NameIndex()
  /** By the name's number. */
  readonly #values: T[] = []

  get size(): number {
    return this.#names.size
  }

  set(name: Name, value: T): void {
    this.#values[this.#names.add(name)] = value
  }

  get(name: Name): T | undefined {
    const number = this.#names.find(name)
    return number < 0 ? undefined : this.#values[number]
  }

  /** The value of the deepest name at or above `name` whose value `accepts` does not refuse. */
  longest(name: Name, accepts?: (value: T) => boolean): T | undefined {
    for (let number = this.#names.longest(name); number >= 0; number = this.#above(number)) {
      const value = this.#values[number]
      if (!accepts || accepts(value)) return value
    }
    return undefined
  }

  /** The deepest name above one of the table, or -1. */
  #above(number: number): number {
    const name = this.#names.name(number)
    return name.length === 1 ? -1 : this.#names.longest(parentOf(name))
  }

  /** Names, folded, with their values. */
  *[Symbol.iterator](): Generator<readonly [Name, T]> {
    for (const [number, value] of this.#values.entries()) yield [this.#names.name(number), value]
  }
}
