import { describe, expect, it } from 'vitest'
import type { Explanation } from '../../src/explain/explanation.ts'
import { dohApp } from '../../src/transport/doh.ts'
import { FakeRuntime } from '../runtime.ts'
import { get, HttpRuntime } from './httprig.ts'
import { faults, rig } from './rig.ts'

const TOKEN = 'correct-horse-battery'
const env = (name: string): string | undefined => ({ EXPLAIN_TOKEN: TOKEN, EMPTY: '' })[name]

class NodeRuntime extends HttpRuntime {
  readonly env = env
}

class EdgeRuntime extends FakeRuntime {
  readonly env = env

  constructor() {
    super({ name: 'workers' })
  }
}

const corefile = (properties: string): string => `example.org {
    hosts {
        192.0.2.1 www.example.org
    }
}
. {
    explain localhost: {
        ${properties}
    }
    whoami
}
`

interface Page {
  readonly status: number
  readonly type: string | null
  readonly body: string
}

/** Asks the endpoint of a Corefile by a real request. */
async function ask(properties: string, search: string, headers: Record<string, string> = {}): Promise<Page> {
  const runtime = new NodeRuntime()
  await rig(corefile(properties), { runtime })
  const response = await fetch(`${runtime.url('/explain')}${search}`, { headers: { connection: 'close', ...headers } })
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() }
}

describe('explanations by HTTP', () => {
  it('are text', async () => {
    const { status, type, body } = await ask('allow 127.0.0.1', '?name=www.example.org')
    expect([status, type]).toEqual([200, 'text/plain; charset=utf-8'])
    expect(body).toMatch(/^www\.example\.org\. IN A from 127\.0\.0\.1:40000 over udp, at dns:\/\/127\.0\.0\.1:1053\n/)
    expect(body).toMatch(/\n {2}hosts {2}Corefile:2:5 {2}answered: NOERROR, aa, answer 1/)
    expect(body).toMatch(/\n {2}www\.example\.org\. 3600 IN A 192\.0\.2\.1\n$/)
  })

  it.each([
    ['&format=json', {}],
    ['', { accept: 'application/json' }],
  ])('are JSON where that is wanted: %s', async (more, headers) => {
    const search = `?name=a.example&type=AAAA&client=2001:db8::7&transport=tcp&do=1&rd=0&cd=1&subnet=192.0.2.0/24${more}`
    const { type, body } = await ask('allow 127.0.0.0/8', search, headers)
    const explanation = JSON.parse(body) as Explanation
    expect(type).toBe('application/json')
    expect(explanation.question).toBe('a.example. IN AAAA')
    expect(explanation.client).toEqual({ address: '2001:db8::7', port: 40_000, transport: 'tcp' })
    expect(explanation.asked.steps.map(({ plugin, did }) => [plugin, did])).toEqual([['whoami', 'answered']])
    expect(explanation.reply).toMatchObject({ flags: 'qr aa cd', opt: { do: true } })
    expect(explanation.reply?.additional[0]).toBe('a.example. 0 IN AAAA 2001:db8::7')
  })

  const mistakes: [string, RegExp][] = [
    ['', /^the parameter name is missing/],
    ['?name=a..b', /^name: empty label/],
    ['?name=a&type=AX', /^type must be a record type, got "AX"/],
    ['?name=a&client=me', /^client must be an IP address, got "me"/],
    ['?name=a&transport=quic', /^transport must be udp, tcp, tls, https, got "quic"/],
    ['?name=a&transport=tls', /^no server block is reached there; there is dns:/],
    ['?name=a&port=70000', /^port must be a number of 0–65535/],
    ['?name=a&do=maybe', /^do must be 0, 1, true or false/],
    ['?name=a&nam=b', /^there is no parameter "nam" \(did you mean "name"\?\)/],
    ['?name=a&format=xml', /^format must be text or json/],
  ]
  it.each(mistakes)('%s', async (search, message) => {
    const { status, body } = await ask('allow 127.0.0.1', search)
    expect(status).toBe(400)
    expect(body).toMatch(message)
  })
})

describe('who may ask', () => {
  const right = { authorization: `Bearer ${TOKEN}` }
  const cases: [string, Record<string, string>, number][] = [
    ['allow 127.0.0.1', {}, 200],
    ['allow 192.0.2.0/24', {}, 403],
    ['token EXPLAIN_TOKEN', {}, 401],
    ['token EXPLAIN_TOKEN', right, 200],
    ['token EXPLAIN_TOKEN', { authorization: `bearer  ${TOKEN}` }, 200],
    ['token EXPLAIN_TOKEN', { authorization: TOKEN }, 401],
    ['token EXPLAIN_TOKEN', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }, 401],
    ['token EXPLAIN_TOKEN', { authorization: `Bearer ${TOKEN}x` }, 401],
    ['token UNSET', { authorization: 'Bearer undefined' }, 403],
    ['token EMPTY', { authorization: 'Bearer ' }, 403],
    ['allow 127.0.0.1\n        token EXPLAIN_TOKEN', right, 200],
    ['allow 127.0.0.1\n        token EXPLAIN_TOKEN', {}, 401],
    ['allow 192.0.2.1\n        token EXPLAIN_TOKEN', right, 403],
  ]
  it.each(cases)('%s %j', async (properties, headers, status) => {
    const page = await ask(properties, '?name=www.example.org', headers)
    expect(page.status).toBe(status)
    if (status !== 200) expect(page.body).not.toContain('www.example.org')
  })

  it('a variable that is not set is told at the start', async () => {
    const runtime = new NodeRuntime()
    await rig(corefile('token UNSET'), { runtime })
    expect(runtime.logged).toContain(
      '[WARNING] plugin/explain: the variable UNSET is not set, so that nothing will be explained',
    )
  })

  it('it is not there unless the Corefile says so', async () => {
    const runtime = new NodeRuntime()
    await rig('. {\n    health localhost:\n    whoami\n}', { runtime })
    expect((await get(runtime.url('/health').replace('health', 'explain?name=a'))).status).toBe(404)
  })
})

it('at the edge it stands beside DNS', async () => {
  const { instance } = await rig(corefile('allow 198.51.100.0/24\n        token EXPLAIN_TOKEN'), {
    runtime: new EdgeRuntime(),
  })
  const app = dohApp(instance.edge())
  const ask = async (headers: Record<string, string>): Promise<Response> =>
    app.request('https://dns.example/explain?name=www.example.org', { headers })
  const authorization = `Bearer ${TOKEN}`
  const page = await ask({ authorization, 'cf-connecting-ip': '198.51.100.7' })
  expect(await page.text()).toMatch(
    /^www\.example\.org\. IN A from 198\.51\.100\.7:40000 over https, at https:\/\/:443\n[\s\S]*hosts/,
  )
  expect((await ask({ authorization, 'cf-connecting-ip': '192.0.2.1' })).status).toBe(403)
  expect((await ask({ 'cf-connecting-ip': '198.51.100.7' })).headers.get('www-authenticate')).toBe('Bearer')
})

describe('mistakes in the Corefile', () => {
  const cases: [string, string][] = [
    ['. {\n    explain\n}', 'Corefile:2:5: explain: must say who may ask: allow NETWORK…, or token VARIABLE'],
    [
      '. {\n    explain {\n        allow me\n    }\n}',
      'Corefile:3:15: explain: allow: network must be a network such as 192.0.2.0/24, or an address, got "me"',
    ],
    [
      '. {\n    explain {\n        token s3cr3t-word\n    }\n}',
      'Corefile:3:15: explain: token: variable must be the name of an environment variable that holds the token, got "s3cr3t-word"',
    ],
    [
      'a {\n    explain {\n        allow ::1\n    }\n}\nb {\n    explain {\n        allow ::1\n    }\n}',
      'Corefile:7:5: explain: may stand only once in a Corefile',
    ],
  ]
  it.each(cases)('%s', async (text, message) => {
    expect(await faults(text)).toBe(message)
  })
})
