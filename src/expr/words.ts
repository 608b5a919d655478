import type { ConfigError, Position } from '../corefile/error.ts'
import { placeOf } from '../corefile/place.ts'
import type { Token } from '../corefile/spec.ts'
import type { TypeScope } from './check.ts'
import { ExpressionError } from './error.ts'
import { Expression } from './expression.ts'

/** What tells an error of a directive's property. */
interface Complainer {
  error(message: string, at?: Token | Position): ConfigError
}

/** The expression that the words of a Corefile's line make up. Throws ConfigError, at the place of the mistake. */
export function expressionOf(words: readonly Token[], names: TypeScope, use: Complainer): Expression {
  const source = words.map(({ text }) => text).join(' ')
  try {
    return new Expression(source, names)
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    throw use.error(`expression is wrong: ${error.message}, got "${source}"`, placeOf(words, error.offset))
  }
}
