import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import { nameText, parseName } from '../src/dns/name.ts'
import { LineBuffer } from '../src/linebuffer.ts'

const made = (act: (line: LineBuffer) => void): string => {
  const line = new LineBuffer()
  act(line)
  return line.take()
}

test.each([
  [0, 1, '0'],
  [7, 1, '7'],
  [65_535, 1, '65535'],
  [91, 6, '000091'],
  [1_234_567, 6, '1234567'],
  [4_294_967_296, 1, '4294967296'],
])('the number %d with %d digits is %s', (value, digits, text) => {
  expect(made((line) => line.number(value, digits))).toBe(text)
})

it('names are as everywhere, in lower case', () => {
  const names = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 5 })
  fc.assert(
    fc.property(names, (labels) => {
      const name = Uint8Array.from([...labels.flatMap((label) => [label.length, ...label]), 0])
      expect(made((line) => line.name(name))).toBe(nameText(name).toLowerCase())
    }),
  )
  expect(made((line) => line.name(parseName('WWW.a\\.b.Example')))).toBe('www.a\\.b.example.')
})

it('is used again, and grows', () => {
  const line = new LineBuffer()
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 3000 }), { maxLength: 5 }), (texts) => {
      for (const text of texts) line.text(text)
      expect(line.take()).toBe(texts.join('').replace(/\p{Surrogate}/gu, '\ufffd'))
    }),
  )
})
