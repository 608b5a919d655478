import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { allPlugins, createServer as createDnsServer, definePlugin, Metadata } from 'coredge'
import { chain, faults } from 'coredge/testing'
import { plugin as firewall } from '../src/index.ts'
import { plugin as opa } from '../src/opa.ts'

/** A server that speaks Open Policy Agent's data API: its policy is a function of the input. */
type Policy = (input: Record<string, string>) => unknown

const POLICIES: Record<string, Policy> = {
  '/v1/data/dns/action': ({ name }) =>
    ({ 'a.example.com.': 'block', 'b.example.com.': 'refuse', 'x.example.com.': 'drop' })[name] ?? 'allow',
  '/v1/data/dns/undefined': () => undefined,
  '/v1/data/dns/odd': () => ({ allow: true }),
  '/v1/data/dns/byresponse': ({ response_ip }) => (response_ip === '192.0.2.66' ? 'refuse' : 'allow'),
}

const asked: { input: Record<string, string>; type: string | undefined }[] = []

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ''
  for await (const chunk of request) body += chunk
  const { input } = JSON.parse(body) as { input: Record<string, string> }
  asked.push({ input, type: request.headers['content-type'] })
  const { pathname } = new URL(request.url ?? '', 'http://localhost')
  if (pathname === '/broken') return void response.writeHead(200).end('{"result"')
  if (pathname === '/huge') return void response.writeHead(200).end(`{"result":"${'x'.repeat(100_000)}"}`)
  const policy = POLICIES[pathname]
  if (!policy || request.method !== 'POST') return void response.writeHead(404).end('{}')
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ result: policy(input) }))
}

let server: Server
let url: string
before(async () => {
  server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
after(() => void server.close())

const hasOpenssl = (): boolean => spawnSync('openssl', ['version']).status === 0

const labels = definePlugin({
  name: 'labels',
  directive: { args: [] },
  setup(_uses, block) {
    block.provide(Metadata, { name: 'client/group', value: () => 'staff' })
    block.provide(Metadata, { name: 'client/nothing', value: () => '' })
    return { name: 'labels' }
  },
})
const modules = [firewall, opa, labels]

const corefile = (path: string, fields = '', rules = ''): string => `. {
    metadata
    labels
    opa mine {
        endpoint ${path.includes('://') ? path : url + path}
        ${fields}
    }
    firewall query {
        opa mine
        ${rules}
    }
    hosts {
        192.0.2.1 a.example.com b.example.com x.example.com www.example.com
    }
}
`

async function outcome(text: string, question: string): Promise<{ rcode: string; log: readonly string[] }> {
  const dns = await chain(text, { modules })
  try {
    return { rcode: (await dns.tryAsk(question))?.rcode ?? 'nothing', log: dns.log }
  } finally {
    await dns.stop()
  }
}

describe('a policy decides', () => {
  for (const [name, expected] of [
    ['www.example.com', 'NOERROR'],
    ['a.example.com', 'NXDOMAIN'],
    ['b.example.com', 'REFUSED'],
    ['X.example.com', 'nothing'],
  ])
    it(`${name}: ${expected}`, async () =>
      assert.equal((await outcome(corefile('/v1/data/dns/action'), `${name} A`)).rcode, expected))

  it('where it says nothing the next rule is asked', async () => {
    const text = corefile('/v1/data/dns/undefined', '', "refuse type == 'AAAA'")
    assert.equal((await outcome(text, 'www.example.com AAAA')).rcode, 'REFUSED')
    assert.equal((await outcome(text, 'www.example.com A')).rcode, 'NXDOMAIN')
  })

  const failures: [string, RegExp][] = [
    [
      '/v1/data/dns/odd',
      /the rule at Corefile:9:9 cannot decide: opa mine: the result must be one of allow, refuse, block, drop, got \{"allow":true\}/,
    ],
    ['/broken', /opa mine: the answer is no JSON/],
    ['/huge', /opa mine: no answer: the answer is longer than 65536 octets/],
    ['/elsewhere', /opa mine: no answer: status 404/],
    ['http://127.0.0.1:1/v1/data/dns/action', /opa mine: no answer: /],
  ]
  for (const [path, reason] of failures)
    it(`${path} is SERVFAIL and a line in the log`, async () => {
      const { rcode, log } = await outcome(corefile(path), 'www.example.com A')
      assert.equal(rcode, 'SERVFAIL')
      assert.match(log.join('\n'), reason)
    })
})

describe('what a policy is told', () => {
  const inputOf = async (fields: string, text = corefile('/v1/data/dns/action', fields)): Promise<unknown[]> => {
    asked.length = 0
    await outcome(text, 'WWW.example.com A')
    return asked.map(({ input }) => input)
  }

  it('the usual fields', async () => {
    const usual = { client_ip: '192.0.2.7', name: 'www.example.com.', rcode: '', response_ip: '' }
    assert.deepEqual(await inputOf(''), [usual])
    assert.equal(asked[0].type, 'application/json')
  })

  it('the fields that the Corefile names, and labels that have a value', async () => {
    const fields = 'fields type proto client/group client/nothing'
    assert.deepEqual(await inputOf(fields), [{ type: 'A', proto: 'udp', 'client/group': 'staff' }])
  })

  it('addresses without brackets', async () => {
    asked.length = 0
    const dns = await chain(corefile('/v1/data/dns/action', 'fields client_ip'), { modules })
    await dns.ask('www.example.com A', { peer: { address: '2001:db8::7' } })
    await dns.stop()
    assert.deepEqual(asked[0].input, { client_ip: '2001:db8::7' })
  })

  it('of responses, what is in them', async () => {
    const text = `. {
    opa mine {
        endpoint ${url}/v1/data/dns/byresponse
    }
    firewall query {
        allow true
    }
    firewall response {
        opa mine
    }
    hosts {
        192.0.2.66 bad.example.com
        192.0.2.1 good.example.com
    }
}
`
    asked.length = 0
    assert.equal((await outcome(text, 'bad.example.com A')).rcode, 'REFUSED')
    assert.equal((await outcome(text, 'good.example.com A')).rcode, 'NOERROR')
    assert.deepEqual(
      asked.map(({ input }) => [input.rcode, input.response_ip]),
      [
        ['NOERROR', '192.0.2.66'],
        ['NOERROR', '192.0.2.1'],
      ],
    )
  })
})

describe('at the edge', () => {
  it('policies are asked by fetch', async () => {
    const dns = await chain(corefile('/v1/data/dns/action'), { modules, name: 'workers' })
    assert.equal((await dns.ask('b.example.com A')).rcode, 'REFUSED')
    await dns.stop()
  })

  it('there are no certificates to show', async () => {
    const text = corefile('https://opa.example/v1/data/dns/action', 'tls cert.pem key.pem ca.pem')
    const found = await faults(text, { modules, name: 'workers' })
    assert.equal(
      found,
      'Corefile:6:9: opa: tls: has no certificates of its own to show at the edge: leave it out there',
    )
  })
})

describe('an endpoint with certificates', () => {
  const skip = hasOpenssl() || process.env.CI === 'true' ? false : 'openssl is not installed'
  it('shows its own, and verifies the other', { skip }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'coredge-opa-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const make = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    make('req', '-x509', ...curve, ...subject, '-keyout', 'key.pem', '-out', 'cert.pem')
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
    const secure = createTlsServer(
      {
        cert: read('cert.pem'),
        key: read('key.pem'),
        ca: read('cert.pem'),
        requestCert: true,
        rejectUnauthorized: true,
      },
      (request, response) => void answer(request, response),
    )
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
    t.after(() => new Promise((resolve) => secure.close(resolve)))
    const endpoint = `https://localhost:${(secure.address() as AddressInfo).port}/v1/data/dns/action`
    const ask = async (tls: string): Promise<string> => {
      const text = `. {\n    root ${folder}\n${corefile(endpoint, tls).replace(/^. \{\n/, '')}`
      const dns = await createDnsServer({
        corefile: text,
        plugins: [...modules, ...allPlugins],
      })
      t.after(() => dns.close())
      return (await dns.ask('b.example.com A'))?.rcode ?? 'nothing'
    }
    assert.equal(await ask('tls cert.pem key.pem cert.pem'), 'REFUSED')
    assert.equal(await ask('tls cert.pem'), 'SERVFAIL')
  })
})

describe('mistakes in the Corefile', () => {
  const rows: [string, string | RegExp][] = [
    ['opa', /^Corefile:2:5: opa: .*name/],
    ['opa mine', 'Corefile:2:5: opa: needs an endpoint, such as http://127.0.0.1:8181/v1/data/dns/action'],
    ['opa my engine {\n        endpoint http://127.0.0.1/\n    }', /^Corefile:2:12: opa: takes at most 1 argument/],
    [
      'opa mine {\n        endpoint test\n    }',
      /^Corefile:3:18: opa: endpoint: url must be a URL such as .*, got "test"$/,
    ],
    ['opa mine {\n        endpoint ftp://a/\n    }', /^Corefile:3:18: /],
    [
      'opa mine {\n        endpoint http://a/\n        field name\n    }',
      /^Corefile:4:9: opa: unknown property \(did you mean "fields"\?\)/,
    ],
    ['opa mine {\n        endpoint http://a/\n        fields\n    }', /^Corefile:4:9: opa: fields: /],
    [
      'opa mine {\n        endpoint http://a/\n        tls a b c\n    }',
      'Corefile:4:9: opa: tls: is for an endpoint that begins with https://',
    ],
    [
      'opa mine {\n        endpoint http://a/\n    }\n    opa mine {\n        endpoint http://b/\n    }',
      'Corefile:5:9: opa: there is an engine of this name already, got "mine"',
    ],
    [
      'opa mine {\n        endpoint http://a/\n    }\n    firewall query {\n        opa other\n    }',
      /^Corefile:6:9: firewall: there is no policy engine "opa other"/,
    ],
    [
      'opa mine {\n        endpoint http://a/\n    }\n    firewall query {\n        opa mine more\n    }',
      'Corefile:6:18: firewall: opa takes nothing after the name of an engine, got "more"',
    ],
  ]
  for (const [directives, message] of rows)
    it(directives.replace(/\s+/g, ' '), async () => {
      const found = await faults(`. {\n    ${directives}\n    whoami\n}\n`, { modules })
      if (typeof message === 'string') assert.equal(found, message)
      else assert.match(found, message)
    })

  it('two engines are none', async () => {
    const text =
      '. {\n    opa one {\n        endpoint http://a/\n    }\n    opa two {\n        endpoint http://b/\n        fields type\n    }\n    whoami\n}\n'
    assert.equal(await faults(text, { modules }), '')
  })
})
