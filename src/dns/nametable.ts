import { isWithin, type Name, parentOf } from './name.ts'
import { NameIndex } from './nameindex.ts'

/** Up to so many names are compared one by one, which takes less time than to hash the name looked for. */
const FEW = 4

/** A map from domain names to values, compared without regard to case, that also finds the longest enclosing name. */
export class NameTable<T> {
  readonly #names = new NameIndex()
  /** By the name's number. */
  readonly #values: T[] = []
  /** The first few names with their numbers, the longest first. */
  readonly #few: { readonly name: Name; readonly number: number }[] = []

  get size(): number {
    return this.#names.size
  }

  set(name: Name, value: T): void {
    const number = this.#names.add(name)
    if (number === this.#values.length && number < FEW) {
      this.#few.push({ name: name.slice(), number })
      this.#few.sort((a, b) => b.name.length - a.name.length)
    }
    this.#values[number] = value
  }

  get(name: Name): T | undefined {
    const number = this.#names.find(name)
    return number < 0 ? undefined : this.#values[number]
  }

  /** The value of the deepest name at or above `name` whose value `accepts` does not refuse. */
  longest(name: Name, accepts?: (value: T) => boolean): T | undefined {
    if (this.#values.length <= FEW) return this.#longestOfFew(name, accepts)
    for (let number = this.#names.longest(name); number >= 0; number = this.#above(number)) {
      const value = this.#values[number]
      if (!accepts || accepts(value)) return value
    }
    return undefined
  }

  #longestOfFew(name: Name, accepts?: (value: T) => boolean): T | undefined {
    const few = this.#few
    for (let i = 0; i < few.length; i++) {
      if (!isWithin(name, few[i].name)) continue
      const value = this.#values[few[i].number]
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
