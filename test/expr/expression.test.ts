import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ExpressionError } from '../../src/expr/error.ts'
import { Expression, isVariableName } from '../../src/expr/expression.ts'
import type { Scope } from '../../src/expr/frame.ts'
import { ANY, arrayOf, func, INT, mapOf, STRING, type Type } from '../../src/expr/types.ts'
import { formatValue } from '../../src/golang/text.ts'
import { GoError, type GoValue } from '../../src/golang/value.ts'

const VALUES: Record<string, [Type, GoValue]> = {
  n: [INT, 7n],
  s: [STRING, 'text'],
  dyn: [ANY, 'unknown'],
  nothing: [ANY, null],
  list: [arrayOf(INT), [3n, 1n, 2n]],
  mixed: [ANY, [1n, 'a', 2.5]],
  user: [
    mapOf(ANY),
    new Map<GoValue, GoValue>([
      ['name', 'ann'],
      ['age', 30n],
      ['tags', ['x', 'y']],
    ]),
  ],
  users: [
    ANY,
    [
      new Map<GoValue, GoValue>([
        ['n', 'a'],
        ['v', 1n],
      ]),
      new Map<GoValue, GoValue>([
        ['n', 'b'],
        ['v', 2n],
      ]),
    ],
  ],
  name: [func([], STRING), () => 'www.example.org.'],
  twice: [func([INT], INT), (x) => (x as bigint) * 2n],
}
const types = new Map(Object.entries(VALUES).map(([name, [type]]) => [name, type]))
const scope: Scope = { get: (name) => VALUES[name]?.[1], names: () => Object.keys(VALUES) }
const run = (source: string): GoValue => new Expression(source, types).run(scope)

describe('values', () => {
  test.each<[string, GoValue]>([
    // Literals
    ['42', 42n],
    ['0x2A + 0o52 + 0b101010', 126n],
    ['1_000', 1000n],
    ['.5 + 0.5', 1],
    ['1e3', 1000],
    ["'it\\'s' + \"a\\x41\\u00e9\\u{1F600}\\101\\n\"", "it'saAé😀A\n"],
    ['`raw\\n``x`', 'raw\\n`x'],
    ['b"a\\xff"', Uint8Array.of(97, 255)],
    ['true', true],
    ['nil', null],
    ['[1, "a", 2.5,]', [1n, 'a', 2.5]],
    [
      '{a: 1, "b c": 2, 3: 4, ("d" + "e"): 5}',
      new Map<GoValue, GoValue>([
        ['a', 1n],
        ['b c', 2n],
        ['3', 4n],
        ['de', 5n],
      ]),
    ],
    ['1 /* one */ + // two\n 2', 3n],
    // Arithmetic
    ['1 + 2 * 3', 7n],
    ['(1 + 2) * 3', 9n],
    ['7 / 2', 3.5],
    ['4 / 2', 2],
    ['-7 % 3', -1n],
    ['2 ** 3 ** 2', 512],
    ['2 ^ 10', 1024],
    ['-2 + +3', 1n],
    ['1 + 0.5', 1.5],
    ['9223372036854775807 + 1', -9223372036854775808n],
    // Comparison and logic
    ['1 == 1.0', true],
    ['1 != 2', true],
    ['1 < 2 <= 2 < 3', true],
    ['"a" < "b"', true],
    ['[1, 2] == [1, 2]', true],
    ['{a: 1} == {a: 1}', true],
    ['nil == nothing', true],
    ['not true or false', false],
    ['!false && (true || dyn.x)', true],
    ['false and dyn.x', false],
    ['true ? 1 : 2', 1n],
    ['nothing ?? 5', 5n],
    ['s ?? 5', 'text'],
    ['s == "" ?: 3', 3n],
    ['if n > 5 { "big" } else if n > 1 { "some" } else { "few" }', 'big'],
    // Membership
    ['2 in list', true],
    ['2 not in list', false],
    ['not (2 in list)', false],
    ['"name" in user', true],
    ['"a" in ["A", "b"]', false],
    ['1 in nothing', false],
    ['"s" in $env', true],
    ['$env["s"] + $env.s', 'texttext'],
    ['list[0] + list[-1]', 5n],
    ['user.name + user["name"]', 'annann'],
    ['user.missing', null],
    ['nothing?.a.b.c', null],
    ['nothing?.a ?? "none"', 'none'],
    ['user?.name', 'ann'],
    ['users[1].n', 'b'],
    ['list[1:]', [1n, 2n]],
    ['list[:-1]', [3n, 1n]],
    ['list[:]', [3n, 1n, 2n]],
    ['list[5:9]', []],
    ['s[1:3]', 'ex'],
    // Text
    ['s contains "ex" and s startsWith "te" and s endsWith "xt"', true],
    ['s not contains "q"', true],
    ['name() matches "^www\\\\.[a-z]+\\\\.org\\\\.$"', true],
    ['name() matches dyn', false],
    ['nothing matches "x"', false],
    ['1..4', [1n, 2n, 3n, 4n]],
    ['4..1', []],
    // Variables, pipes, calls
    ['let x = 2; let y = x + 1; x * y', 6n],
    ['let x = 1; x; x + 5;', 6n],
    ['s | upper() | split("E")', ['T', 'XT']],
    ['list | map(# * 2) | sum()', 12n],
    ['twice(n) + twice(1)', 16n],
    ['::len("abc")', 3n],
  ])('%s', (source, value) => {
    expect(run(source)).toEqual(value)
  })
})

describe('functions', () => {
  test.each<[string, string]>([
    ['trim("  a ") + trim("__b__", "_")', 'ab'],
    ['trimPrefix("HelloWorld", "Hello") + trimSuffix("HelloWorld", "World")', 'WorldHello'],
    ['upper("a") + lower("B")', 'Ab'],
    ['split("a,b,c", ",", 2)', '[a b,c]'],
    ['split("abc", "")', '[a b c]'],
    ['splitAfter("a,b", ",")', '[a, b]'],
    ['replace("aaa", "a", "b") + replace("aaa", "a", "b", 2) + replace("$&", "$", "x")', 'bbbbbax&'],
    ['repeat("ab", 3)', 'ababab'],
    ['join(["a", "b"], "-") + join(["c", "d"])', 'a-bcd'],
    ['indexOf("apple pie", "pie")', '6'],
    ['lastIndexOf("apple pie apple", "apple")', '10'],
    ['indexOf("é!", "!")', '2'],
    ['hasPrefix("ab", "a") and hasSuffix("ab", "b")', 'true'],
    ['[max(5, 7), min([5, 7], 1), max(1, 2.5)]', '[7 1 2.5]'],
    ['[abs(-5), abs(-1.5), ceil(1.5), floor(1.5), round(1.5), round(-2.5), ceil(2)]', '[5 1.5 2 1 2 -3 2]'],
    ['[mean([1, 2, 3]), median([3, 1]), mean([])]', '[2 2 0]'],
    ['[all(list, # > 0), any(list, {# > 2}), one(list, # == 1), none(list, # > 5)]', '[true true true true]'],
    ['map(list, # + #index)', '[3 2 4]'],
    ['filter(list, # > 1)', '[3 2]'],
    [
      '[find(list, # < 3), findIndex(list, # < 3), findLast(list, # < 3), findLastIndex(list, # < 3), find(list, # > 9)]',
      '[1 1 2 2 <nil>]',
    ],
    ['[findIndex(list, # > 9), findLastIndex([], true)]', '[<nil> <nil>]'],
    ['[count(list, # > 1), count([true, false])]', '[2 1]'],
    ['[sum(list), sum(list, # * 10), sum([]), sum([1, 2.5])]', '[6 60 0 3.5]'],
    ['groupBy(list, # % 2 == 0 ? "even" : "odd")', 'map[even:[2] odd:[3 1]]'],
    ['sortBy(users, .v, "desc") | map(.n)', '[b a]'],
    ['reduce(1..9, #acc + #)', '45'],
    ['reduce(1..3, #acc + # * #index, 100)', '108'],
    ['filter(users, .v > 1)[0].n', 'b'],
    ['filter(users, {let u = #; any(list, # == u.v)}) | len()', '2'],
    ['concat([1], [2, 3])', '[1 2 3]'],
    ['flatten([1, [2, [3]]])', '[1 2 3]'],
    ['uniq([1, 2, 1, "a", "a"])', '[1 2 a]'],
    ['[first(list), last(list), first([])]', '[3 2 <nil>]'],
    ['[take(list, 2), reverse(list), sort(list), sort(list, "desc")]', '[[3 1] [2 1 3] [1 2 3] [3 2 1]]'],
    ['[keys({a: 1}), values({a: 1}), toPairs({a: 1}), fromPairs([["k", 2]])]', '[[a] [1] [[a 1]] map[k:2]]'],
    ['[len("é"), len(list), len(user)]', '[1 3 3]'],
    ['[get(list, 9), get(list, -1), get(user, "name"), get(user, "x")]', '[<nil> 2 ann <nil>]'],
    [
      '[type(1), type(1.5), type("a"), type(nil), type([]), type({}), type(true), type(now()), type(name)]',
      '[int float string nil array map bool time.Time func]',
    ],
    ['[int("12"), int(2.9), float("1.5"), float(2), string(12), string([1])]', '[12 2 1.5 2 12 [1]]'],
    ['fromJSON("{\\"a\\": [1, null]}").a', '[1 <nil>]'],
    ['toJSON({b: [1, "<"], a: {}})', '{\n  "a": {},\n  "b": [\n    1,\n    "\\u003c"\n  ]\n}'],
    ['toBase64("Hello World") + fromBase64("SGk=")', 'SGVsbG8gV29ybGQ=Hi'],
    ['[bitand(0b1010, 0b1100), bitor(10, 12), bitxor(10, 12), bitnand(10, 12), bitnot(10)]', '[8 14 6 2 -11]'],
    ['[bitshl(0b101101, 2), bitshr(45, 2), bitushr(-5, 2), bitshl(1, 64)]', '[180 11 4611686018427387902 0]'],
    // Time
    ['duration("1h30m")', '1h30m0s'],
    ['[duration("1.5s"), duration("250ms"), duration("-2us"), duration("0")]', '[1.5s 250ms -2µs 0s]'],
    ['duration("1h").Seconds()', '3600'],
    ['date("2023-08-14")', '2023-08-14 00:00:00 +0000 UTC'],
    ['date("2023-08-14").Year() + date("2023-08-14").YearDay()', '2249'],
    ['[date("2023-08-14").Month(), date("2023-08-14").Weekday()]', '[8 1]'],
    ['date("2023-08-14 12:00:00", "2006-01-02 15:04:05", "Europe/Zurich")', '2023-08-14 12:00:00 +0200 GMT+2'],
    [
      'date("2023-01-14T12:00:00.25Z").In(timezone("America/New_York")).Format("Jan 2, 2006 at 3:04:05.000pm (MST)")',
      'Jan 14, 2023 at 7:00:00.250am (EST)',
    ],
    ['date("Mon, 14 Aug 2023 10:00:00 GMT").Unix()', '1692007200'],
    ['date("14/8/2023", "2/1/2006") - date("2023-08-13")', '24h0m0s'],
    ['date("2023-08-14") + duration("90m") > date("2023-08-14")', 'true'],
    [
      '(date("2023-08-14") - duration("1ns")).Format("2006-01-02T15:04:05.999999999Z07:00")',
      '2023-08-13T23:59:59.999999999Z',
    ],
    ['date("2023-08-14").AddDate(0, 1, 20).Format("Monday 02.01.06")', 'Wednesday 04.10.23'],
    ['now() - now() < duration("1s") and now().Year() > 2024', 'true'],
  ])('%s', (source, text) => {
    const shown = formatValue(run(source))
    expect(source.includes('Zurich') ? shown.replace(/(CEST|\+0200)$/, 'GMT+2') : shown).toBe(text)
  })
})

describe('mistakes show at once', () => {
  test.each([
    ['1 +', 'unexpected end of expression'],
    ['', 'unexpected end of expression'],
    ['invalid expression', 'unexpected "expression"'],
    ['undefined', 'unknown name undefined'],
    ['nosuch()', 'unknown name nosuch'],
    ['name() == 1', 'mismatched types string and int'],
    ['name', undefined],
    ['1 + "a"', 'mismatched types int and string'],
    ['not 1', 'mismatched type int'],
    ['s and true', 'mismatched types string and bool'],
    ['n ? 1 : 2', 'non-bool expression (type int)'],
    ['"a" in [1]', 'cannot use string as type int in array'],
    ['1 in "abc"', 'mismatched types int and string'],
    ['1 in {a: 1}', 'cannot use int as type string in map key'],
    ['upper(1)', 'cannot use int as argument (type string) to call upper'],
    ['upper()', 'not enough arguments to call upper'],
    ['upper("a", "b")', 'too many arguments to call upper'],
    ['twice("a")', 'cannot use string as argument (type int) to call twice'],
    ['len(1)', 'cannot use int'],
    ['any(1, true)', 'takes only array (got int)'],
    ['filter(list, # + 1)', 'predicate should return boolean (got int)'],
    ['all(list)', 'not enough arguments to call all'],
    ['#', 'unexpected "#"'],
    ['s[0]', 'type string[int] is undefined'],
    ['list["a"]', 'array elements can only be selected using an integer (got string)'],
    ['now().Nope()', 'type time.Time has no field or method Nope'],
    ['s.x', 'type string has no field or method x'],
    ['"a" matches "["', 'the pattern is no regular expression'],
    ['"abc', 'literal not terminated'],
    ['"\\q"', 'invalid char escape'],
    ['1x', 'bad number syntax'],
    ['/* x', 'unclosed comment'],
    ['let n = 1; n', 'cannot redeclare n'],
    ['let len = 1; len', 'cannot redeclare len'],
    ['{1 2}', 'unexpected "2"'],
    ['{[1]: 2}', 'a map key must be'],
    ['1 ?? 2 + 3', 'cannot be mixed'],
    ['s not 1', 'unexpected "1"'],
    ['99999999999999999999', 'invalid number literal'],
    ['@', 'unrecognized character'],
    [`${'('.repeat(500)}1${')'.repeat(500)}`, 'nested too deeply'],
    [`1${'+1'.repeat(2000)}`, 'nested too deeply'],
    [`[${'1,'.repeat(20000)}]`, 'too large'],
  ])('%.40s', (source, message) => {
    if (message === undefined) {
      expect(new Expression(source, types).type.kind).toBe('func')
      return
    }
    expect(() => new Expression(source, types)).toThrow(ExpressionError)
    expect(() => new Expression(source, types)).toThrow(message)
  })
})

test('says where', () => {
  try {
    new Expression('name() == 1', types)
    expect.unreachable()
  } catch (error) {
    expect((error as ExpressionError).offset).toBe(7)
  }
})

describe('failures while running', () => {
  test.each([
    ['list[9]', 'index out of range: 9 (array length is 3)'],
    ['dyn.x', 'cannot fetch x from string'],
    ['nothing.x', 'cannot fetch x from'],
    ['int("x")', 'int(x)'],
    ['1 % 0', 'integer divide by zero'],
    ['dyn + 1', 'string + int'],
    ['dyn < 1', 'string < int'],
    ['1..100000000', 'memory budget exceeded'],
    ['repeat("x", 100000000)', 'memory budget exceeded'],
    ['reduce(1..1000, #acc + #acc, "xx")', 'memory budget exceeded'],
    ['map(1..2000, map(1..2000, #))', 'memory budget exceeded'],
    ['duration("x")', 'invalid duration'],
    ['date("nope")', 'invalid date nope'],
    ['timezone("Mars/Olympus")', 'unknown time zone'],
    ['timezone("+01:00")', 'unknown time zone'],
    ['fromJSON("{")', 'invalid JSON'],
    ['fromBase64("?")', 'illegal base64'],
    ['repeat("x", -1)', 'expected positive'],
    ['bitshl(1, -1)', 'negative shift'],
    ['dyn ? 1 : 2', 'expected bool'],
    ['dyn matches "a" and s matches string(["["][0])', 'missing closing ]'],
    ['reduce([], #acc)', 'reduce of empty array'],
    ['mixed | sum()', 'cannot add string'],
    ['sort(mixed)', '<'],
    ['"ok" + dyn.deep', 'cannot fetch'],
  ])('%s', (source, message) => {
    const expression = new Expression(source.replace('dyn matches "a" and ', ''), types)
    expect(() => expression.run(scope)).toThrow(GoError)
    expect(() => expression.run(scope)).toThrow(message)
    expect(expression.holds(scope)).toBe(false)
  })
})

test('only the boolean true holds', () => {
  expect(['true', '1', '"true"', 'nil'].map((source) => new Expression(source, types).holds(scope))).toEqual([
    true,
    false,
    false,
    false,
  ])
})

test('an environment function stands before one of the language', () => {
  const type: Expression = new Expression('type() == "A"', new Map([['type', func([], STRING)]]))
  expect(type.holds({ get: () => () => 'A', names: () => [] })).toBe(true)
  expect(() => new Expression('type(1)', new Map([['type', func([], STRING)]]))).toThrow('too many arguments')
})

test.each([
  ['abc', true],
  ['_a1', true],
  ['1a', false],
  ['a-b', false],
  ['len', false],
  ['filter', false],
  ['true', false],
  ['let', false],
  ['', false],
])('%j as the name of a variable: %s', (name, fits) => expect(isVariableName(name)).toBe(fits))

test('any text is an expression or an ExpressionError, and runs or fails with a GoError', () => {
  const words = [
    '1',
    '2.5',
    '"a"',
    's',
    'n',
    'list',
    'user',
    'any',
    'nothing',
    '+',
    '-',
    '*',
    '/',
    '==',
    '<',
    'in',
    'not',
    'and',
    '??',
    '?',
    ':',
    '?.',
    '.',
    '[',
    ']',
    '(',
    ')',
    '{',
    '}',
    ',',
    '#',
    '|',
    'len',
    'map',
    'filter',
    'let',
    'x',
    '=',
    ';',
    '..',
    'name',
    'if',
    'else',
    'matches',
    'now',
    'date',
    'sort',
    ' ',
  ]
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words), { maxLength: 16 }), (parts) => {
      try {
        run(parts.join(' '))
      } catch (error) {
        expect(error instanceof ExpressionError || error instanceof GoError).toBe(true)
      }
    }),
    { numRuns: 1500 },
  )
})
