import { describe, expect, it } from 'vitest'
import { dohApp } from '../../src/transport/doh.ts'
import { ask, fakeServer, lastPeer, outcome } from './fake.ts'

const app = dohApp(fakeServer())
const MESSAGE = 'application/dns-message'
const base64url = (octets: Uint8Array): string => Buffer.from(octets).toString('base64url')
const dns = (text: string): string => `/dns-query?dns=${base64url(ask(text))}`
const get = async (target: string, init?: RequestInit): Promise<Response> => app.request(target, init)

function post(body: Uint8Array | string, headers: Record<string, string> = {}): Promise<Response> {
  return get('/dns-query', {
    method: 'POST',
    headers: { 'content-type': MESSAGE, ...headers },
    body: body as BodyInit,
  })
}

async function octets(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer())
}

describe('RFC 8484', () => {
  it('answers GET', async () => {
    const response = await get(dns('www.test A'))
    expect(response.status).toBe(200)
    expect(outcome(await octets(response))).toBe('NOERROR www.test. 1')
  })

  it('answers POST', async () => {
    const response = await post(ask('www.test A'))
    expect(response.status).toBe(200)
    expect(outcome(await octets(response))).toBe('NOERROR www.test. 1')
  })

  it.each([0, 7, 65_535])('echoes id %i', async (id) => {
    const reply = await octets(await post(ask('www.test A', id)))
    expect((reply[0] << 8) | reply[1]).toBe(id)
  })

  it('sends the header fields that clients look at', async () => {
    const response = await get(dns('www.test A'))
    const body = await octets(response)
    expect(Object.fromEntries(response.headers)).toEqual({
      'access-control-allow-origin': '*',
      'cache-control': 'max-age=300',
      'content-length': `${body.length}`,
      'content-type': MESSAGE,
    })
  })

  it('takes a body without content-length', async () => {
    const stream = new Blob([ask('www.test A') as BlobPart]).stream()
    const init = { method: 'POST', headers: { 'content-type': MESSAGE }, body: stream, duplex: 'half' }
    expect((await get('/dns-query', init as RequestInit)).status).toBe(200)
  })

  it.each([
    ['servfail.test A', 'SERVFAIL servfail.test. 0'],
    ['throw.test A', 'SERVFAIL throw.test. 0'],
    ['refused.test A', 'REFUSED refused.test. 0'],
    ['nx.test A', 'NXDOMAIN nx.test. 0'],
    ['slow-5.test A', 'NOERROR slow-5.test. 1'],
  ])('%s is status 200', async (text, expected) => {
    const response = await get(dns(text))
    expect([response.status, outcome(await octets(response))]).toEqual([200, expected])
  })

  it('passes on FORMERR that the server made', async () => {
    const response = await post(Uint8Array.of(0, 1, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0))
    expect([response.status, outcome(await octets(response))]).toEqual([200, 'FORMERR - 0'])
    expect(response.headers.get('cache-control')).toBe('no-store')
  })
})

describe('cache-control', () => {
  it.each([
    ['www.test A', 'max-age=300'],
    ['ttl-60.test A', 'max-age=60'],
    ['ttl-0.test A', 'max-age=0'],
    ['nx.test A', 'max-age=30'],
    ['nodata.test A', 'max-age=30'],
    ['alias.test A', 'max-age=30'],
    ['referral.test A', 'max-age=900'],
    ['nosoa.test A', 'no-store'],
    ['empty.test A', 'no-store'],
    ['servfail.test A', 'no-store'],
    ['refused.test A', 'no-store'],
  ])('%s: %s', async (text, expected) => {
    expect((await get(dns(text))).headers.get('cache-control')).toBe(expected)
  })
})

const query = base64url(ask('www.test A'))
const response = base64url(ask('www.test A').map((octet, i) => (i === 2 ? octet | 0x80 : octet)))

describe('what cannot be served', () => {
  const tooLong = `the URL is longer than 16384 octets`
  it.each<[string, number, string, RequestInit?]>([
    ['/', 404, 'not found: DNS is at /dns-query and /resolve'],
    ['/dns-query/', 404, 'not found: DNS is at /dns-query and /resolve'],
    ['/other?dns=AAAA', 404, 'not found: DNS is at /dns-query and /resolve', { method: 'POST' }],
    ['/dns-query', 400, 'missing parameter: dns'],
    [
      '/dns-query?name=www.test',
      400,
      'missing parameter: dns; for JSON send accept: application/dns-json, or ask /resolve',
    ],
    ['/dns-query?dns=', 400, 'not a DNS message: 0 octets, and a header has 12'],
    ['/dns-query?dns=AAAA', 400, 'not a DNS message: 3 octets, and a header has 12'],
    [`/dns-query?dns=${query}&dns=${query}`, 400, 'more than one parameter: dns'],
    [`/dns-query?dns=${query}%3D`, 400, 'bad parameter: dns: not base64url without padding'],
    [`/dns-query?dns=${query}=`, 400, 'bad parameter: dns: not base64url without padding'],
    ['/dns-query?dns=not*base64url', 400, 'bad parameter: dns: not base64url without padding'],
    [`/dns-query?dns=${response}`, 400, 'not a DNS query: the message is a response'],
    [
      `/dns-query?dns=${query}`,
      405,
      'method PUT is not supported here; use GET, POST, HEAD, OPTIONS',
      { method: 'PUT' },
    ],
    ['/resolve?name=www.test', 405, 'method POST is not supported here; use GET, HEAD, OPTIONS', { method: 'POST' }],
    [`/dns-query?dns=${query}`, 406, `only ${MESSAGE} is to be had here`, { headers: { accept: 'text/html' } }],
    [
      `/dns-query?dns=${query}`,
      406,
      `only ${MESSAGE} is to be had here`,
      { headers: { accept: 'application/dns-json' } },
    ],
    [`/dns-query?dns=${'A'.repeat(20_000)}`, 414, tooLong],
    [`/resolve?name=${'a'.repeat(20_000)}`, 414, tooLong],
    [`/dns-query?dns=${base64url(ask('drop.test A'))}`, 500, 'the query was dropped'],
  ])('%s: %i', async (target, status, reason, init) => {
    const reply = await get(target, init)
    expect([reply.status, await reply.text()]).toEqual([status, `${reason}\n`])
    expect(reply.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(reply.headers.get('content-length')).toBe(`${reason.length + 1}`)
    expect(reply.headers.get('access-control-allow-origin')).toBe('*')
    expect(reply.headers.get('cache-control')).toBe('no-store')
  })

  it.each<[string, Uint8Array | string, Record<string, string>, number, string]>([
    ['xx', 'xx', {}, 400, 'not a DNS message: 2 octets, and a header has 12'],
    ['nothing', '', {}, 400, 'not a DNS message: 0 octets, and a header has 12'],
    ['too much', new Uint8Array(65_536), {}, 413, 'a DNS message has at most 65535 octets'],
    ['JSON', '{}', { 'content-type': 'application/json' }, 415, `content-type must be ${MESSAGE}`],
    ['no type', ask('www.test'), { 'content-type': '' }, 415, `content-type must be ${MESSAGE}`],
    ['gzip', 'x', { 'content-encoding': 'gzip' }, 415, 'the body must come without content-encoding'],
    ['another taste', ask('www.test'), { accept: 'text/plain' }, 406, `only ${MESSAGE} is to be had here`],
    ['a query to drop', ask('drop.test'), {}, 500, 'the query was dropped'],
  ])('a body: %s', async (_, body, headers, status, reason) => {
    const reply = await post(body, headers)
    expect([reply.status, await reply.text()]).toEqual([status, `${reason}\n`])
  })

  it('counts a body that does not say how long it is', async () => {
    const stream = new Blob([new Uint8Array(70_000)]).stream()
    const init = { method: 'POST', headers: { 'content-type': MESSAGE }, body: stream, duplex: 'half' }
    expect((await get('/dns-query', init as RequestInit)).status).toBe(413)
  })

  it('takes the largest message there is', async () => {
    expect((await post(new Uint8Array(65_535))).status).toBe(200) // and the answer is FORMERR
  })

  it('says which methods are allowed', async () => {
    const reply = await get('/dns-query', { method: 'DELETE' })
    expect(reply.headers.get('allow')).toBe('GET, POST, HEAD, OPTIONS')
  })
})

describe('who takes what', () => {
  it.each([
    '*/*',
    'application/*',
    MESSAGE,
    `${MESSAGE}, */*;q=0.1`,
    'text/html, */*;q=0.8',
    'application/dns-udpwireformat, application/dns-message',
  ])('accept: %s', async (accept) => {
    expect((await get(dns('www.test A'), { headers: { accept } })).status).toBe(200)
    expect((await post(ask('www.test A'), { accept })).status).toBe(200)
  })

  it.each([MESSAGE, 'Application/DNS-Message', `${MESSAGE}; charset=utf-8`])('content-type: %s', async (type) => {
    expect((await post(ask('www.test A'), { 'content-type': type })).status).toBe(200)
  })
})

describe('browsers', () => {
  it('may ask from any page', async () => {
    const reply = await get('/dns-query', { method: 'OPTIONS', headers: { origin: 'https://example.org' } })
    expect(reply.status).toBe(204)
    expect(Object.fromEntries(reply.headers)).toEqual({
      'access-control-allow-headers': 'content-type, accept',
      'access-control-allow-methods': 'GET, POST, HEAD, OPTIONS',
      'access-control-allow-origin': '*',
      'access-control-max-age': '86400',
      allow: 'GET, POST, HEAD, OPTIONS',
    })
  })
})

describe('HEAD', () => {
  it.each([dns('www.test A'), '/resolve?name=www.test', '/dns-query', '/nowhere'])('%s', async (target) => {
    const full = await get(target)
    const head = await get(target, { method: 'HEAD' })
    expect(head.status).toBe(full.status)
    expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(full.headers))
    expect(await head.text()).toBe('')
  })
})

describe('the client', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:DB8::7', '2001:db8::7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['rubbish', '0.0.0.0'],
  ])('cf-connecting-ip %s is %s', async (header, address) => {
    await get(dns('www.test A'), { headers: { 'cf-connecting-ip': header } })
    expect(lastPeer()).toMatchObject({ transport: 'https', address })
  })

  it('is unknown without', async () => {
    await get(dns('www.test A'))
    expect(lastPeer().address).toBe('0.0.0.0')
  })

  it('is who the option says', async () => {
    const own = dohApp(fakeServer(), { clientAddress: (request) => request.headers.get('x-real-ip') ?? undefined })
    const headers = { 'x-real-ip': '192.0.2.9', 'cf-connecting-ip': '192.0.2.66' }
    await own.request(dns('www.test A'), { headers })
    expect(lastPeer().address).toBe('192.0.2.9')
  })
})

it('asks for the server anew with each request', async () => {
  let calls = 0
  const lazy = dohApp(async () => {
    calls++
    return fakeServer()
  })
  await lazy.request(dns('www.test A'))
  await lazy.request(dns('www.test A'))
  expect(calls).toBe(2)
})
