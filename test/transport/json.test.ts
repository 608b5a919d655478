import { describe, expect, it } from 'vitest'
import { TYPE } from '../../src/dns/constants.ts'
import { OPTION } from '../../src/dns/edns.ts'
import { nameText, parseName } from '../../src/dns/name.ts'
import { RRset } from '../../src/dns/rrset.ts'
import { Query } from '../../src/query.ts'
import { Reply } from '../../src/reply.ts'
import { dohApp } from '../../src/transport/doh.ts'
import { jsonReply } from '../../src/transport/json.ts'
import { asked, fakeServer, outcome } from './fake.ts'

const app = dohApp(fakeServer())
const get = async (target: string, accept?: string): Promise<Response> =>
  app.request(target, accept === undefined ? {} : { headers: { accept } })
const resolve = async (params: string): Promise<Record<string, unknown>> =>
  (await (await get(`/resolve?${params}`)).json()) as Record<string, unknown>
const lastQuery = (): Query => asked.at(-1)!

describe('a reply', () => {
  it('has the fields of Google and Cloudflare', async () => {
    expect(await resolve('name=www.test&type=A')).toEqual({
      Status: 0,
      TC: false,
      RD: true,
      RA: false,
      AD: false,
      CD: false,
      Question: [{ name: 'www.test.', type: 1 }],
      Answer: [{ name: 'www.test.', type: 1, TTL: 300, data: '192.0.2.1' }],
    })
  })

  it('has the SOA of a denial in presentation form', async () => {
    const { Status, Answer, Authority } = await resolve('name=nx.test')
    expect({ Status, Answer, Authority }).toEqual({
      Status: 3,
      Authority: [{ name: 'test.', type: 6, TTL: 7200, data: 'ns.test. admin.test. 1 7200 3600 86400 30' }],
    })
  })

  it('has extended errors in Comment, as a text for Google and as a list for Cloudflare', async () => {
    const texts = ['EDE(22): No Reachable Authority (all of them)', 'EDE(0): Other (sorry)']
    expect(await resolve('name=servfail.test')).toMatchObject({ Status: 2, Comment: texts.join('; ') })
    const response = await get('/dns-query?name=servfail.test', 'application/dns-json')
    expect(await response.json()).toMatchObject({ Status: 2, Comment: texts })
  })

  it('shows record data of types without a text form as RFC 3597 does', () => {
    const peer = { transport: 'https', address: '192.0.2.1', port: 0, localAddress: '0.0.0.0', localPort: 443 } as const
    const name = parseName('x.test')
    const query = new Query(name, 65_280, 1, 0, 0, undefined, peer, 30)
    const reply = new Reply({
      answer: [RRset.of(name, 65_280, 5, [Uint8Array.of(1, 171)])],
      additional: [RRset.of(name, TYPE.TXT, 5, [Uint8Array.of(1, 97, 1, 34)])],
    })
    expect(jsonReply(query, reply, 'google')).toMatchObject({
      Answer: [{ name: 'x.test.', type: 65_280, TTL: 5, data: '\\# 2 01AB' }],
      Additional: [{ name: 'x.test.', type: 16, TTL: 5, data: '"a" "\\""' }],
    })
  })
})

describe('parameters', () => {
  it.each([
    ['name=www.test', 'www.test. 1'],
    ['name=www.test.', 'www.test. 1'],
    ['name=WwW.test', 'WwW.test. 1'],
    ['name=.&type=NS', '. 2'],
    ['name=@', '\\@. 1'],
    ['name=a%5C.b.test', 'a\\.b.test. 1'],
    ['name=%5C065.test', 'A.test. 1'],
    ['name=_dns.test&type=svcb', '_dns.test. 64'],
    ['name=b%C3%BCcher.test', 'xn--bcher-kva.test. 1'],
    ['name=www.%E4%BE%8B%E3%81%88.test', 'www.xn--r8jz45g.test. 1'],
    ['name=STRA%C3%9FE.test', 'xn--strae-oqa.test. 1'],
    ['name=www.test&type=', 'www.test. 1'],
    ['name=www.test&type=aaaa', 'www.test. 28'],
    ['name=www.test&type=257', 'www.test. 257'],
    ['name=www.test&type=TYPE65280', 'www.test. 65280'],
    ['name=www.test&type=16&type=1&name=other.test', 'www.test. 16'],
    ['name=www.test&random_padding=XXXXXX&unknown=1', 'www.test. 1'],
  ])('%s', async (params, expected) => {
    expect((await get(`/resolve?${params}`)).status).toBe(200)
    expect(`${nameText(lastQuery().name)} ${lastQuery().type}`).toBe(expected)
  })

  it.each([
    ['', false, false],
    ['&cd=1', true, false],
    ['&cd=true', true, false],
    ['&cd=0&do=TRUE', false, true],
    ['&cd=false&do=', false, false],
    ['&do=1', false, true],
  ])('flags %s', async (params, cd, dnssecOk) => {
    expect(await resolve(`name=www.test${params}`)).toMatchObject({ CD: cd, RD: true })
    expect(lastQuery().dnssecOk).toBe(dnssecOk)
    expect(lastQuery().authenticData).toBe(true)
  })

  it.each([
    ['192.0.2.77/24', [0, 1, 24, 0, 192, 0, 2], '192.0.2.0/0'],
    ['192.0.2.77/20', [0, 1, 20, 0, 192, 0, 0], '192.0.0.0/0'],
    ['192.0.2.77', [0, 1, 24, 0, 192, 0, 2], '192.0.2.0/0'],
    ['0.0.0.0/0', [0, 1, 0, 0], '0.0.0.0/0'],
    ['2001:db8:1:2::/48', [0, 2, 48, 0, 32, 1, 13, 184, 0, 1], '2001:db8:1::/0'],
    ['2001:db8::1', [0, 2, 56, 0, 32, 1, 13, 184, 0, 0, 0], '2001:db8::/0'],
  ])('edns_client_subnet=%s', async (subnet, data, shown) => {
    const reply = await resolve(`name=www.test&edns_client_subnet=${encodeURIComponent(subnet)}`)
    expect([...lastQuery().option(OPTION.ECS)!.data]).toEqual(data)
    expect(reply.edns_client_subnet).toBe(shown)
  })

  it('shows the scope of an answer', () => {
    const peer = { transport: 'https', address: '192.0.2.1', port: 0, localAddress: '0.0.0.0', localPort: 443 } as const
    const option = (...data: number[]): { code: number; data: Uint8Array } => ({
      code: 8,
      data: Uint8Array.of(...data),
    })
    const edns = { version: 0, udpSize: 1232, dnssecOk: false, options: [option(0, 1, 24, 0, 192, 0, 2)] }
    const query = new Query(parseName('x.test'), 1, 1, 0, 0, edns, peer, 30)
    const reply = new Reply({ options: [option(0, 1, 24, 16, 192, 0, 2)] })
    expect(jsonReply(query, reply, 'google').edns_client_subnet).toBe('192.0.2.0/16')
  })

  it.each([
    ['', 'missing parameter: name'],
    ['name=', 'missing parameter: name'],
    ['name=a..b', 'bad parameter: name: expected a domain name, got "a..b"'],
    [`name=${'a'.repeat(64)}.test`, `bad parameter: name: expected a domain name, got "${'a'.repeat(64)}.test"`],
    [
      `name=${'abc.'.repeat(64)}`,
      `bad parameter: name: expected a domain name, got "${'abc.'.repeat(64).slice(0, 80)}…"`,
    ],
    ['name=%C3%BC%2Fx.test', 'bad parameter: name: expected a domain name, got "ü/x.test"'],
    ['name=%C3%BC%40x', 'bad parameter: name: expected a domain name, got "ü@x"'],
    ['name=%F0%9F.test%0A', 'bad parameter: name: expected a domain name, got "�.test\\n"'],
    ['name=x.test&type=NOPE', 'bad parameter: type: expected a record type or a number from 1 to 65535, got "NOPE"'],
    ['name=x.test&type=0', 'bad parameter: type: expected a record type or a number from 1 to 65535, got "0"'],
    ['name=x.test&type=65536', 'bad parameter: type: expected a record type or a number from 1 to 65535, got "65536"'],
    ['name=x.test&type=-1', 'bad parameter: type: expected a record type or a number from 1 to 65535, got "-1"'],
    ['name=x.test&cd=2', 'bad parameter: cd: expected 0, 1, true or false, got "2"'],
    ['name=x.test&do=yes', 'bad parameter: do: expected 0, 1, true or false, got "yes"'],
    [
      'name=x.test&edns_client_subnet=192.0.2.0/33',
      'bad parameter: edns_client_subnet: expected an address and prefix, such as 192.0.2.0/24, got "192.0.2.0/33"',
    ],
  ])('%s is refused', async (params, reason) => {
    const reply = await get(`/resolve?${params}`)
    expect([reply.status, await reply.text()]).toEqual([400, `${reason}\n`])
  })
})

it('says what is wrong in JSON to those who ask as Cloudflare is asked', async () => {
  const reply = await get('/dns-query?name=x.test&cd=2', 'application/dns-json')
  expect([reply.status, reply.headers.get('content-type')]).toEqual([400, 'application/json'])
  expect(await reply.json()).toEqual({ error: 'bad parameter: cd: expected 0, 1, true or false, got "2"' })
})

describe('content types', () => {
  it.each<[string, string | undefined, number, string]>([
    ['/resolve?name=www.test', undefined, 200, 'application/json'],
    ['/resolve?name=www.test', '*/*', 200, 'application/json'],
    ['/resolve?name=www.test', 'text/html, */*;q=0.8', 200, 'application/json'],
    ['/resolve?name=www.test', 'application/dns-json', 200, 'application/dns-json'],
    ['/resolve?name=www.test', 'application/dns-message', 200, 'application/dns-message'],
    ['/resolve?name=www.test&ct=application/dns-message', undefined, 200, 'application/dns-message'],
    ['/resolve?name=www.test&ct=application/x-javascript', 'text/html', 200, 'application/json'],
    ['/resolve?name=www.test', 'text/html', 406, 'text/plain; charset=utf-8'],
    ['/dns-query?name=www.test', 'application/dns-json', 200, 'application/dns-json'],
    ['/dns-query?name=www.test', 'application/json', 200, 'application/json'],
    ['/dns-query?name=www.test', 'application/json;q=0.5, application/dns-json', 200, 'application/dns-json'],
    ['/dns-query?name=www.test&ct=application/dns-json', undefined, 200, 'application/dns-json'],
    ['/dns-query?name=www.test&ct=application/dns-json', 'text/html', 200, 'application/dns-json'],
    ['/dns-query?name=www.test', undefined, 400, 'text/plain; charset=utf-8'],
  ])('%s accept: %s', async (target, accept, status, type) => {
    const reply = await get(target, accept)
    expect([reply.status, reply.headers.get('content-type')]).toEqual([status, type])
  })

  it.each(['application/dns-message', 'application/dns-json', undefined])(
    'tells caches that %s depends on the Accept field',
    async (accept) => {
      expect((await get('/resolve?name=www.test', accept)).headers.get('vary')).toBe('accept')
    },
  )

  it('gives wire format for parameters, as Google does', async () => {
    const reply = await get('/resolve?name=www.test&ct=application/dns-message')
    expect(outcome(new Uint8Array(await reply.arrayBuffer()))).toBe('NOERROR www.test. 1')
  })
})

it('has length, freshness and CORS fields', async () => {
  const reply = await get('/resolve?name=ttl-60.test')
  expect(reply.headers.get('content-length')).toBe(`${(await reply.text()).length}`)
  expect(reply.headers.get('cache-control')).toBe('max-age=60')
  expect(reply.headers.get('access-control-allow-origin')).toBe('*')
})

it('is status 500 where the query was dropped', async () => {
  expect((await get('/resolve?name=drop.test')).status).toBe(500)
})
