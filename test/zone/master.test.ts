// biome-ignore-all lint/suspicious/noTemplateCurlyInString: braces behind a dollar are the syntax of $GENERATE
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { APEX, faultsOf, recordsOf, zoneOf } from './zones.ts'

/** The records behind those of APEX. */
const read = (text: string, files?: { readonly [path: string]: string }): string[] =>
  recordsOf(zoneOf(APEX + text, files && { files })).slice(2)

describe('entries', () => {
  test.each([
    ['owner, TTL, class, type', 'a 300 IN A 192.0.2.1', 'a.example. 300 IN A 192.0.2.1'],
    ['class before TTL', 'a IN 300 A 192.0.2.1', 'a.example. 300 IN A 192.0.2.1'],
    ['no class', 'a 300 A 192.0.2.1', 'a.example. 300 IN A 192.0.2.1'],
    ['the last TTL', 'a 300 TXT x\nb TXT y', 'a.example. 300 IN TXT "x"\nb.example. 300 IN TXT "y"'],
    ['$TTL goes before it', '$TTL 60\na 300 TXT x\nb TXT y', 'a.example. 300 IN TXT "x"\nb.example. 60 IN TXT "y"'],
    ['units', 'a 1h30m A 192.0.2.1\nb 1W2d3S TXT x', 'a.example. 5400 IN A 192.0.2.1\nb.example. 777603 IN TXT "x"'],
    ['small letters', 'a 300 in aaaa 2001:db8::1', 'a.example. 300 IN AAAA 2001:db8::1'],
    ['blank owner', 'a 300 A 192.0.2.1\n  A 192.0.2.2', 'a.example. 300 IN A 192.0.2.1\na.example. 300 IN A 192.0.2.2'],
    [
      'blank owner after a comment',
      'a 300 A 192.0.2.1\n\n; x\n\tTXT t',
      'a.example. 300 IN A 192.0.2.1\na.example. 300 IN TXT "t"',
    ],
    ['@', '@ 300 A 192.0.2.1', 'example. 300 IN A 192.0.2.1'],
    ['absolute owner', 'a.example. 300 A 192.0.2.1', 'a.example. 300 IN A 192.0.2.1'],
    ['parentheses', 'a 300 ( TXT ; c\n\n "b"\n)\n', 'a.example. 300 IN TXT "b"'],
    ['parentheses in parentheses', 'a 300 TXT ( x ( y ) z )', 'a.example. 300 IN TXT "x" "y" "z"'],
    ['parentheses without blanks', 'a 300 MX (10 m)', 'a.example. 300 IN MX 10 m.example.'],
    ['comment after a word', 'a 300 A 192.0.2.1;x', 'a.example. 300 IN A 192.0.2.1'],
    ['semicolon in quotes', 'a 300 TXT "x;y"', 'a.example. 300 IN TXT "x;y"'],
    ['escaped semicolon', 'a 300 TXT x\\;y', 'a.example. 300 IN TXT "x;y"'],
    ["BIND's $DATE", '$DATE 20300101000000\na 300 TXT x', 'a.example. 300 IN TXT "x"'],
    ['a quote within a word begins another', 'a 300 TXT a"b c"d', 'a.example. 300 IN TXT "a" "b c" "d"'],
    ['quotes behind an equals sign', 'a 300 TXT k="b c"', 'a.example. 300 IN TXT "k=" "b c"'],
    ['escaped quote', 'a 300 TXT "x\\"y"', 'a.example. 300 IN TXT "x\\"y"'],
    ['decimal escapes', 'a\\046b 300 TXT \\000\\255', 'a\\.b.example. 300 IN TXT "\\000\\255"'],
    ['octets outside ASCII', 'ä 300 TXT ö', '\\195\\164.example. 300 IN TXT "\\195\\182"'],
    ['empty string', 'a 300 TXT ""', 'a.example. 300 IN TXT ""'],
    ['case of names is kept', 'A 300 CNAME B', 'A.example. 300 IN CNAME B.example.'],
    ['unknown type', 'a 300 TYPE65280 \\# 3 01 02 03', 'a.example. 300 IN TYPE65280 \\# 3 010203'],
    ['octets for a known type', 'a 300 A \\# 4 c0000201', 'a.example. 300 IN A 192.0.2.1'],
    [
      'carriage returns',
      'a 300 A 192.0.2.1\r\nb 300 A 192.0.2.2\r',
      'a.example. 300 IN A 192.0.2.1\nb.example. 300 IN A 192.0.2.2',
    ],
    ['root as a target', 'a 300 MX 0 .', 'a.example. 300 IN MX 0 .'],
    ['@ as a target', 'a 300 CNAME @', 'a.example. 300 IN CNAME example.'],
    ['key="value"', 'a 300 SVCB 1 . alpn="h2,h3"', 'a.example. 300 IN SVCB 1 . alpn="h2,h3"'],
    ['a TTL of more than 31 bits', 'a 2147483648 A 192.0.2.1', 'a.example. 0 IN A 192.0.2.1'],
    ['duplicates', 'a 300 A 192.0.2.1\nA 300 A 192.0.2.1', 'a.example. 300 IN A 192.0.2.1'],
    ['duplicates but for case', 'a 300 MX 1 m\na 300 MX 1 M', 'a.example. 300 IN MX 1 m.example.'],
    ['not what differs in more', 'a 300 TXT m\na 300 TXT M', 'a.example. 300 IN TXT "m"\na.example. 300 IN TXT "M"'],
    [
      'sets that are spread',
      'a 300 A 192.0.2.1\nb 300 TXT x\na 300 A 192.0.2.2',
      'a.example. 300 IN A 192.0.2.1\na.example. 300 IN A 192.0.2.2\nb.example. 300 IN TXT "x"',
    ],
    [
      'several TTLs in a set',
      'a 300 A 192.0.2.1\na 400 A 192.0.2.2',
      'a.example. 300 IN A 192.0.2.1\na.example. 300 IN A 192.0.2.2',
    ],
  ])('%s', (_, text, records) => {
    expect(read(text).join('\n')).toBe(records)
  })

  test('a zone without any TTL has TTL 0, and says so once', () => {
    const image = zoneOf('@ SOA ns h 1 2 3 4 5\n@ NS ns.elsewhere.\nwww A 192.0.2.1\n')
    expect(recordsOf(image)[2]).toBe('www.example. 0 IN A 192.0.2.1')
    expect(image.warnings).toEqual(['db:1:3: no TTL is given here or by $TTL: it is taken as 0'])
  })
})

describe('directives', () => {
  test.each([
    ['$ORIGIN', '$ORIGIN sub.example.\na 300 A 192.0.2.1', 'a.sub.example. 300 IN A 192.0.2.1'],
    ['$ORIGIN relative to the one before', '$origin b\n$ORIGIN a\n@ 300 TXT x', 'a.b.example. 300 IN TXT "x"'],
    [
      '$GENERATE',
      '$GENERATE 1-3 h$ 300 A 192.0.2.$',
      'h1.example. 300 IN A 192.0.2.1\nh2.example. 300 IN A 192.0.2.2\nh3.example. 300 IN A 192.0.2.3',
    ],
    ['steps', '$GENERATE 0-5/5 h$ 300 IN TXT "$ $"', 'h0.example. 300 IN TXT "0 0"\nh5.example. 300 IN TXT "5 5"'],
    [
      'offset, width, base',
      '$GENERATE 10-10 h${-2,4,d} 300 TXT ${0,0,x}-${6,4,X}-${0,3,o}-$',
      'h0008.example. 300 IN TXT "a-0010-012-10"',
    ],
    ['nibbles', '$GENERATE 26-26 ${0,5,n} 300 TXT x', 'a.1.0.example. 300 IN TXT "x"'],
    ['a number below 0', '$GENERATE 1-1 a${-3,3} 300 TXT ${-2}', 'a-02.example. 300 IN TXT "-1"'],
    ['data in quotes', '$GENERATE 1-1 a$ 300 MX "$ m$"', 'a1.example. 300 IN MX 1 m1.example.'],
    ['an escaped $', '$GENERATE 1-1 a\\$$ 300 TXT x', 'a\\$1.example. 300 IN TXT "x"'],
    [
      'a blank behind $GENERATE',
      'a 300 A 192.0.2.1\n$GENERATE 1-1 h$ 300 A 192.0.2.$\n 300 TXT x',
      'a.example. 300 IN A 192.0.2.1\na.example. 300 IN TXT "x"\nh1.example. 300 IN A 192.0.2.1',
    ],
    ['a set', '$GENERATE 1-2 @ 300 MX $ m$', 'example. 300 IN MX 1 m1.example.\nexample. 300 IN MX 2 m2.example.'],
  ])('%s', (_, text, records) => {
    expect(read(text).join('\n')).toBe(records)
  })

  test('$INCLUDE has an origin of its own, and the one before goes on behind it', () => {
    const files = { 'a.db': 'x 300 TXT 1\n$ORIGIN deep\ny 300 TXT 2\n', 'b.db': 'x 300 TXT 3\n' }
    expect(read('$INCLUDE a.db sub\nz 300 TXT 4\n$INCLUDE b.db\n 300 TXT 5', files)).toEqual([
      'x.sub.example. 300 IN TXT "1"',
      'y.deep.sub.example. 300 IN TXT "2"',
      'z.example. 300 IN TXT "4"',
      'z.example. 300 IN TXT "5"',
      'x.example. 300 IN TXT "3"',
    ])
  })

  test('errors in an included file are told with its name', () => {
    const files = { 'sub.db': '\nx 300 A 1\n' }
    expect(faultsOf(`${APEX}$INCLUDE sub.db\n`, { files })).toMatch(/^sub\.db:2:9: A: /)
  })

  test('files that include themselves come to an end', () => {
    const files = { 'a.db': '$INCLUDE b.db\n', 'b.db': '$INCLUDE a.db\n' }
    expect(faultsOf(`${APEX}$INCLUDE a.db\n$INCLUDE a.db\n`, { files })).toBe(
      'b.db:1:10: $INCLUDE: a.db includes itself',
    )
    const chain = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i}`, `$INCLUDE ${i + 1}\n`]))
    expect(faultsOf(`${APEX}$INCLUDE 0\n`, { files: chain })).toBe(
      '19:1:10: $INCLUDE: files include each other more than 20 deep',
    )
  })
})

test('records outside the zone are left out', () => {
  const image = zoneOf(`${APEX}www.other. 300 A 192.0.2.1\n  300 TXT x\n$ORIGIN ple.\nexam 300 A 192.0.2.1\n`)
  expect(recordsOf(image)).toHaveLength(2)
  expect(image.warnings).toEqual([
    'db:3:1: A record of www.other. is outside the zone example. and ignored',
    'db:4:1: TXT record of www.other. is outside the zone example. and ignored',
    'db:6:1: A record of exam.ple. is outside the zone example. and ignored',
  ])
})

test('what a zone prints it reads again', () => {
  const text = `${APEX}a 300 TXT "\\000;" b\n*.w 5 MX 1 .\n\\@\\;\\( 1 SRV 1 2 3 \\$x\n`
  const records = recordsOf(zoneOf(text))
  expect(recordsOf(zoneOf(records.join('\n')))).toEqual(records)
})

/** Pieces of which zone files are made, whole and broken. */
const piece = fc.constantFrom(
  ...[
    'a',
    '@',
    '*',
    ' ',
    '\t',
    '\n',
    '\r',
    '(',
    ')',
    '"',
    ';',
    '\\',
    '\\0',
    '\\255',
    '.',
    '..',
    '$',
    '$TTL',
    '$ORIGIN',
  ],
  ...[
    '$INCLUDE',
    '$GENERATE',
    '1-2',
    '300',
    '1h',
    '4294967296',
    'IN',
    'CH',
    'A',
    'AAAA',
    'TXT',
    'NS',
    'SOA',
    'MX',
    'RRSIG',
  ],
  ...['192.0.2.1', '::1', 'x.y.', '\\# 1 00', 'TYPE1', 'CLASS1', 'NSEC3', 'SVCB', '\0', 'ä', '{', '${0,1,d}', APEX],
)

test('no text crashes it', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const text = pieces.join('')
      // Only mistakes of the user's kind are thrown.
      expect(typeof faultsOf(text)).toBe('string')
    }),
    { numRuns: 2000 },
  )
})
