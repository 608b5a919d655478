import { parseFloat64, parseInt64 } from '../golang/strconv.ts'
import type { GoValue } from '../golang/value.ts'
import { ExpressionError } from './error.ts'
import type { ExprToken } from './lex.ts'

/** The value of a number literal: with a point or an exponent a float, otherwise an integer. */
export function parseNumber(token: ExprToken): GoValue {
  const digits = token.text.replaceAll('_', '')
  const isPrefixed = /^0[xob]/i.test(digits)
  const value = isPrefixed
    ? parseInt64(digits, 0)
    : /[.e]/i.test(digits)
      ? parseFloat64(digits)
      : parseInt64(digits, 10)
  if (value === undefined) throw new ExpressionError(`invalid number literal: ${token.text}`, token.at)
  return value
}
