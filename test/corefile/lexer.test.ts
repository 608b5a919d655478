import { describe, expect, it } from 'vitest'
import type { ConfigErrors } from '../../src/corefile/error.ts'
import { scan } from '../../src/corefile/lexer.ts'
import { Problems } from '../../src/corefile/problems.ts'

/** `line:column word` for each word; quoted ones as JSON, comments and the like by their kind. */
function pieces(text: string): string[] {
  const problems = new Problems()
  const lexemes = scan(text, 'Corefile', problems)
  problems.throwIfAny()
  return lexemes
    .filter(({ kind }) => kind !== 'newline')
    .map(({ kind, text, quoted, at }) => {
      const shown = kind === 'continuation' ? '\\' : quoted ? JSON.stringify(text) : text
      return `${at.line}:${at.column} ${shown}`
    })
}

describe('words', () => {
  it.each([
    ['nothing', '', []],
    ['blanks', ' \t\r\n\n ', []],
    ['a key', 'host:123', ['1:1 host:123']],
    ['lines', 'a b\n\n  c', ['1:1 a', '1:3 b', '3:3 c']],
    ['carriage returns', 'a b\r\nc\r\n', ['1:1 a', '1:3 b', '2:1 c']],
    ['braces', '. { x }', ['1:1 .', '1:3 {', '1:5 x', '1:7 }']],
    ['braces in words', 'x{ {y} z}', ['1:1 x{', '1:4 {y}', '1:8 z}']],
    ['quotes', 'a "b  c" d', ['1:1 a', '1:3 "b  c"', '1:10 d']],
    ['an empty word', 'a "" b', ['1:1 a', '1:3 ""', '1:6 b']],
    ['an escaped quote', String.raw`"a \"b\""`, [String.raw`1:1 "a \"b\""`]],
    ['no other escape', String.raw`"a\b\\c" d\e`, [String.raw`1:1 "a\\b\\\\c"`, String.raw`1:10 d\e`]],
    ['a backslash pair before the quote', String.raw`"a\\" b`, [String.raw`1:1 "a\\\\"`, '1:7 b']],
    ['a quote inside a word', 'a"b c"', ['1:1 a"b', '1:5 c"']],
    ['a word right after a quote', '"a"b', ['1:1 "a"', '1:4 b']],
    ['a quote over lines', 'a "b\n  c" d\ne', ['1:1 a', '1:3 "b\\n  c"', '2:6 d', '3:1 e']],
    ['a byte order mark', '\ufeff:53', ['1:1 :53']],
    ['a NUL and other strange octets', 'a\0b \ufffd \u0001', ['1:1 a\0b', '1:5 \ufffd', '1:7 \u0001']],
    ['blanks of other alphabets', 'a\u00a0b\u3000c\u0085d', ['1:1 a', '1:3 b', '1:5 c', '1:7 d']],
  ])('%s', (_, text, expected) => expect(pieces(text)).toEqual(expected))
})

describe('comments', () => {
  it.each([
    ['alone', '# a b', ['1:1 # a b']],
    ['after words', 'a # b "c', ['1:1 a', '1:3 # b "c']],
    ['inside a word', 'a#b c\nd', ['1:1 a', '1:2 #b c', '2:1 d']],
    ['not in quotes', '"#1" "a # b"', ['1:1 "#1"', '1:6 "a # b"']],
    ['with a backslash at the end', '# a \\\nb', ['1:1 # a \\', '2:1 b']],
  ])('%s', (_, text, expected) => expect(pieces(text)).toEqual(expected))
})

describe('continued lines', () => {
  it.each([
    ['after a blank', 'a \\\n  b', ['1:1 a', '1:3 \\', '2:3 b']],
    ['right after a word', 'a\\\nb', ['1:1 a', '1:2 \\', '2:1 b']],
    ['with blanks after it', 'a \\ \t\r\nb', ['1:1 a', '1:3 \\', '2:1 b']],
    ['at the end', 'a \\', ['1:1 a', '1:3 \\']],
    ['not where a word follows', 'a\\ b \\c', ['1:1 a\\', '1:4 b', '1:6 \\c']],
    ['not in quotes', '"a \\\nb"', ['1:1 "a \\\\\\nb"']],
  ])('%s', (_, text, expected) => expect(pieces(text)).toEqual(expected))
})

describe('quotes that are never closed', () => {
  const complain = (text: string): string[] => {
    const problems = new Problems()
    scan(text, 'Corefile', problems)
    try {
      problems.throwIfAny()
      return []
    } catch (error) {
      return (error as ConfigErrors).errors.map(({ message }) => message)
    }
  }

  it.each([
    ['at the end', 'a "b', ['Corefile:1:3: quote is never closed, got "b']],
    ['with a comment behind', 'log "b # c\nd\n', ['Corefile:1:5: quote is never closed, got "b # c']],
    ['alone', '"', ['Corefile:1:1: quote is never closed, got "']],
    ['by an escaped quote', '"a\\"', ['Corefile:1:1: quote is never closed, got "a\\"']],
    ['before a quoted word', 'log "a\nchaos "b c"\n', ['Corefile:1:5: quote is never closed, got "a']],
    ['before two quoted words', 'log "a\nchaos "b" "c"\n', ['Corefile:1:5: quote is never closed, got "a']],
    [
      'more than once',
      'a "b\nc "d"\ne "f',
      ['Corefile:1:3: quote is never closed, got "b', 'Corefile:3:3: quote is never closed, got "f'],
    ],
    ['in a long line', `a "${'x'.repeat(90)}`, [`Corefile:1:3: quote is never closed, got "${'x'.repeat(39)}`]],
  ])('%s', (_, text, expected) => expect(complain(text)).toEqual(expected))

  it('reads on after the line', () => {
    const lexemes = scan('log "a b\nchaos "c"', 'Corefile', new Problems())
    expect(lexemes.map(({ text }) => text)).toEqual(['log', 'a b', '\n', 'chaos', 'c'])
  })
})

it('takes time linear in the text', () => {
  const start = performance.now()
  for (const piece of ['"\\"\n', '"\n', '\\ ', '\\\n', '{$', '"a', '#', '"\\'])
    scan(piece.repeat(200_000 / piece.length), 'Corefile', new Problems())
  expect(performance.now() - start).toBeLessThan(5000)
})
