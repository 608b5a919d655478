import { ConfigError } from './error.ts'
import { got } from './got.ts'
import type { Problems } from './problems.ts'
import type { Token } from './spec.ts'
import type { Statement } from './statement.ts'

const ONE = /\{args(?:\.(\d{1,4})|\[(\d{1,4})\])\}/g
const RANGE = /^\{args\[(\d{0,4}):(\d{0,4})\]\}$/

/** Characters that all imports of a Corefile may put in: snippets that give their arguments on can double them. */
const MAX_FILLED_IN = 10_000_000

/** Does anything here ask for an import's arguments? */
export function takesArguments(statements: readonly Statement[]): boolean {
  return statements.some(({ words }) => words.some(({ text }) => text.search(ONE) >= 0 || RANGE.test(text)))
}

/**
 * Puts in imports' arguments: `{args[0]}` or `{args.0}` anywhere in a word, `{args[1:]}` as a word of its own for several
 * words. One that is not given is an error.
 */
export class ArgumentFiller {
  readonly #problems: Problems
  #left = MAX_FILLED_IN

  constructor(problems: Problems) {
    this.#problems = problems
  }

  /** True when arguments were left out because they grew too long. */
  get isExhausted(): boolean {
    return this.#left < 0
  }

  fillIn(statement: Statement, args: readonly Token[]): Statement {
    if (!takesArguments([statement])) return statement
    return { ...statement, words: statement.words.flatMap((word) => this.#fillInWord(word, args)) }
  }

  #fillInWord(word: Token, args: readonly Token[]): Token[] {
    const range = RANGE.exec(word.text)
    if (range)
      return args
        .slice(Number(range[1]), range[2] ? Number(range[2]) : undefined)
        .filter(({ text }) => this.#spend(text.length + 1))
        .map((arg) => literal(arg, word))
    const text = word.text.replace(ONE, (reference, dotted?: string, bracketed?: string) => {
      const arg = args[Number(dotted ?? bracketed)]
      if (arg) return this.#spend(arg.text.length) ? arg.text : ''
      this.#problems.add(new ConfigError(`import: has no such argument${got(reference)}`, word.at))
      return ''
    })
    return text === word.text ? [word] : [literal({ ...word, text }, word)]
  }

  #spend(characters: number): boolean {
    this.#left -= characters
    return !this.isExhausted
  }
}

/** An argument is data: it opens no block and imports nothing. */
function literal({ text, quoted }: Token, { at }: Token): Token {
  return { text, at, quoted: quoted || ['{', '}', 'import'].includes(text) }
}
