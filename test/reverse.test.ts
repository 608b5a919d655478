import { describe, expect, it } from 'vitest'
import { parseAddress, parseCidr } from '../src/address.ts'
import { nameText } from '../src/dns/name.ts'
import { reverseName, reverseZones } from '../src/reverse.ts'

const zonesOf = (network: string): string[] => reverseZones(parseCidr(network)!).map(nameText)

describe('reverseZones', () => {
  it.each([
    ['10.0.0.0/8', ['10.in-addr.arpa.']],
    ['10.0.0.0/15', ['0.10.in-addr.arpa.', '1.10.in-addr.arpa.']],
    ['10.3.0.0/15', ['2.10.in-addr.arpa.', '3.10.in-addr.arpa.']],
    ['192.168.1.0/24', ['1.168.192.in-addr.arpa.']],
    ['192.0.2.1/32', ['1.2.0.192.in-addr.arpa.']],
    ['192.0.2.254/31', ['254.2.0.192.in-addr.arpa.', '255.2.0.192.in-addr.arpa.']],
    ['0.0.0.0/0', ['in-addr.arpa.']],
    ['::/0', ['ip6.arpa.']],
    ['2001:db8::/32', ['8.b.d.0.1.0.0.2.ip6.arpa.']],
    ['2001:db8::/31', ['8.b.d.0.1.0.0.2.ip6.arpa.', '9.b.d.0.1.0.0.2.ip6.arpa.']],
    ['2001:db8:abcd::/45', Array.from('89abcdef', (digit) => `${digit}.c.b.a.8.b.d.0.1.0.0.2.ip6.arpa.`)],
    ['2001:db8::/113', Array.from('01234567', (digit) => `${digit}.${'0.'.repeat(20)}8.b.d.0.1.0.0.2.ip6.arpa.`)],
  ])('%s', (network, zones) => expect(zonesOf(network)).toEqual(zones))

  it('makes 128 zones of a /25 and 64 of a /18', () => {
    const zones = zonesOf('192.168.1.128/25')
    expect(zones).toHaveLength(128)
    expect([zones[0], zones.at(-1)]).toEqual(['128.1.168.192.in-addr.arpa.', '255.1.168.192.in-addr.arpa.'])
    expect(zonesOf('10.9.3.0/18')).toEqual(Array.from({ length: 64 }, (_, i) => `${i}.9.10.in-addr.arpa.`))
  })
})

describe('reverse names', () => {
  it.each([
    ['192.0.2.1', '1.2.0.192.in-addr.arpa.'],
    ['2001:db8::567:89ab', 'b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.'],
  ])('%s is %s', (text, name) => expect(nameText(reverseName(parseAddress(text)!))).toBe(name))
})
