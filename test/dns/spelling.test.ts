import fc from 'fast-check'
import { expect, test } from 'vitest'
import { foldedText, foldName, parseName, readName } from '../../src/dns/name.ts'
import { Spelling, spellName } from '../../src/dns/spelling.ts'
import { anyName } from './arbitraries.ts'

const decoder = new TextDecoder()

test('a name is spelled as its text is, wherever it stands, and read back', () => {
  fc.assert(
    fc.property(anyName, fc.nat(20), (name, at) => {
      const octets = Uint8Array.of(...new Uint8Array(at).fill(7), ...name, 1, 2, 3)
      const out = new Uint8Array(1100).fill(9)
      const end = spellName(octets, at, out, at)
      expect(decoder.decode(out.subarray(at, end))).toBe(foldedText(name))
      expect(readName(out.subarray(at), end - at)).toEqual(foldName(name))
    }),
  )
})

test('a spelling is of one name at a time', () => {
  const spelling = new Spelling()
  const [first, second] = ['WWW.example.org', 'a\\.b'].map((text) => parseName(text))
  expect(spelling.of(first, 0).text).toBe('www.example.org.')
  expect(spelling.of(second, 0).text).toBe('a\\.b.')
  expect(spelling.of(first, 4).text).toBe('example.org.')
  expect(spelling.of(first, 0).text).toBe('www.example.org.')
})

test.each([
  ['www.example.org', 'www.', true, false],
  ['www.example.org', '.example.org.', false, true],
  ['www.example.org', 'www.example.org.', true, true],
  ['www.example.org', 'a.www.example.org.', false, false],
  ['a\\.example.org', '.example.org.', false, true],
  ['a\\.example.org', 'a.', false, false],
])('%s beside %s', (name, part, starts, ends) => {
  const spelling = new Spelling().of(parseName(name), 0)
  const octets = new TextEncoder().encode(part)
  expect([spelling.startsWith(octets), spelling.endsWith(octets)]).toEqual([starts, ends])
})
