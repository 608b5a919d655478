import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ExpressionError } from '../src/expression/lex.ts'
import { parseExpression } from '../src/expression/parse.ts'
import { ValueError } from '../src/expression/value.ts'

const WORDS =
  `+ - * / % ** & | ^ << >> == != < > <= >= =~ !~ && || ! ~ ? : ?? ( ) , IN in true false name type [a/b] [>do]
atoi( incidr( random() 'a' '1' '(' "b" 0 1 2.5 0x1f 1e3 '192.0.2.1' '192.0.2.0/24' ' [ ] . = $ \\ é`.split(/\s+/)

/** A sequence that is the same each time (xorshift). */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

it('whatever is written is an expression or a mistake with its place, and has a value or a reason', () => {
  const random = numbers(42)
  let parsed = 0
  for (let i = 0; i < 20_000; i++) {
    const text = Array.from({ length: 1 + random(9) }, () => WORDS[random(WORDS.length)]).join(random(2) ? ' ' : '')
    try {
      const { run } = parseExpression(text)
      parsed++
      run({ get: (name) => name })
    } catch (error) {
      if (error instanceof ValueError) continue
      assert.ok(error instanceof ExpressionError, `${text}: ${error}`)
      assert.ok(error.offset >= 0 && error.offset <= text.length, `${text}: ${error.offset}`)
    }
  }
  assert.ok(parsed > 500, `${parsed} parsed`)
})
