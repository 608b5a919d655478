import { describe, expect, it } from 'vitest'
import { parseUpstream, upstreamText } from '../../src/upstream/address.ts'

const good: [text: string, shown: string, serverName?: string][] = [
  ['192.0.2.1', '192.0.2.1:53'],
  ['192.0.2.1:5353', '192.0.2.1:5353'],
  ['dns://192.0.2.1', '192.0.2.1:53'],
  ['dns://192.0.2.1:5353', '192.0.2.1:5353'],
  ['2001:db8::1', '[2001:db8::1]:53'],
  ['[2001:db8::1]', '[2001:db8::1]:53'],
  ['[2001:db8::1]:5353', '[2001:db8::1]:5353'],
  ['fe80::1%eth0', '[fe80::1%eth0]:53'],
  ['tls://192.0.2.1', 'tls://192.0.2.1:853'],
  ['tls://192.0.2.1%dns.example', 'tls://192.0.2.1:853', 'dns.example'],
  ['tls://192.0.2.1%dns.example:8853', 'tls://192.0.2.1:8853', 'dns.example'],
  ['tls://2001:db8::1%dns.example', 'tls://[2001:db8::1]:853', 'dns.example'],
  ['tls://[2001:db8::1%dns.example]:8853', 'tls://[2001:db8::1]:8853', 'dns.example'],
  ['tls://[2001:db8::1]%dns.example:8853', 'tls://[2001:db8::1]:8853', 'dns.example'],
  ['TLS://192.0.2.1', 'tls://192.0.2.1:853'],
  ['https://192.0.2.1', 'https://192.0.2.1:443'],
  ['https://192.0.2.1/dns-query', 'https://192.0.2.1:443'],
  ['https://dns.example:8443/my/path?x=y', 'https://dns.example:8443/my/path?x=y'],
  ['dns.example', 'dns.example:53'],
  ['tls://dns.example:8853', 'tls://dns.example:8853'],
]

const bad: [text: string, why: RegExp][] = [
  ['quic://192.0.2.1', /quic is not supported/],
  ['grpc://192.0.2.1', /grpc is not supported/],
  ['', /must be an address/],
  ['tls://', /must be an address/],
  [':53', /must be an address/],
  ['192.0.2.1:0', /port of 1–65535/],
  ['192.0.2.1:65536', /port of 1–65535/],
  ['192.0.2.1:', /must be an address/],
  ['192.0.2.1:x', /must be an address/],
  ['[2001:db8::1', /must be an address/],
  ['2001:db8::1]:53', /must be an address/],
  ['https://192.0.2.1/', /path \/ is not allowed/],
  ['tls://192.0.2.1/x', /path other than of https/],
]

describe('parseUpstream', () => {
  it.each(good)('%s', (text, shown, serverName) => {
    const address = parseUpstream(text)
    if (typeof address === 'string') throw new Error(address)
    expect(upstreamText(address)).toBe(shown)
    expect(address.serverName).toBe(serverName)
  })

  it.each(bad)('refuses %j', (text, why) => {
    expect(parseUpstream(text)).toMatch(why)
  })

  it('sets the default path', () => {
    expect(parseUpstream('https://192.0.2.1')).toMatchObject({ path: '/dns-query' })
    expect(parseUpstream('tls://192.0.2.1')).toMatchObject({ path: '' })
  })
})
