import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressText, cidrText, isIPv4, parseAddress, parseCidr, unmapAddress } from '../src/address.ts'

const address = (text: string): Uint8Array => parseAddress(text)!

describe('parseAddress', () => {
  it.each([
    ['192.0.2.1', [192, 0, 2, 1]],
    ['0.0.0.0', [0, 0, 0, 0]],
    ['255.255.255.255', [255, 255, 255, 255]],
    ['::', Array(16).fill(0)],
    ['::1', [...Array(15).fill(0), 1]],
    ['2001:DB8::1', [0x20, 1, 0xd, 0xb8, ...Array(11).fill(0), 1]],
    ['2001:0db8:85a3:0000:0000:8a2e:0370:7334', [32, 1, 13, 184, 133, 163, 0, 0, 0, 0, 138, 46, 3, 112, 115, 52]],
    ['1:2:3:4:5:6:7::', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0]],
    ['::ffff:192.0.2.1', [...Array(10).fill(0), 255, 255, 192, 0, 2, 1]],
    ['1:2:3:4:5:6:192.0.2.1', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 192, 0, 2, 1]],
  ])('%s', (text, octets) => expect(Array.from(address(text))).toEqual(octets))

  it.each([
    '',
    '256.1.1.1',
    '1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '1.2.3.04',
    '1.2.3.-4',
    '1.2.3.4 ',
    '1e1.2.3.4',
    '1.2.3.',
    ':',
    ':::',
    '::1::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::12345',
    '::g',
    '[::1]',
    'fe80::1%eth0',
    '192.0.2.1::',
    '1.2.3.4:1:2:3:4:5:6:7',
    '::1.2.3',
    '::1.2.3.256',
    '1:2:3:4:5:6:7:1.2.3.4',
  ])('refuses %j', (text) => expect(parseAddress(text)).toBeUndefined())

  it('takes what node takes, but for zones', () => {
    const parts = fc.array(fc.constantFrom(':', '::', '.', '0', '1', '255', '256', 'ffff', 'g', '192.0.2.1', '/'))
    const text = fc.oneof(
      fc.ipV6(),
      fc.ipV4(),
      parts.map((some) => some.join('')),
    )
    fc.assert(fc.property(text, (some) => parseAddress(some)?.length === { 0: undefined, 4: 4, 6: 16 }[isIP(some)]))
  })
})

describe('addressText', () => {
  it.each([
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:DB8::ABCD', '2001:db8::abcd'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['192.0.2.1', '192.0.2.1'],
  ])('%s is %s (RFC 5952)', (text, canonical) => expect(addressText(address(text))).toBe(canonical))

  it('is read back', () => {
    const octets = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    )
    fc.assert(
      fc.property(octets, (some) => {
        expect(parseAddress(addressText(some))).toEqual(some)
      }),
    )
  })
})

describe('parseCidr', () => {
  it.each([
    ['192.0.2.77/24', '192.0.2.0/24'],
    ['10.9.3.0/18', '10.9.0.0/18'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['192.0.2.1/32', '192.0.2.1/32'],
    ['2001:db8:ffff::/33', '2001:db8:8000::/33'],
    ['::/0', '::/0'],
  ])('%s is %s', (text, canonical) => expect(cidrText(parseCidr(text)!)).toBe(canonical))

  it.each(['', '/', '10.0.0.0', '10.0.0.0/', '10.0.0.0/33', '10.0.0/8', '::/129', '10.0.0.0/+8', '10.0.0.0/8/8'])(
    'refuses %j',
    (text) => expect(parseCidr(text)).toBeUndefined(),
  )

  it.each([
    ['192.0.2.0/24', '192.0.2.255', true],
    ['192.0.2.0/24', '192.0.3.0', false],
    ['192.0.2.0/25', '192.0.2.128', false],
    ['192.0.2.0/24', '::ffff:192.0.2.1', true],
    ['192.0.2.0/24', '2001:db8::1', false],
    ['0.0.0.0/0', '8.8.8.8', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '192.0.2.1', false],
    ['2001:db8::/29', '2001:dbf::1', true],
    ['2001:db8::/29', '2001:dc0::1', false],
    ['::ffff:0:0/96', '::ffff:192.0.2.1', true],
  ])('%s contains %s: %s', (network, member, expected) => {
    expect(parseCidr(network)!.contains(address(member))).toBe(expected)
  })
})

it('unmaps mapped addresses only', () => {
  expect(addressText(unmapAddress(address('::ffff:192.0.2.1')))).toBe('192.0.2.1')
  expect(addressText(unmapAddress(address('::fffe:192.0.2.1')))).toBe('::fffe:c000:201')
  expect(isIPv4(address('::1'))).toBe(false)
})
