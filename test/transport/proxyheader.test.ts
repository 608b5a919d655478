import { describe, expect, it } from 'vitest'
import { readProxyHeader } from '../../src/transport/proxyheader.ts'
import { ProxySessions } from '../../src/transport/proxysessions.ts'
import { seeded, wait } from './clients.ts'
import { binaryHeader } from './proxy.ts'

const read = (octets: Uint8Array): string => {
  const header = readProxyHeader(octets)
  if (typeof header === 'string') return header
  const { version, length, client, kind } = header
  const who = client
    ? `${client.address} ${client.port} > ${client.localAddress} ${client.localPort}`
    : 'nobody in particular'
  return `v${version}, ${length} octets, ${kind ?? 'no kind'}: ${who}`
}
const text = (line: string): Uint8Array => Buffer.from(line, 'latin1')

describe('version 1', () => {
  it.each([
    ['PROXY TCP4 192.0.2.1 192.0.2.53 56324 53\r\n', 'v1, 42 octets, stream: 192.0.2.1 56324 > 192.0.2.53 53'],
    ['PROXY TCP6 2001:db8::1 ::1 1 65535\r\nrest', 'v1, 36 octets, stream: 2001:db8::1 1 > ::1 65535'],
    ['PROXY TCP6 ::ffff:192.0.2.1 ::1 1 53\r\n', 'v1, 38 octets, stream: 192.0.2.1 1 > ::1 53'],
    ['PROXY UNKNOWN\r\n', 'v1, 15 octets, no kind: nobody in particular'],
    ['PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n', 'v1, 35 octets, no kind: nobody in particular'],
    ['PROX', 'more'],
    ['PROXY TCP4 192.0.2.1 ', 'more'],
    ['', 'more'],
    ['PROXYTCP4', 'none'],
    ['GET / HTTP/1.1\r\n', 'none'],
    ['PROXY TCP4 192.0.2.1 192.0.2.53 56324 53\n', 'bad'],
    ['PROXY TCP4 192.0.2.1 192.0.2.53 56324\r\n', 'bad'],
    ['PROXY TCP4 192.0.2.1 192.0.2.53 56324 53 7\r\n', 'bad'],
    ['PROXY TCP4 192.0.2.256 192.0.2.53 56324 53\r\n', 'bad'],
    ['PROXY TCP4 192.0.2.1 192.0.2.53 65536 53\r\n', 'bad'],
    ['PROXY TCP4 192.0.2.1 192.0.2.53 056 53\r\n', 'bad'],
    ['PROXY TCP4 ::1 ::1 1 2\r\n', 'bad'],
    ['PROXY UDP4 192.0.2.1 192.0.2.53 1 2\r\n', 'bad'],
    ['PROXY \r\n', 'bad'],
    [`PROXY UNKNOWN ${'x'.repeat(100)}`, 'bad'],
  ])('%j: %s', (line, expected) => {
    expect(read(text(line))).toBe(expected)
  })
})

describe('version 2', () => {
  const from4 = { source: '192.0.2.1', destination: '192.0.2.53', ports: [4711, 53] } as const
  const from6 = { source: '2001:db8::1', destination: '::1', ports: [4711, 53] } as const
  const whole = binaryHeader(from4)

  it.each([
    ['TCP over IPv4', whole, 'v2, 28 octets, stream: 192.0.2.1 4711 > 192.0.2.53 53'],
    [
      'UDP over IPv6',
      binaryHeader({ ...from6, kind: 'datagram' }),
      'v2, 52 octets, datagram: 2001:db8::1 4711 > ::1 53',
    ],
    [
      'with more to tell',
      binaryHeader({ ...from4, more: 300 }),
      'v2, 328 octets, stream: 192.0.2.1 4711 > 192.0.2.53 53',
    ],
    ['with too much to tell', binaryHeader({ ...from4, more: 4100 }), 'bad'],
    ['LOCAL', binaryHeader({ ...from4, isLocal: true }), 'v2, 28 octets, no kind: nobody in particular'],
    ['cut in its signature', whole.subarray(0, 5), 'more'],
    ['cut in its length', whole.subarray(0, 15), 'more'],
    ['cut in its addresses', whole.subarray(0, 27), 'more'],
    ['another version', whole.with(12, 0x31), 'bad'],
    ['an unknown command', whole.with(12, 0x22), 'bad'],
    ['an unknown family', whole.with(13, 0x41), 'bad'],
    ['an unknown protocol', whole.with(13, 0x13), 'bad'],
    ['too short for its addresses', whole.with(15, 11), 'bad'],
    ['too short for those of IPv6', whole.with(13, 0x21), 'bad'],
  ])('%s', (_, octets, expected) => {
    expect(read(octets)).toBe(expected)
  })

  it('never throws, and never claims more than there is', () => {
    const next = seeded(7)
    const random = (below: number): number => Math.floor(next() * below)
    for (let i = 0; i < 20_000; i++) {
      const octets = whole.slice(0, random(whole.length + 1))
      for (let n = random(3); n > 0; n--) octets[random(octets.length)] = random(256)
      const header = readProxyHeader(octets)
      if (typeof header === 'object') expect(header.length).toBeLessThanOrEqual(octets.length)
    }
  })
})

describe('sessions', () => {
  const client = (address: string) => ({ address, port: 1, localAddress: '192.0.2.53', localPort: 53 })

  it('are forgotten when they have been quiet for too long', async () => {
    const sessions = new ProxySessions(60, 10)
    sessions.set('a', client('192.0.2.1'))
    await wait(40)
    expect(sessions.get('a')?.address).toBe('192.0.2.1')
    await wait(40)
    expect(sessions.get('a')?.address).toBe('192.0.2.1')
    await wait(80)
    expect(sessions.get('a')).toBeUndefined()
    expect(sessions.size).toBe(0)
  })

  it('make room for others, the quietest first', () => {
    const sessions = new ProxySessions(60_000, 2)
    sessions.set('a', client('192.0.2.1'))
    sessions.set('b', client('192.0.2.2'))
    sessions.get('a')
    sessions.set('c', client('192.0.2.3'))
    expect(['a', 'b', 'c'].map((proxy) => sessions.get(proxy)?.address)).toEqual(['192.0.2.1', undefined, '192.0.2.3'])
  })
})
