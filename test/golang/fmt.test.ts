import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sprint, sprintf, sprintln } from '../../src/golang/fmt.ts'
import { parseFloat64, parseInt64, parseUint, quote, unquote } from '../../src/golang/strconv.ts'
import { formatValue } from '../../src/golang/text.ts'
import { byteLength, type GoValue, sliceString } from '../../src/golang/value.ts'

describe('sprintf', () => {
  test.each<[string, GoValue[], string]>([
    ['%d', [42n], '42'],
    ['%+d|% d|%05d|%-5d|%5d', [1n, 2n, -3n, 4n, 5n], '+1| 2|-0003|4    |    5'],
    ['%x %X %#x %08b %o %#o %O', [255n, 255n, 255n, 5n, 8n, 8n, 8n], 'ff FF 0xff 00000101 10 010 0o10'],
    ['%c %q %U', [0x41n, 0x41n, 0x1f600n], "A 'A' U+1F600"],
    ['%.3d|%6.3d', [7n, 7n], '007|   007'],
    [
      '%s|%5s|%-5s|%.2s|%q|%x|% X',
      ['abc', 'a', 'a', 'abc', 'a"b', 'hi', 'hi'],
      'abc|    a|a    |ab|"a\\"b"|6869|68 69',
    ],
    ['%v %v %v %v', [null, true, 1n, 2.5], '<nil> true 1 2.5'],
    ['%f %.2f %.0f %e %g %G', [1.5, 1.005, 2.5, 12345.678, 1e21, 1e-7], '1.500000 1.00 2 1.234568e+04 1e+21 1E-07'],
    ['%6.2f|%-8.1f|%08.3f|%+.1f', [3.14259, 2.25, -3.14259, 1.25], '  3.14|2.2     |-003.143|+1.2'],
    ['%.3g %.10g %g', [1234.5678, 0.1, 100000], '1.23e+03 0.1 100000'],
    ['%t', [false], 'false'],
    ['%s %d %t', [1n, 'a', 2n], '%!s(int=1) %!d(string=a) %!t(int=2)'],
    ['%d', [], '%!d(MISSING)'],
    ['%d', [1n, 'x', 2.5], '1%!(EXTRA string=x, float64=2.5)'],
    ['100%%', [], '100%'],
    ['%', [], '%!(NOVERB)'],
    ['%*d|%-*d|%.*f', [4n, 1n, 4n, 2n, 1n, 2.25], '   1|2   |2.2'],
    ['%[2]d %[1]d', [1n, 2n], '2 1'],
    ['%[9]d', [1n], '%!d(BADINDEX)'],
    [
      '%s %d',
      [
        ['a', 'b'],
        [1n, 2n],
      ],
      '[a b] [1 2]',
    ],
    [
      '%v %q',
      [
        new Map<GoValue, GoValue>([
          ['b', 1n],
          ['a', 2n],
        ]),
        ['x'],
      ],
      'map[a:2 b:1] ["x"]',
    ],
    ['%s %v %x', [Uint8Array.of(104, 105), Uint8Array.of(1, 2), Uint8Array.of(255)], 'hi [1 2] ff'],
    ['%T %T %T %T', ['s', 1n, 1.5, ['a']], 'string int float64 []string'],
    ['%99999999d', [1n], '1'],
    ['%y', [1n], '%!y(int=1)'],
    ['%03s|%05v|%-03s|%05t|%04d|%06.2f', ['7', 'ab', '7', true, -7n, -1.5], '007|000ab|7  |0true|-007|-01.50'],
    ['%06d|%06f|%05U', ['a', 'b', 0x41n], '%!d(string=00000a)|%!f(string=00000b)|U+0041'],
    ['%5f|%.1d|%+v|%#b', ['ab', 'cd', 1n, 'e'], '%!f(string=   ab)|%!d(string=c)|1|%!b(string=e)'],
    ['%*d|%.*d', ['x', 1n, 'y', 5n], '%!(BADWIDTH)1|%!(BADPREC)5'],
    ['%s', [null], '%!s(<nil>)'],
  ])('%s #%#', (format, args, text) => {
    expect(sprintf(format, args)).toBe(text)
  })

  test('never throws and stays bounded', () => {
    const arg = fc.oneof(fc.string(), fc.double(), fc.bigInt(), fc.boolean(), fc.constant(null), fc.array(fc.string()))
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'%+-# 0123.*[]dsvxqfgeTtcUb') }),
        fc.array(arg),
        (format, args) => {
          expect(sprintf(format, args).length).toBeLessThan(2_000_000)
        },
      ),
    )
  })
})

test.each<[GoValue[], string]>([
  [[1n, 2n], '1 2'],
  [['a', 'b'], 'ab'],
  [['a', 1n, 2n, 'b'], 'a1 2b'],
  [[], ''],
])('sprint %#', (args, text) => expect(sprint(args)).toBe(text))

test('sprintln separates everything', () => expect(sprintln(['a', 1n])).toBe('a 1\n'))

test.each([
  [2, '2'],
  [2.5, '2.5'],
  [100000, '100000'],
  [1000000, '1e+06'],
  [123456789, '1.23456789e+08'],
  [0.0001, '0.0001'],
  [0.00001, '1e-05'],
  [-0, '-0'],
  [Number.NaN, 'NaN'],
  [Infinity, '+Inf'],
  [-Infinity, '-Inf'],
])('float64 %d prints as %s', (value, text) => expect(formatValue(value)).toBe(text))

describe('strconv', () => {
  test.each([
    ['7b', 16, 8, 123n],
    ['10', 0, 64, 10n],
    ['0x1f', 0, 64, 31n],
    ['0b11', 0, 64, 3n],
    ['017', 0, 64, 15n],
    ['1_000', 0, 64, 1000n],
    ['zz', 36, 0, 1295n],
    ['18446744073709551615', 10, 64, 18446744073709551615n],
  ])('parseUint(%s, %d, %d)', (text, base, bits, value) => expect(parseUint(text, base, bits)).toBe(value))

  test.each([
    ['gg', 16, 8, 'invalid syntax'],
    ['100', 16, 8, 'value out of range'],
    ['', 10, 8, 'invalid syntax'],
    ['-1', 10, 8, 'invalid syntax'],
    ['1', 1, 8, 'invalid base 1'],
    ['1', 10, 65, 'invalid bit size 65'],
    ['1_0', 10, 8, 'invalid syntax'],
    ['9'.repeat(200), 10, 64, 'invalid syntax'],
  ])('parseUint(%.10s, %d, %d) fails', (text, base, bits, why) => {
    expect(() => parseUint(text, base, bits)).toThrow(why)
  })

  test('parseInt64 and parseFloat64', () => {
    expect([
      parseInt64('-5', 10),
      parseInt64('+5', 10),
      parseInt64('5x', 10),
      parseInt64('9223372036854775808', 10),
    ]).toEqual([-5n, 5n, undefined, undefined])
    expect([
      parseFloat64('1.5'),
      parseFloat64('1e3'),
      parseFloat64('.5'),
      parseFloat64('x'),
      parseFloat64('-inf'),
      parseFloat64('1e999'),
    ]).toEqual([1.5, 1000, 0.5, undefined, -Infinity, undefined])
  })

  test('quote and unquote', () => {
    expect(quote('a"b\n\x01é\u200b')).toBe('"a\\"b\\n\\x01é\\u200b"')
    expect(unquote('"\\u00e9\\x41\\101\\""')).toBe('éAA"')
    expect([unquote('"a'), unquote('"\\z"'), unquote('"a"b"'), unquote('"\\U00110000"')]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(unquote(quote(text))).toBe(text)
      }),
    )
  })
})

test('strings are counted in octets', () => {
  expect(byteLength('é')).toBe(2)
  expect(sliceString('aéb', 1, 3)).toBe('é')
})
