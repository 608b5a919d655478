import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isWithin, nameText, parseName } from '../../src/dns/name.ts'
import { NameTable } from '../../src/dns/nametable.ts'

const name = (text: string) => parseName(text)

function tableOf(...names: string[]): NameTable<string> {
  const table = new NameTable<string>()
  for (const text of names) table.set(name(text), text)
  return table
}

it('finds the deepest name at or above', () => {
  const table = tableOf('org.', 'example.org.', 'a.b.example.org.')
  expect(table.longest(name('example.org.'))).toBe('example.org.')
  expect(table.longest(name('b.example.org.'))).toBe('example.org.')
  expect(table.longest(name('x.a.b.example.org.'))).toBe('a.b.example.org.')
  expect(table.longest(name('myexample.org.'))).toBe('org.')
  expect(table.longest(name('example.net.'))).toBeUndefined()
})

it('counts the root as above everything', () => {
  expect(tableOf('.').longest(name('anything.'))).toBe('.')
  expect(tableOf('.').longest(name('.'))).toBe('.')
})

it('does not care for case', () => {
  const table = tableOf('Example.ORG.')
  expect(table.get(name('eXAMPLE.org.'))).toBe('Example.ORG.')
  expect(table.longest(name('www.EXAMPLE.org.'))).toBe('Example.ORG.')
})

it('tells a dot in a label from two labels', () => {
  expect(tableOf('a\\.b.org.').get(name('a.b.org.'))).toBeUndefined()
})

it('passes over values that are refused', () => {
  const table = tableOf('.', 'org.', 'example.org.')
  expect(table.longest(name('www.example.org.'), (value) => value !== 'example.org.')).toBe('org.')
  expect(table.longest(name('www.example.org.'), () => false)).toBeUndefined()
})

it('asks about the deepest first, and may be asked meanwhile', () => {
  const table = tableOf('.', 'org.', 'example.org.', 'x.example.org.')
  const asked: string[] = []
  const found = table.longest(name('a.b.EXAMPLE.org.'), (value) => {
    asked.push(value)
    table.longest(name('some.other.name.x.example.org.'))
    return value === '.'
  })
  expect(found).toBe('.')
  expect(asked).toEqual(['example.org.', 'org.', '.'])
})

it('replaces values', () => {
  const table = tableOf('example.org.')
  table.set(name('EXAMPLE.org.'), 'new')
  expect(table.get(name('example.org.'))).toBe('new')
  expect(table.size).toBe(1)
  expect([...table].map(([key, value]) => [nameText(key), value])).toEqual([['example.org.', 'new']])
})

it('finds in tables of any size what a look at each name finds', () => {
  // Few labels, so that names are above and below each other.
  const name = fc
    .array(fc.constantFrom('a', 'B', 'b', 'cc', '\\003ccc'), { maxLength: 5 })
    .map((labels) => parseName(`${labels.join('.')}.`))
  fc.assert(
    fc.property(fc.array(name, { maxLength: 12 }), name, fc.nat(3), (names, query, refused) => {
      const table = new NameTable<number>()
      for (const [i, name] of names.entries()) table.set(name, i)
      const values = names.map((name) => table.get(name)!)
      const accepts = (value: number): boolean => value % 4 !== refused
      for (const accept of [undefined, accepts]) {
        const above = names.filter((name, i) => isWithin(query, name) && (!accept || accept(values[i])))
        const deepest = above.sort((a, b) => b.length - a.length).at(0)
        expect(table.longest(query, accept)).toBe(deepest && table.get(deepest))
      }
    }),
    { numRuns: 1000 },
  )
})
