import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GoDuration, parseGoDuration } from '../../src/golang/duration.ts'
import { formatTime } from '../../src/golang/layout.ts'
import { GoLocation } from '../../src/golang/location.ts'
import { parseTime } from '../../src/golang/parsetime.ts'
import { fromWall, GoTime } from '../../src/golang/time.ts'
import { GoError, type GoFunction, type GoValue, isFunction } from '../../src/golang/value.ts'

const call = (object: { member(name: string): GoValue | undefined }, method: string, ...args: GoValue[]): GoValue => {
  const found = object.member(method)
  expect(isFunction(found)).toBe(true)
  return (found as GoFunction)(...args)
}

describe('durations', () => {
  test.each([
    ['1h', '1h0m0s'],
    ['1h15m30.918s', '1h15m30.918s'],
    ['90m', '1h30m0s'],
    ['1.5h', '1h30m0s'],
    ['100ms', '100ms'],
    ['1us', '1µs'],
    ['1500ns', '1.5µs'],
    ['-2s', '-2s'],
    ['+3m', '3m0s'],
    ['.5s', '500ms'],
    ['0', '0s'],
    ['0s', '0s'],
    ['1s1ns', '1.000000001s'],
  ])('%s is %s', (text, shown) => expect(parseGoDuration(text).toString()).toBe(shown))

  test.each(['', '1', 's', '1x', '1h 2m', '--1s', '9999999h', '1e3s', 'h1'.repeat(99)])('%j is none', (text) => {
    expect(() => parseGoDuration(text)).toThrow(GoError)
  })

  test('what is shown reads back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }), (ns) => {
        expect(parseGoDuration(new GoDuration(ns).toString()).nanoseconds).toBe(ns)
      }),
    )
  })

  test.each<[string, GoValue]>([
    ['Hours', 1.5],
    ['Minutes', 90],
    ['Seconds', 5400],
    ['Milliseconds', 5_400_000n],
    ['Microseconds', 5_400_000_000n],
    ['Nanoseconds', 5_400_000_000_000n],
    ['String', '1h30m0s'],
  ])('%s', (method, value) => expect(call(parseGoDuration('90m'), method)).toBe(value))
})

const ZURICH = GoLocation.load('Europe/Zurich')
const MOMENT = new GoTime(1_691_971_200_123_456_789n) // 2023-08-14 00:00:00.123456789 UTC

describe('times as text', () => {
  test.each([
    ['2006-01-02T15:04:05Z07:00', '2023-08-14T00:00:00Z', '2023-08-14T02:00:00+02:00'],
    ['Mon Jan _2 15:04:05 2006', 'Mon Aug 14 00:00:00 2023', 'Mon Aug 14 02:00:00 2023'],
    ['Monday, 02-Jan-06 3:04PM', 'Monday, 14-Aug-23 12:00AM', 'Monday, 14-Aug-23 2:00AM'],
    ['1/2/06 03:4:5 pm -0700 -07', '8/14/23 12:0:0 am +0000 +00', '8/14/23 02:0:0 am +0200 +02'],
    ['.000 .999999 ,000000000 05.00', '.123 .123456 ,123456789 00.12', '.123 .123456 ,123456789 00.12'],
    ['002 __2 January', '226 226 August', '226 226 August'],
    ['Z0700 Z07 -07:00:00 -070000', 'Z Z +00:00:00 +000000', '+0200 +02 +02:00:00 +020000'],
  ])('%s', (layout, utc, zurich) => {
    expect(formatTime(MOMENT, layout)).toBe(utc)
    expect(formatTime(call(MOMENT, 'In', ZURICH) as GoTime, layout)).toBe(zurich)
  })

  test('fractions of nines leave zeros out', () => {
    expect(formatTime(new GoTime(500_000_000n), '05.999 05.000 .999999999')).toBe('00.5 00.500 .5')
    expect(formatTime(new GoTime(0n), '05.999|05.000')).toBe('00|00.000')
  })

  test.each([
    ['2006-01-02', '2023-08-14', 1_691_971_200],
    ['2006-01-02 15:04:05', '2023-08-14 01:02:03.5', 1_691_974_923],
    ['2006-01-02T15:04:05Z07:00', '2023-08-14T02:00:00+02:00', 1_691_971_200],
    ['Mon, 02 Jan 2006 15:04:05 MST', 'Mon, 14 Aug 2023 00:00:00 UTC', 1_691_971_200],
    ['Jan 2, 2006 at 3:04pm (MST)', 'Aug 14, 2023 at 12:00am (UTC)', 1_691_971_200],
    ['02/01/06 03:04 PM', '14/08/23 01:00 PM', 1_692_018_000],
    ['2006-01-02 15:04:05.000 -0700', '1969-12-31 23:59:59.000 +0000', -1],
  ])('%s reads %s', (layout, text, seconds) => expect(parseTime(layout, text).seconds).toBe(seconds))

  test.each([
    ['2006-01-02', '2023-13-01'],
    ['2006-01-02', '2023-02-30'],
    ['2006-01-02', '2023-8-14'],
    ['15:04', '24:00'],
    ['3PM', '13PM'],
    ['2006-01-02', 'x'.repeat(200)],
    ['2'.repeat(60), `${'1'.repeat(100)}x`],
    ['(2006', '[2006'],
  ])('%j does not read %j', (layout, text) => expect(() => parseTime(layout, text)).toThrow(GoError))

  test('what is written reads back', () => {
    const layout = '2006-01-02T15:04:05.999999999Z07:00'
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }), (ns) => {
        expect(parseTime(layout, formatTime(new GoTime(ns, ZURICH), layout)).nanoseconds).toBe(ns)
      }),
      { numRuns: 30 },
    )
  })
})

describe('what times can be asked for', () => {
  test.each<[string, GoValue[], string]>([
    ['Year', [], '2023'],
    ['Month', [], '8'],
    ['Day', [], '14'],
    ['Hour', [], '0'],
    ['Weekday', [], '1'],
    ['YearDay', [], '226'],
    ['Nanosecond', [], '123456789'],
    ['Unix', [], '1691971200'],
    ['UnixMilli', [], '1691971200123'],
    ['UnixNano', [], '1691971200123456789'],
    ['IsZero', [], 'false'],
    ['Before', [new GoTime(0n)], 'false'],
    ['After', [new GoTime(0n)], 'true'],
    ['Equal', [MOMENT], 'true'],
    ['Add', [parseGoDuration('1h')], '2023-08-14 01:00:00.123456789 +0000 UTC'],
    ['AddDate', [0n, 0n, -14n], '2023-07-31 00:00:00.123456789 +0000 UTC'],
    ['Sub', [new GoTime(MOMENT.nanoseconds - 5n)], '5ns'],
    ['Truncate', [parseGoDuration('24h')], '2023-08-14 00:00:00 +0000 UTC'],
    ['UTC', [], '2023-08-14 00:00:00.123456789 +0000 UTC'],
    ['Location', [], 'UTC'],
    ['Format', ['02.01.'], '14.08.'],
  ])('%s', (method, args, text) => expect(String(call(MOMENT, method, ...args))).toBe(text))

  test('nothing else', () => {
    expect(MOMENT.member('constructor')).toBeUndefined()
    expect(() => call(MOMENT, 'Before', 'x')).toThrow(GoError)
  })
})

describe('time zones', () => {
  test.each([
    [1_691_971_200, 7200],
    [1_673_654_400, 3600],
  ])('the offset of Zurich at %d is %d', (seconds, offset) => expect(ZURICH.offsetAt(seconds)).toBe(offset))

  test('a clock that shows an hour twice, or not at all', () => {
    // 2023-03-26 02:30 is left out, 2023-10-29 02:30 comes twice.
    expect(fromWall(Date.UTC(2023, 2, 26, 2, 30) / 1000, 0n, ZURICH).seconds).toBe(Date.UTC(2023, 2, 26, 1, 30) / 1000)
    const twice = fromWall(Date.UTC(2023, 9, 29, 2, 30) / 1000, 0n, ZURICH)
    expect(twice.wall.toISOString()).toBe('2023-10-29T02:30:00.000Z')
  })

  test.each(['Mars/Olympus', '+01:00', '../etc', 'Europe/'])('%s is none', (name) => {
    expect(() => GoLocation.load(name)).toThrow(GoError)
  })
})
