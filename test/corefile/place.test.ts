import { expect, test } from 'vitest'
import { parseCorefile } from '../../src/corefile/parse.ts'
import { placeOf } from '../../src/corefile/place.ts'

const wordsOf = (line: string) => parseCorefile(`. {\nx ${line}\n}`, { file: 'C' }).blocks[0].directives[0].tokens

test.each([
  ['abc def', 0, '2:3'],
  ['abc def', 2, '2:5'],
  ['abc def', 4, '2:7'],
  ['abc def', 99, '2:10'],
  ['abc   def', 4, '2:9'],
  ['"abc def"', 4, '2:8'],
  ['"a\\"b" c', 2, '2:7'],
  ['"a\\"b" c', 4, '2:10'],
  ['"ab\ncd"', 4, '3:2'],
])('%j at %d is %s', (line, offset, place) => {
  const { line: row, column } = placeOf(wordsOf(line), offset)
  expect(`${row}:${column}`).toBe(place)
})
