import { describe, expect, it, test } from 'vitest'
import { certificateSubject } from '../../src/certificate.ts'
import { NetRuntime } from '../upstream/netruntime.ts'
import { pem, scripted } from '../upstream/scripted.ts'
import { type Answer, faults, type Rig, rig } from './rig.ts'

const SOA = 'resolver.arpa. 10800 IN SOA resolver.arpa. nobody.invalid. 1 3600 1200 604800 10800'
const files = { 'cert.pem': pem('server.cert'), 'key.pem': pem('server.key') }
const QUESTION = '_dns.resolver.arpa SVCB'

const server = (corefile: string, options = {}): Promise<Rig> => rig(corefile, { files, ...options })
const texts = ({ answer }: Answer): string[] =>
  answer.map((line) => line.replace(/^_dns\.resolver\.arpa\. 300 IN SVCB /, ''))

const plain = (ddr: string, more = ''): string => `.:1053 {\n${ddr}\nwhoami\n}\n${more}`
const encrypted = (key: string, ...lines: string[]): string =>
  `${key} {\ntls cert.pem key.pem\n${lines.join('\n')}\nwhoami\n}\n`

describe('_dns.resolver.arpa SVCB', () => {
  test.each([
    [
      'names the TLS and HTTPS listeners, as the certificate does, with their addresses',
      plain('ddr', encrypted('tls://.') + encrypted('https://.')),
      [
        '1 localhost. alpn="dot" ipv4hint=127.0.0.1 ipv6hint=::1',
        '2 localhost. alpn="h2" ipv4hint=127.0.0.1 ipv6hint=::1 dohpath="/dns-query{?dns}"',
      ],
    ],
    [
      'tells ports other than usual, and addresses of bind',
      plain('ddr', encrypted('tls://.:8853', 'bind 192.0.2.53 192.0.2.54')),
      ['1 localhost. alpn="dot" port=8853 ipv4hint=192.0.2.53,192.0.2.54'],
    ],
    [
      'tells no address where all are meant',
      plain('ddr', encrypted('tls://.', 'bind 0.0.0.0 ::')),
      ['1 localhost. alpn="dot"'],
    ],
    [
      'takes name and addresses from the directive',
      plain('ddr dns.example {\nhint 198.51.100.1 2001:db8::1\n}', encrypted('tls://.', 'bind 0.0.0.0')),
      ['1 dns.example. alpn="dot" ipv4hint=198.51.100.1 ipv6hint=2001:db8::1'],
    ],
    [
      'leaves out listeners with less than the block, or without a certificate',
      plain(
        'ddr',
        `${encrypted('tls://example.org')}https://. {\nwhoami\n}\n${encrypted('tls://.:8853', 'bind 192.0.2.1')}`,
      ),
      ['1 localhost. alpn="dot" port=8853 ipv4hint=192.0.2.1'],
    ],
    [
      'names others that are as good',
      plain('ddr {\ndesignate https://dns.example:8443/q tls://192.0.2.7%dns.example\n}'),
      ['1 dns.example. alpn="h2" port=8443 dohpath="/q{?dns}"', '2 dns.example. alpn="dot" ipv4hint=192.0.2.7'],
    ],
  ])('%s', async (_, corefile, answer) => {
    expect(texts(await (await server(corefile)).answer(QUESTION))).toEqual(answer)
  })

  it('comes with addresses, for as long as ttl says', async () => {
    const { answer } = await server(plain('ddr {\nttl 1h\n}', encrypted('tls://.', 'bind 192.0.2.53')))
    expect(await answer('_DNS.Resolver.ARPA SVCB')).toMatchObject({
      rcode: 'NOERROR',
      flags: 'aa rd ra',
      answer: ['_DNS.Resolver.ARPA. 3600 IN SVCB 1 localhost. alpn="dot" ipv4hint=192.0.2.53'],
      additional: ['localhost. 3600 IN A 192.0.2.53'],
    })
  })

  it('is NODATA, with a warning, where there is nothing to tell', async () => {
    const { answer, runtime } = await server(plain('ddr'))
    expect(await answer(QUESTION)).toMatchObject({ rcode: 'NOERROR', answer: [], authority: [SOA] })
    expect(runtime.logged.join()).toMatch(/\[WARNING\] ddr: there is nothing to tell/)
  })

  it('at the edge names the Worker by the host that was asked', async () => {
    const { answer } = await server('. {\nddr\nwhoami\n}', { name: 'workers' })
    expect(texts(await answer(QUESTION, { peer: { host: 'dns.example.workers.dev' } }))).toEqual([
      '1 dns.example.workers.dev. alpn="h2,h3" dohpath="/dns-query{?dns}"',
    ])
    for (const host of [undefined, '127.0.0.1', '[2001:db8::1]', 'a b', '-', 'x'.repeat(64)])
      expect(await answer(QUESTION, { peer: { host } })).toMatchObject({
        rcode: 'NOERROR',
        answer: [],
        authority: [SOA],
      })
  })
})

test('_dns.NAME SVCB has the same answer, other names are for others', async () => {
  const { answer } = await server(plain('ddr', encrypted('tls://.')))
  const [record] = (await answer('_dns.LOCALHOST SVCB')).answer
  expect(record).toBe('_dns.LOCALHOST. 300 IN SVCB 1 localhost. alpn="dot" ipv4hint=127.0.0.1 ipv6hint=::1')
  for (const question of ['_dns.example SVCB', '_dns SVCB', 'x_dns.localhost SVCB', '_dns.localhost A'])
    expect((await answer(question)).additional.join(), question).toMatch(/_udp/)
})

describe('resolver.arpa', () => {
  const rest: [question: string, answer: string[], authority: string[]][] = [
    ['_dns.resolver.arpa A', [], [SOA]],
    ['_dns.resolver.arpa HTTPS', [], [SOA]],
    ['resolver.arpa A', [], [SOA]],
    ['no.such.resolver.arpa SVCB', [], [SOA]],
    ['resolver.arpa SOA', [SOA], []],
    ['resolver.arpa NS', ['resolver.arpa. 10800 IN NS resolver.arpa.'], []],
  ]
  it.each(rest)('RFC 9462 §6.4: %s is answered here', async (question, answer, authority) => {
    const asked = await server(plain('ddr', encrypted('tls://.')))
    expect(await asked.answer(question)).toMatchObject({ rcode: 'NOERROR', answer, authority })
  })

  it('RFC 9462 §6.1: is never forwarded, unless somebody forwards just that', async () => {
    const upstream = await scripted((asked) => asked.reply([]))
    const runtime = new NetRuntime()
    const { answer } = await rig(`. {\nforward . ${upstream.address}\n}`, { runtime })
    expect(await answer(QUESTION)).toMatchObject({ rcode: 'NOERROR', answer: [], authority: [SOA] })
    expect(await answer('x.resolver.arpa TXT')).toMatchObject({ rcode: 'NOERROR', authority: [SOA] })
    expect(upstream.log).toEqual([])
    const other = await rig(`. {\nforward resolver.arpa ${upstream.address}\n}`, { runtime: new NetRuntime() })
    await other.answer(QUESTION)
    expect(upstream.log).toEqual(['udp _dns.resolver.arpa. SVCB'])
  })
})

test.each([
  ['ddr a b', /2:7: ddr: /],
  ['ddr a..b', /2:5: ddr: name must be a host name/],
  ['ddr 192.0.2.1', /2:5: ddr: name must be a host name/],
  ['ddr {\nttl 0s\n}', /3:5: ddr: ttl: duration must be/],
  ['ddr {\nhint dns.example\n}', /3:6: ddr: hint: address must be an IP address/],
  ['ddr {\ndesignate dns.example\n}', /3:11: ddr: designate: endpoint must begin with https:\/\/ or tls:\/\//],
  ['ddr {\ndesignate tls://192.0.2.1\n}', /3:11: ddr: designate: endpoint needs a host name/],
  ['ddr {\ndesignate https://dns.example/\n}', /3:11: ddr: designate: endpoint the path \/ is not allowed/],
])('%j is refused', async (directive, message) => {
  expect(await faults(`. {\n${directive}\n}`)).toMatch(message)
})

test('a block that is never asked is warned of', async () => {
  const { instance } = await server('example.org {\nddr {\ndesignate tls://dns.example\n}\nwhoami\n}')
  expect(instance.warnings.join()).toMatch(/Corefile:2:1: ddr: is never asked/)
})

test('RFC 9462 §4.2: a certificate that is not for the address asked is warned of', async () => {
  const good = await server(plain('ddr', encrypted('tls://.')))
  expect(good.runtime.logged).toEqual([])
  const bad = await server(plain('bind 127.0.0.1 192.0.2.53 0.0.0.0\nddr', encrypted('tls://.')))
  expect(bad.runtime.logged).toEqual([
    '[WARNING] ddr: a certificate is not for 192.0.2.53: clients that ask there may not trust it',
  ])
})

describe('certificateSubject', () => {
  it('has names and addresses', () => {
    expect(certificateSubject(pem('server.cert'))).toEqual({ names: ['localhost'], addresses: ['127.0.0.1', '::1'] })
  })

  it('survives whatever stands there', () => {
    const good = pem('server.cert').replaceAll(/-----[^-]*-----|\s/g, '')
    const der = Uint8Array.from(atob(good), (char) => char.charCodeAt(0))
    const armor = (octets: Uint8Array): string =>
      `-----BEGIN CERTIFICATE-----\n${btoa(String.fromCharCode(...octets))}\n-----END CERTIFICATE-----\n`
    for (let cut = 0; cut < der.length; cut += 7) certificateSubject(armor(der.subarray(0, cut)))
    for (let at = 0; at < der.length; at++) certificateSubject(armor(der.with(at, der[at] ^ 0xff)))
    const nobody = { names: [], addresses: [] }
    expect(certificateSubject('')).toEqual(nobody)
    expect(certificateSubject(armor(new Uint8Array(0)))).toEqual(nobody)
    expect(certificateSubject('-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n')).toEqual(nobody)
  })
})
