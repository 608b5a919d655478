import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressText, cidrText } from '../../src/address.ts'
import { durationText, parseDuration } from '../../src/corefile/duration.ts'
import { Complaint, type ValueType } from '../../src/corefile/spec.ts'
import * as values from '../../src/corefile/values.ts'
import { nameText } from '../../src/dns/name.ts'

/** The value, or what the type complains of. */
function read<T>(type: ValueType<T>, text: string): T | string {
  try {
    return type.parse(text)
  } catch (error) {
    if (error instanceof Complaint) return `✗ ${error.message}${error.certain ? '!' : ''}`
    throw error
  }
}

describe('numbers', () => {
  const small = values.integer({ min: 1, max: 10 })
  it.each([
    [small, '1', 1],
    [small, '10', 10],
    [small, '+5', 5],
    [small, '007', 7],
    [small, '0', '✗ must be at least 1!'],
    [small, '11', '✗ must be at most 10!'],
    [small, '-1', '✗ must be at least 1!'],
    [small, '1.5', '✗ must be a whole number'],
    [small, '0x1', '✗ must be a whole number'],
    [small, '1e1', '✗ must be a whole number'],
    [small, '', '✗ must be a whole number'],
    [small, '99999999999999999999', '✗ must be at most 10!'],
    [values.integer(), '-1', '✗ must not be negative!'],
    [values.integer(), '9007199254740993', '✗ must be at most 9007199254740991!'],
    [values.integer({ min: -5 }), '-5', -5],
    [values.ttl, '2147483647', 2147483647],
    [values.ttl, '2147483648', '✗ must be at most 2147483647!'],
    [values.port, '65535', 65535],
    [values.port, '65536', '✗ must be at most 65535!'],
    [values.percentage, '10%', 10],
    [values.percentage, '0%', 0],
    [values.percentage, '100%', 100],
    [values.percentage, '101%', '✗ must be at most 100%!'],
    [values.percentage, '-1%', '✗ must not be negative!'],
    [values.percentage, '10', '✗ must be a percentage such as 10%'],
    [values.percentage, '%', '✗ must be a percentage such as 10%'],
  ])('%# %s', (type, text, expected) => expect(read(type, text)).toBe(expected))

  it('knows its bounds', () => {
    expect(small.label).toBe('1–10')
    expect(values.integer().label).toBe('number')
  })
})

describe('durations', () => {
  it.each([
    ['1h30m', 5_400_000],
    ['500ms', 500],
    ['1.5s', 1500],
    ['.5s', 500],
    ['1.s', 1000],
    ['2us', 0.002],
    ['2µs', 0.002],
    ['2μs', 0.002],
    ['3ns', 0.000003],
    ['1h0m0s', 3_600_000],
    ['1s1s', 2000],
    ['+1s', 1000],
    ['0', 0],
    ['0s', 0],
    ['-0', 0],
    ['30', '✗ must be a duration such as 30s or 1h30m, with a unit'],
    ['', '✗ must be a duration such as 30s or 1h30m'],
    ['s', '✗ must be a duration such as 30s or 1h30m'],
    ['.s', '✗ must be a duration such as 30s or 1h30m'],
    ['1d', '✗ must be a duration such as 30s or 1h30m'],
    ['1 s', '✗ must be a duration such as 30s or 1h30m'],
    ['1s ', '✗ must be a duration such as 30s or 1h30m'],
    ['1s\n', '✗ must be a duration such as 30s or 1h30m'],
    ['1S', '✗ must be a duration such as 30s or 1h30m'],
    ['1h-1m', '✗ must be a duration such as 30s or 1h30m'],
    ['--1s', '✗ must be a duration such as 30s or 1h30m'],
    ['-1s', '✗ must not be negative!'],
    ['9999999h', '✗ is longer than a duration can be!'],
  ])('%s', (text, expected) => expect(read(values.duration, text)).toBe(expected))

  it.each([
    [values.seconds, '30', 30_000],
    [values.seconds, '0', 0],
    [values.seconds, '1m', 60_000],
    [values.seconds, '-30', '✗ must not be negative!'],
    [values.seconds, 'x', '✗ must be a duration such as 30s or 1h30m'],
    [values.durationWithin({ min: 2000, max: 3_600_000 }), '1s', '✗ must be at least 2s!'],
    [values.durationWithin({ min: 2000, max: 3_600_000 }), '2h', '✗ must be at most 1h!'],
    [values.durationWithin({ max: 90_000 }), '-1s', -1000],
    [values.durationWithin({ max: 90_000 }), '91s', '✗ must be at most 90s!'],
  ])('%# %s', (type, text, expected) => expect(read(type, text)).toBe(expected))

  it.each([
    [5_400_000, '1h30m0s'],
    [3_600_000, '1h0m0s'],
    [90_000, '1m30s'],
    [5001, '5.001s'],
    [500, '500ms'],
    [0.002, '2µs'],
    [0.000003, '3ns'],
    [0, '0s'],
    [-1500, '-1.5s'],
  ])('%s is written %s', (milliseconds, text) => {
    expect(durationText(milliseconds)).toBe(text)
    expect(parseDuration(text)).toBe(milliseconds)
  })

  it('takes time linear in the text', () => {
    expect(read(values.duration, '1'.repeat(1_000_000))).toMatch(/^✗ must be a duration/)
    expect(read(values.duration, `${'1h'.repeat(300_000)}x`)).toMatch(/^✗ must be a duration/)
  })
})

describe('names', () => {
  it.each([
    ['example.org', 'example.org.'],
    ['Example.ORG.', 'example.org.'],
    ['.', '.'],
    ['example.org:53', 'example.org.'],
    ['dns://example.org', 'example.org.'],
    ['10.0.0.0/8', '10.in-addr.arpa.'],
    ['10.0.0.0/15', '0.10.in-addr.arpa. 1.10.in-addr.arpa.'],
    ['10.0.0.1', '1.0.0.10.in-addr.arpa.'],
    ['2001:db8::/32', '8.b.d.0.1.0.0.2.ip6.arpa.'],
    ['', '✗ must not be empty'],
    ['a..b', '✗ is no domain name: empty label in name "a..b"'],
    ['10.0.0.0/64', '✗ must be a full address and a prefix length'],
    ['a b', '✗ must not have a blank in it'],
  ])('zone %j', (text, expected) => {
    const found = read(values.zones, text)
    expect(typeof found === 'string' ? found : found.map(nameText).join(' ')).toBe(expected)
    const one = read(values.zone, text)
    const isOne = !expected.includes(' ') || typeof found === 'string'
    expect(typeof one === 'string' ? one : nameText(one)).toBe(
      isOne ? expected : '✗ stands for 2 zones: only one can be given here',
    )
  })

  it.each([
    ['Example.org', 'Example.org.'],
    ['a\\.b', 'a\\.b.'],
    ['', '✗ is no domain name: a name must not be empty'],
    [`${'a'.repeat(64)}.`, `✗ is no domain name: label is longer than 63 octets in name "${'a'.repeat(64)}."`],
  ])('name %s', (text, expected) => {
    const found = read(values.name, text)
    expect(typeof found === 'string' ? found : nameText(found)).toBe(expected)
  })
})

describe('addresses', () => {
  it.each([
    [values.cidr, '192.0.2.9/24', '192.0.2.0/24'],
    [values.cidr, '192.0.2.9', '✗ must be a network such as 192.0.2.0/24'],
    [values.network, '192.0.2.9', '192.0.2.9/32'],
    [values.network, '::1', '::1/128'],
    [values.network, '192.0.2.9/16', '192.0.0.0/16'],
    [values.network, '192.0.2', '✗ must be a network such as 192.0.2.0/24, or an address'],
  ])('%# network %s', (type, text, expected) => {
    const found = read(type, text)
    expect(typeof found === 'string' ? found : cidrText(found)).toBe(expected)
  })

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['localhost', '✗ must be an IP address'],
    ['[::1]', '✗ must be an IP address'],
  ])('address %s', (text, expected) => {
    const found = read(values.ipAddress, text)
    expect(typeof found === 'string' ? found : addressText(found)).toBe(expected)
  })

  it.each([
    [undefined, 'localhost:53', 'localhost 53'],
    [undefined, ':9153', ' 9153'],
    [undefined, '192.0.2.1:0', '192.0.2.1 0'],
    [undefined, '[::1]:53', '::1 53'],
    [undefined, 'localhost', '✗ must have a port'],
    [undefined, '[::1]', '✗ must have a port'],
    [undefined, '::1', '✗ must have brackets around its IPv6 address, or a prefix length'],
    [undefined, 'localhost:', '✗ must have a port after the colon'],
    [undefined, 'localhost:dns', '✗ must have a port of 0–65535 after the colon'],
    [undefined, 'http://localhost:53', '✗ must be a host and a port'],
    [undefined, '', '✗ must not be empty'],
    [53, 'localhost', 'localhost 53'],
    [53, '::1', '::1 53'],
    [53, '[::1]', '::1 53'],
    [53, '[::1]:54', '::1 54'],
    [53, '192.0.2.1', '192.0.2.1 53'],
  ])('host and port, default %s: %s', (defaultPort, text, expected) => {
    const found = read(values.hostPort(defaultPort), text)
    expect(typeof found === 'string' ? found : `${found.host} ${found.port}`).toBe(expected)
  })
})

describe('words', () => {
  const policy = values.oneOf(['random', 'round_robin', 'sequential'])
  it.each([
    [values.word, '', ''],
    [values.word, 'a b', 'a b'],
    [values.fileName, 'db.example.org', 'db.example.org'],
    [values.fileName, '', '✗ must be the name of a file'],
    [values.fileName, 'a\0b', '✗ is no file name: it has a NUL in it'],
    [policy, 'random', 'random'],
    [policy, 'Random', '✗ must be random, round_robin or sequential (did you mean "random"?)'],
    [policy, 'fair', '✗ must be random, round_robin or sequential'],
    [values.boolean, 'on', true],
    [values.boolean, 'off', false],
    [values.boolean, 'true', '✗ must be on or off'],
    [values.rrtype, 'aaaa', 28],
    [values.rrtype, 'TYPE65280', 65280],
    [values.rrtype, 'ABC', '✗ must be a record type'],
    [values.rrclass, 'ch', 3],
    [values.rrclass, 'XX', '✗ must be a class'],
    [values.rcode, 'nxdomain', 3],
    [values.rcode, 'NO', '✗ must be a response code'],
  ])('%# %j', (type, text, expected) => expect(read<unknown>(type, text)).toBe(expected))
})

it('throws nothing but complaints', () => {
  const types = Object.values(values).map((type) =>
    typeof type === 'function' ? undefined : (type as ValueType<unknown>),
  )
  const all = [...types.filter((type) => type !== undefined), values.hostPort(), values.hostPort(53), values.integer()]
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom('1', '::', ':', '.', '/', '[', ']', 'a', '%', '-', 'ms', '\\', '0', '@'), {
        maxLength: 12,
      })
      .map((some) => some.join('')),
  )
  fc.assert(
    fc.property(text, (some) => {
      for (const type of all) read(type, some)
    }),
    { numRuns: 2000 },
  )
})
