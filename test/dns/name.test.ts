import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WireError } from '../../src/dns/error.ts'
import {
  compareNames,
  foldedText,
  foldName,
  isWithin,
  joinNames,
  labelCount,
  nameText,
  parentOf,
  parseName,
  ROOT,
  sameName,
} from '../../src/dns/name.ts'
import { anyName, hex, octets } from './arbitraries.ts'

const ORIGIN = parseName('example.org.')

describe('parseName', () => {
  test.each([
    ['.', '00'],
    ['org.', '036f726700'],
    ['WwW.example.org.', '03577757076578616d706c65036f726700'],
    ['www', '03777777076578616d706c65036f726700'],
    ['@', '076578616d706c65036f726700'],
    ['\\@.', '014000'],
    ['a\\.b.', '03612e6200'],
    ['a\\046b.', '03612e6200'],
    ['\\\\\\".', '025c2200'],
    ['\\255\\000.', '02ff0000'],
    ['ö.', '02c3b600'],
    [`${'a'.repeat(63)}.`, `3f${'61'.repeat(63)}00`],
  ])('%s', (text, wire) => {
    expect(hex(parseName(text, ORIGIN))).toBe(wire)
  })

  test.each([
    ['', 'a name must not be empty'],
    ['..', 'empty label in name ".."'],
    ['a..b.', 'empty label in name "a..b."'],
    ['.a.', 'empty label in name ".a."'],
    [`${'a'.repeat(64)}.`, 'label is longer than 63 octets'],
    ['a\\', 'bad escape in name "a\\"'],
    ['a\\25.', 'bad escape'],
    ['a\\256.', 'bad escape'],
    ['a.'.repeat(128), 'name is longer than 255 octets'],
    [`${'a.'.repeat(121)}a`, 'name is longer than 255 octets'],
    ['a'.repeat(300), 'name is longer than 255 octets'],
  ])('refuses %s', (text, message) => {
    expect(() => parseName(text, ORIGIN)).toThrow(WireError)
    expect(() => parseName(text, ORIGIN)).toThrow(message)
  })

  test('takes a name of 255 octets', () => {
    expect(parseName('a.'.repeat(127))).toHaveLength(255)
    expect(parseName(`${'a.'.repeat(120)}a`, ORIGIN)).toHaveLength(255)
  })

  test('keeps no memory of the name before', () => {
    const first = parseName('one.example.')
    parseName('two.example.')
    expect(nameText(first)).toBe('one.example.')
    for (const text of ['o\\', 'o\\1', 'o\\12']) {
      parseName('o2222222.')
      expect(() => parseName(text)).toThrow('bad escape')
    }
  })

  test('takes the longest text that there is', () => {
    const label = '\\000'.repeat(63)
    const text = `${label}.${label}.${label}.${'\\255'.repeat(61)}.`
    expect(parseName(text)).toHaveLength(255)
    expect(nameText(parseName(text))).toBe(text)
    expect(() => parseName(`${'\\000'.repeat(63)}.`.repeat(5))).toThrow('name is longer than 255 octets')
  })
})

describe('foldedText', () => {
  test.each([
    ['WwW.Example.ORG.', 'www.example.org.'],
    ['A\\.B\\@.\\196\\000.', 'a\\.b\\@.\\196\\000.'],
    ['.', '.'],
  ])('%s is %s', (text, folded) => {
    expect(foldedText(parseName(text))).toBe(folded)
  })
})

describe('nameText', () => {
  test.each([
    ['00', '.'],
    ['0161022e2200', 'a.\\.\\".'],
    ['05285c3b4024017f00', '\\(\\\\\\;\\@\\$.\\127.'],
    ['032000ff00', '\\032\\000\\255.'],
  ])('%s', (wire, text) => {
    expect(nameText(octets(wire))).toBe(text)
  })

  test('reads back as the same octets', () => {
    fc.assert(
      fc.property(anyName, (name) => {
        expect(parseName(nameText(name), ORIGIN)).toEqual(name)
      }),
    )
  })
})

/** RFC 4034 §6.1, in canonical order. */
const CANONICAL = [
  'example.',
  'a.example.',
  'yljkjljk.a.example.',
  'Z.a.example.',
  'zABC.a.EXAMPLE.',
  'z.example.',
  '\\001.z.example.',
  '*.z.example.',
  '\\200.z.example.',
]

describe('compareNames', () => {
  test('orders the names of RFC 4034', () => {
    const names = CANONICAL.map((text) => parseName(text))
    for (const [i, a] of names.entries()) {
      for (const [j, b] of names.entries()) expect(Math.sign(compareNames(a, b))).toBe(Math.sign(i - j))
    }
  })

  /** The order as RFC 4034 §6.1 words it: labels from the right, as strings of octets. */
  const sortKey = (name: Uint8Array): string[] => {
    const labels: string[] = []
    for (let at = 0; name[at] !== 0; at += name[at] + 1)
      labels.unshift(hex(foldName(name).slice(at + 1, at + 1 + name[at])))
    return labels
  }

  test('is the order of reversed, folded labels', () => {
    fc.assert(
      fc.property(anyName, anyName, (a, b) => {
        const [x, y] = [sortKey(a), sortKey(b)]
        const i = x.findIndex((label, k) => label !== y[k])
        const expected = i < 0 ? x.length - y.length : y[i] === undefined || x[i] > y[i] ? 1 : -1
        expect(Math.sign(compareNames(a, b))).toBe(Math.sign(expected))
        expect(Math.sign(compareNames(b, a))).toBe(-Math.sign(expected) + 0)
        expect(sameName(a, b)).toBe(expected === 0)
      }),
    )
  })
})

test('letters differ in case only: the same name', () => {
  fc.assert(
    fc.property(anyName, (name) => {
      const folded = foldName(name)
      expect(sameName(name, folded)).toBe(true)
      expect(compareNames(name, folded)).toBe(0)
      expect(nameText(folded)).toBe(nameText(name).replace(/[A-Z]/g, (c) => c.toLowerCase()))
    }),
  )
})

describe('isWithin', () => {
  test.each([
    ['www.example.org.', 'example.org.', true],
    ['example.org.', 'EXAMPLE.org.', true],
    ['example.org.', '.', true],
    ['org.', 'example.org.', false],
    ['badexample.org.', 'example.org.', false],
    // The zone's octets end the name, but not at a label's start: \007example is part of the first label.
    ['a\\007example.org.', 'example.org.', false],
  ])('%s in %s: %s', (name, zone, within) => {
    expect(isWithin(parseName(name), parseName(zone))).toBe(within)
  })
})

test('labels', () => {
  expect(labelCount(ROOT)).toBe(0)
  expect(labelCount(parseName('a\\.b.c.'))).toBe(2)
  expect(nameText(parentOf(parseName('a.b.')))).toBe('b.')
  expect(parentOf(ROOT)).toBe(ROOT)
  expect(nameText(joinNames(octets('0161'), ORIGIN))).toBe('a.example.org.')
  expect(() => joinNames(new Uint8Array(250), ORIGIN)).toThrow(WireError)
})
