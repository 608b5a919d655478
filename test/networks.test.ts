import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import { parseAddress, parseCidr } from '../src/address.ts'
import { Networks } from '../src/networks.ts'

const networks = ['192.0.2.0/24', '192.0.2.128/25', '10.0.0.0/8', '198.51.100.7/32', '2001:db8::/32', '2001:db8:1::/48']
const known = new Networks(networks.map((text) => parseCidr(text)!))

test.each([
  ['192.0.2.0', true],
  ['192.0.2.200', true],
  ['192.0.3.0', false],
  ['192.0.1.255', false],
  ['10.255.255.255', true],
  ['9.255.255.255', false],
  ['198.51.100.7', true],
  ['198.51.100.8', false],
  ['::ffff:10.1.2.3', true],
  ['2001:db8:1::1', true],
  ['2001:db9::', false],
  ['::', false],
  ['255.255.255.255', false],
])('%s: %s', (address, isIn) => {
  expect(known.contains(parseAddress(address)!)).toBe(isIn)
  expect(new Networks([]).contains(parseAddress(address)!)).toBe(false)
})

it('finds what a look at each of them finds', () => {
  // Few bits differ, so that networks lie in each other and addresses in them.
  const octet = fc.constantFrom(0, 1, 127, 128, 255)
  const address = fc.oneof(fc.tuple(octet, octet, octet, octet), fc.array(octet, { minLength: 16, maxLength: 16 }))
  const text = address.map((octets) =>
    octets.length === 4
      ? octets.join('.')
      : Array.from({ length: 8 }, (_, i) => ((octets[2 * i] << 8) | octets[2 * i + 1]).toString(16)).join(':'),
  )
  const network = fc.tuple(text, fc.nat(128)).map(([address, bits]) => {
    const most = address.includes(':') ? 128 : 32
    return parseCidr(`${address}/${bits % (most + 1)}`)!
  })
  fc.assert(
    fc.property(fc.array(network, { maxLength: 30 }), fc.array(text, { maxLength: 30 }), (some, asked) => {
      const networks = new Networks(some)
      for (const one of asked) {
        const address = parseAddress(one)!
        expect(networks.contains(address)).toBe(some.some((network) => network.contains(address)))
      }
    }),
  )
})
