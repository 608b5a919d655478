import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WireError } from '../../src/dns/error.ts'
import { nameText, parseName, sameName } from '../../src/dns/name.ts'
import { parseRecord, parseRecords, recordTexts } from '../../src/dns/presentation.ts'
import { RRset } from '../../src/dns/rrset.ts'
import { splitWords } from '../../src/dns/words.ts'
import { anyName, bytes } from './arbitraries.ts'

const ORIGIN = parseName('example.org.')
const texts = (sets: readonly RRset[]): string[] => sets.flatMap(recordTexts)

describe('parseRecord', () => {
  test.each([
    ['www.example.org. 3600 IN A 192.0.2.1', 'www.example.org. 3600 IN A 192.0.2.1'],
    ['www IN 300 a 192.0.2.1', 'www.example.org. 300 IN A 192.0.2.1'],
    ['www 1h30m A 192.0.2.1', 'www.example.org. 5400 IN A 192.0.2.1'],
    ['www in A 192.0.2.1', 'www.example.org. 7 IN A 192.0.2.1'],
    ['www A 192.0.2.1', 'www.example.org. 7 IN A 192.0.2.1'],
    ['@ 0 MX 10 mail', 'example.org. 0 IN MX 10 mail.example.org.'],
    ['\tversion.bind. CH TXT "a;b" ; comment', 'version.bind. 7 CH TXT "a;b"'],
    ['@ SOA ns host ( 1 2 3 4 5 )', 'example.org. 7 IN SOA ns.example.org. host.example.org. 1 2 3 4 5'],
    ['@ HTTPS 1 . alpn="h2,h3" port=443', 'example.org. 7 IN HTTPS 1 . alpn="h2,h3" port=443'],
    ['a CLASS42 TYPE65280 \\# 1 ff', 'a.example.org. 7 CLASS42 TYPE65280 \\# 1 FF'],
    // Owners that look like what may follow them, and ANY, which is a class and a type.
    ['A A 192.0.2.1', 'A.example.org. 7 IN A 192.0.2.1'],
    ['IN 5 IN A 192.0.2.1', 'IN.example.org. 5 IN A 192.0.2.1'],
    ['300 A 192.0.2.1', '300.example.org. 7 IN A 192.0.2.1'],
    ['a ANY ANY \\# 0', 'a.example.org. 7 ANY ANY \\# 0'],
    ['a 0 ANY \\# 0', 'a.example.org. 0 IN ANY \\# 0'],
    ['a 1 NONE APL', 'a.example.org. 1 NONE APL'],
  ])('%s', (line, text) => {
    expect(recordTexts(parseRecord(line, ORIGIN, 7))).toEqual([text])
  })

  test.each([
    ['', 'record is empty'],
    ['; nothing', 'record is empty'],
    ['www', 'record has no type: "www"'],
    ['www 300 IN', 'record has no type: "www 300 IN"'],
    ['www IN NOSUCH x', 'unknown record type "NOSUCH"'],
    ['www IN CH A 192.0.2.1', 'unknown record type "CH"'],
    ['www 1 2 A 192.0.2.1', 'unknown record type "2"'],
    ['www 2147483648 A 192.0.2.1', 'ttl must be 0–2147483647 seconds or a time like 1h30m, got "2147483648"'],
    ['www 5x A 192.0.2.1', 'ttl must be'],
    ['a..b A 192.0.2.1', 'empty label in name "a..b"'],
    ['www MX x mail', 'preference must be 0–65535, got "x"'],
    ['www TXT "open', 'unbalanced quote or backslash at "open"'],
    ['www TXT open\\', 'unbalanced quote or backslash at "open\\"'],
  ])('refuses %s', (line, message) => {
    expect(() => parseRecord(line, ORIGIN)).toThrow(WireError)
    expect(() => parseRecord(line, ORIGIN)).toThrow(message)
  })

  test('names are absolute and the TTL is an hour unless told otherwise', () => {
    expect(recordTexts(parseRecord('www A 192.0.2.1'))).toEqual(['www. 3600 IN A 192.0.2.1'])
  })
})

describe('parseRecords', () => {
  test('makes sets', () => {
    const sets = parseRecords(
      `
      ; One set of three, whose owners differ in case and whose TTLs differ.
      www 300 IN A 192.0.2.1
      www 300 IN AAAA 2001:db8::1
      WWW 200 IN A 192.0.2.2

      www 400 IN A 192.0.2.3 ; the last
      www 300 CH A 192.0.2.4
      `,
      ORIGIN,
    )
    expect(sets.map(recordTexts)).toEqual([
      [
        'www.example.org. 200 IN A 192.0.2.1',
        'www.example.org. 200 IN A 192.0.2.2',
        'www.example.org. 200 IN A 192.0.2.3',
      ],
      ['www.example.org. 300 IN AAAA 2001:db8::1'],
      ['www.example.org. 300 CH A 192.0.2.4'],
    ])
  })

  test('of nothing is nothing', () => {
    expect(parseRecords('\n ; comment\n\n')).toEqual([])
  })
})

test('any set is read back from its lines', () => {
  const set = fc
    .record({
      owner: anyName,
      type: fc.integer({ min: 60_000, max: 65_535 }),
      class: fc.nat(65_535),
      ttl: fc.nat(0x7fffffff),
      rdata: fc.array(bytes(0, 50), { minLength: 1, maxLength: 4 }),
    })
    .map((parts) => RRset.of(parts.owner, parts.type, parts.ttl, parts.rdata, parts.class))
  fc.assert(
    fc.property(set, (rrset) => {
      expect(parseRecords(recordTexts(rrset).join('\n'), ORIGIN)).toEqual([rrset])
    }),
  )
})

test('the way there and back is stable for the owner', () => {
  fc.assert(
    fc.property(anyName, (owner) => {
      const again = parseRecord(`${nameText(owner)} A 192.0.2.1`, ORIGIN).owner
      expect(sameName(again, owner)).toBe(true)
      expect(texts([parseRecord(`${nameText(owner)} 1 A 192.0.2.1`)])).toEqual([`${nameText(owner)} 1 IN A 192.0.2.1`])
    }),
  )
})

describe('splitWords', () => {
  test.each<[string, readonly [string, boolean][]]>([
    ['', []],
    [
      ' a\tb ',
      [
        ['a', false],
        ['b', false],
      ],
    ],
    [
      '"a b"c',
      [
        ['a b', true],
        ['c', false],
      ],
    ],
    [
      'a"b"',
      [
        ['a', false],
        ['b', true],
      ],
    ],
    ['""', [['', true]]],
    [
      'a\\ b "\\"" \\;c',
      [
        ['a\\ b', false],
        ['\\"', true],
        ['\\;c', false],
      ],
    ],
    [
      '(a)(b);c',
      [
        ['a', false],
        ['b', false],
      ],
    ],
  ])('%s', (line, words) => {
    expect(splitWords(line).map(({ text, quoted }) => [text, quoted])).toEqual(words)
  })
})
