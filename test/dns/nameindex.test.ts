import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nameText, parseName } from '../../src/dns/name.ts'
import { NameIndex } from '../../src/dns/nameindex.ts'

test('numbers names as they come, whatever their case', () => {
  const index = new NameIndex()
  const names = ['example.org', 'www.example.org', '.', 'EXAMPLE.ORG', 'www.Example.org', 'org']
  expect(names.map((name) => index.add(parseName(name)))).toEqual([0, 1, 2, 0, 1, 3])
  expect(index.size).toBe(4)
  expect(index.find(parseName('eXample.org'))).toBe(0)
  expect(index.find(parseName('xample.org'))).toBe(-1)
  expect(nameText(index.name(1))).toBe('www.example.org.')
  expect(nameText(index.name(2))).toBe('.')
  expect(nameText(index.name(3))).toBe('org.')
})

test('finds the longest at or above, however many labels there are', () => {
  const index = new NameIndex()
  const deepest = parseName('a.'.repeat(127))
  expect(index.longest(deepest)).toBe(-1)
  for (const labels of [126, 127, 1, 0]) index.add(parseName('A.'.repeat(labels) || '.'))
  expect(index.longest(deepest)).toBe(1)
  expect(index.longest(parseName('a.'.repeat(126)))).toBe(0)
  expect(index.longest(parseName('a.'.repeat(125)))).toBe(2)
  expect(index.longest(parseName(`b.${'a.'.repeat(126)}`))).toBe(0)
  expect(index.longest(parseName('a.b.'))).toBe(3)
  expect(index.longest(parseName('.'))).toBe(3)
})

test('does as a map does, however many there are', () => {
  const name = fc.array(fc.string({ unit: fc.constantFrom(...'abAB'), minLength: 1, maxLength: 3 }), { maxLength: 3 })
  fc.assert(
    fc.property(fc.array(name, { maxLength: 500 }), fc.array(name, { maxLength: 50 }), (added, asked) => {
      const index = new NameIndex()
      const model = new Map<string, number>()
      const textOf = (labels: string[]): string => `${labels.join('.')}.`
      for (const labels of added) {
        const key = textOf(labels).toLowerCase()
        if (!model.has(key)) model.set(key, model.size)
        expect(index.add(parseName(textOf(labels)))).toBe(model.get(key))
      }
      for (const labels of [...added, ...asked])
        expect(index.find(parseName(textOf(labels)))).toBe(model.get(textOf(labels).toLowerCase()) ?? -1)
      for (const labels of asked) {
        const above = labels.map((_, i) => textOf(labels.slice(i)).toLowerCase())
        const deepest = [...above, '.'].find((key) => model.has(key))
        expect(index.longest(parseName(textOf(labels)))).toBe(deepest === undefined ? -1 : model.get(deepest))
      }
      for (const [key, number] of model) expect(nameText(index.name(number))).toBe(key)
    }),
    { numRuns: 50 },
  )
})
