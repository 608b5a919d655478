import { WireError } from '../error.ts'
import { type Name, parseName } from '../name.ts'

/** One word of a record's data in presentation form, as it was written: escapes are kept, quotes are not. */
export interface Word {
  readonly text: string
  readonly quoted: boolean
}

/** Record data that is wrong in its presentation form. */
export class RdataError extends WireError {
  override name = 'RdataError'
  /** Which word is wrong; one past the last where a word is missing. */
  readonly index: number

  constructor(message: string, index: number) {
    super(message)
    this.index = index
  }
}

/** The words of one record's data, taken one after another. */
export class Words {
  readonly #words: readonly Word[]
  readonly origin: Name
  #next = 0

  constructor(words: readonly Word[], origin: Name) {
    this.#words = words
    this.origin = origin
  }

  get done(): boolean {
    return this.#next >= this.#words.length
  }

  /** The next word without taking it. */
  get peek(): Word | undefined {
    return this.#words[this.#next]
  }

  /** The next word as it was written; `label` says what is missing where there is none. Quotes are for text alone. */
  take(label: string): string {
    const text = this.takeText(label)
    if (this.#words[this.#next - 1].quoted) this.fail(`${label} must not be in quotes, got "${text}"`)
    return text
  }

  /** As `take`, for text, which may be in quotes (RFC 1035 §5.1). */
  takeText(label: string): string {
    const word = this.#words[this.#next++]
    if (!word) this.fail(`${label} is missing`)
    return word.text
  }

  /** All words left, joined: blobs may be split by white space (RFC 4034 §2.2 and others). */
  takeRest(label: string): string {
    let text = this.take(label)
    while (!this.done) text += this.take(label)
    return text
  }

  takeName(label: string): Name {
    const text = this.take(label)
    try {
      return parseName(text, this.origin)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      this.fail(`${label}: ${error.message}`)
    }
  }

  /** Throws an error about the word that was taken last. */
  fail(message: string): never {
    throw new RdataError(message, Math.max(0, Math.min(this.#next - 1, this.#words.length)))
  }

  /** Fails where words are left over. */
  finish(type: string): void {
    if (!this.done) this.fail(`unexpected "${this.takeText('')}" after ${type} record data`)
  }

  /** Fails with `label must be …, got "…"`. */
  reject(label: string, expected: string, got: string): never {
    this.fail(`${label} must be ${expected}, got "${got}"`)
  }
}
