import type { ConfigError } from '../../corefile/error.ts'
import { Complaint, type Token, type Use, type ValueType } from '../../corefile/spec.ts'
import { didYouMean } from '../../corefile/suggest.ts'

/** The words of one rule, read from left to right. */
export class Words {
  readonly #words: readonly Token[]
  readonly #use: Pick<Use, 'error'>
  #at = 0

  constructor(words: readonly Token[], use: Pick<Use, 'error'>) {
    this.#words = words
    this.#use = use
  }

  /** How many are left. */
  get left(): number {
    return this.#words.length - this.#at
  }

  /** Whether the next one is this, in any case; then it is read. */
  takes(word: string): boolean {
    const isNext = this.#words[this.#at]?.text.toLowerCase() === word
    if (isNext) this.#at++
    return isNext
  }

  next(what: string): Token {
    const token = this.#words[this.#at]
    if (!token) throw this.#use.error(`${what} is missing`)
    this.#at++
    return token
  }

  /** The next word as one of these, in small letters. */
  oneOf<const Word extends string>(what: string, words: readonly Word[]): Word {
    const token = this.next(what)
    const found = words.find((word) => word === token.text.toLowerCase())
    if (found !== undefined) return found
    const list = `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
    throw this.error(`${what} must be ${list}${didYouMean(token.text, words)}`, token)
  }

  /** The next word as a value of this type. */
  value<T>(what: string, type: ValueType<T>): T {
    return this.parse(what, this.next(what), (text) => type.parse(text))
  }

  /** Makes something of a word; a Complaint gets its place. */
  parse<T>(what: string, token: Token, make: (text: string) => T): T {
    try {
      return make(token.text)
    } catch (error) {
      throw error instanceof Complaint ? this.error(`${what} ${error.message}`, token) : error
    }
  }

  /** There must be no more. */
  end(): void {
    const token = this.#words[this.#at]
    if (token) throw this.error('rule ends before', token)
  }

  /** Words that are fine one by one, but not together. */
  conflict(message: string): ConfigError {
    return this.#use.error(message)
  }

  error(message: string, token: Token): ConfigError {
    return this.#use.error(`${message}, got "${token.text}"`, token)
  }
}
