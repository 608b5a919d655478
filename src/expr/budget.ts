import { GoError } from '../golang/value.ts'

/** What one run of an expression may use: elements of arrays made, and characters of text. */
const LIMIT = 1_000_000

export class Budget {
  #used = 0

  grow(size: number): void {
    this.#used += size
    if (this.#used >= LIMIT) throw new GoError('memory budget exceeded')
  }
}
