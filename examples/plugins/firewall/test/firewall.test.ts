import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { allPlugins, createServer } from 'coredge'
import { chain, faults } from 'coredge/testing'
import { plugin as firewall } from '../src/index.ts'
import { plugin as opa } from '../src/opa.ts'

const modules = [firewall, opa]
const HOSTS = `hosts {
        192.0.2.1 www.example.org
        172.217.1.1 bad.example.org
        2001:db8::1 six.example.org
        192.0.2.2 many.example.org
        192.0.2.3 many.example.org
    }`

/** The outcome of a query: RCODE, or `nothing`. */
async function outcome(directives: string, question: string, address = '192.0.2.7'): Promise<string> {
  const dns = await chain(`. {\n    metadata\n    ${directives}\n    ${HOSTS}\n}\n`, { modules })
  try {
    return (await dns.tryAsk(question, { peer: { address } }))?.rcode ?? 'nothing'
  } finally {
    await dns.stop()
  }
}

/** `a; b` as the lines of a rule list. */
const list = (direction: string, rules: string): string =>
  `firewall ${direction} {\n        ${rules.split('; ').join('\n        ')}\n    }`
const query = (rules: string): string => list('query', rules)
const response = (rules: string): string => list('response', rules)
const ALLOWED = query('allow true')

describe('what becomes of queries and responses', () => {
  const rows: [directives: string, question: string, expected: string, address?: string][] = [
    [ALLOWED, 'www.example.org A', 'NOERROR'],
    [query('drop true'), 'www.example.org A', 'nothing'],
    [query('refuse true'), 'www.example.org A', 'REFUSED'],
    [query('block true'), 'www.example.org A', 'NXDOMAIN'],
    // Where no rule fits queries are blocked, and responses let through.
    ['firewall query {\n    }', 'www.example.org A', 'NXDOMAIN'],
    [query('allow false'), 'www.example.org A', 'NXDOMAIN'],
    [`${ALLOWED}\n    ${response('refuse false')}`, 'www.example.org A', 'NOERROR'],
    [`${ALLOWED}\n    ${response('refuse true')}`, 'www.example.org A', 'REFUSED'],
    [`${ALLOWED}\n    ${response('block true')}`, 'www.example.org A', 'NXDOMAIN'],
    [`${ALLOWED}\n    ${response('drop true')}`, 'www.example.org A', 'nothing'],
    [`${ALLOWED}\n    ${response('allow true; drop true')}`, 'www.example.org A', 'NOERROR'],
    [response('allow true'), 'www.example.org A', 'NXDOMAIN'],
    // The first rule that fits decides.
    [query("refuse type == 'AAAA'; allow true; drop true"), 'www.example.org A', 'NOERROR'],
    [query("refuse type == 'AAAA'; allow true; drop true"), 'www.example.org AAAA', 'REFUSED'],
    // Lists of one direction are one list.
    [`${query("refuse type == 'AAAA'")}\n    ${query('allow true')}`, 'www.example.org A', 'NOERROR'],
    [`${query("refuse type == 'AAAA'")}\n    ${query('allow true')}`, 'www.example.org AAAA', 'REFUSED'],
    // A rule that fails costs the query, whatever comes after it.
    [query('allow atoi(name) > 1; allow true'), 'www.example.org A', 'SERVFAIL'],
    [`${ALLOWED}\n    ${response('refuse atoi(rcode) > 1')}`, 'www.example.org A', 'SERVFAIL'],
    // Clients.
    [query("allow client_ip == '127.0.0.1'; refuse true"), 'www.example.org A', 'NOERROR', '127.0.0.1'],
    [query("allow client_ip == '127.0.0.1'; refuse true"), 'www.example.org A', 'REFUSED'],
    [query("allow incidr(client_ip, '2001:db8::/32')"), 'www.example.org A', 'NOERROR', '2001:db8::7'],
    [query("allow incidr(client_ip, '2001:db8::/32')"), 'www.example.org A', 'NXDOMAIN', '2001:db9::7'],
    // What is known of responses.
    [`${ALLOWED}\n    ${response("refuse response_ip =~ '^172\\\\.217\\\\.'")}`, 'bad.example.org A', 'REFUSED'],
    [`${ALLOWED}\n    ${response("refuse response_ip =~ '^172\\\\.217\\\\.'")}`, 'www.example.org A', 'NOERROR'],
    [`${ALLOWED}\n    ${response("refuse incidr(response_ip, '172.217.0.0/16')")}`, 'bad.example.org A', 'REFUSED'],
    [`${ALLOWED}\n    ${response("refuse response_ip == '[2001:db8::1]'")}`, 'six.example.org AAAA', 'REFUSED'],
    [`${ALLOWED}\n    ${response("refuse incidr(response_ip, '2001:db8::/32')")}`, 'six.example.org AAAA', 'REFUSED'],
    [`${ALLOWED}\n    ${response("refuse response_ips =~ '192.0.2.3'")}`, 'many.example.org A', 'REFUSED'],
    [`${ALLOWED}\n    ${response("refuse rcode == 'NOERROR'")}`, 'www.example.org A', 'REFUSED'],
    [`${ALLOWED}\n    ${response("refuse [>rflags] == 'qr,aa,rd'")}`, 'www.example.org A', 'REFUSED'],
    // 12 octets of header, 17 of name and 4 of question, 17 of owner, 10 and 4 of record.
    [`${ALLOWED}\n    ${response("refuse rsize == '64'")}`, 'www.example.org A', 'REFUSED'],
    [`${ALLOWED}\n    ${response("refuse name == 'www.example.org.' && type == 'A'")}`, 'WWW.example.org A', 'REFUSED'],
  ]
  for (const [directives, question, expected, address] of rows)
    it(`${directives.replace(/\s+/g, ' ')}: ${question}${address ? ` from ${address}` : ''}: ${expected}`, async () =>
      assert.equal(await outcome(directives, question, address), expected))
})

describe('a rule that fails', () => {
  it('leaves one line that tells which and why', async () => {
    const dns = await chain(`. {\n    errors\n    ${query('allow atoi(name) > 1')}\n    whoami\n}\n`, { modules })
    await dns.ask('www.example.org A')
    await dns.stop()
    assert.deepEqual(dns.log, [
      '[ERROR] plugin/errors: 2 www.example.org. A: firewall: the rule at Corefile:4:9 cannot decide: atoi takes a whole number, got "www.example.org."',
    ])
  })
})

describe('rules that are allowed pass the reply on as it is', () => {
  it('records, flags and all', async () => {
    const dns = await chain(`. {\n    ${ALLOWED}\n    ${response('block false')}\n    ${HOSTS}\n}\n`, { modules })
    const { answer, flags } = await dns.ask('www.example.org A')
    await dns.stop()
    assert.deepEqual([answer, flags], [['www.example.org. 3600 IN A 192.0.2.1'], 'aa rd'])
  })
})

describe('random', () => {
  it('lets a part of the queries through', async () => {
    const dns = await chain(`. {\n    ${query('allow random() < 0.5; refuse true')}\n    whoami\n}\n`, { modules })
    const seen = new Set<string>()
    for (let i = 0; i < 200; i++) seen.add((await dns.ask('www.example.org A')).rcode)
    await dns.stop()
    assert.deepEqual([...seen].sort(), ['NOERROR', 'REFUSED'])
  })
})

describe('mistakes in the Corefile', () => {
  const fault = (directives: string): Promise<string> => faults(`. {\n    ${directives}\n    whoami\n}\n`, { modules })
  const rows: [directives: string, message: string | RegExp][] = [
    ['firewall', /^Corefile:2:5: firewall: .*direction/],
    ['firewall {\n    }', /^Corefile:2:5: firewall: .*direction/],
    ['firewall reply {\n    }', /^Corefile:2:14: firewall: direction must be .*query.*response.*, got "reply"$/],
    ['firewall query response {\n    }', /^Corefile:2:20: firewall: takes at most 1 argument/],
    [query('allow'), 'Corefile:3:9: firewall: allow needs an expression after it, such as allow true'],
    [
      query('allow invalid expression for our / engine'),
      'Corefile:3:23: firewall: expression: expected an operator, got "expression", in "invalid expression for our / engine"',
    ],
    [
      query('untype'),
      'Corefile:3:9: firewall: untype needs the name of a policy engine after it; a rule begins with allow, refuse, block, drop, or with the name of a plugin that decides',
    ],
    [
      query("alow client_ip == '192.0.2.1'"),
      'Corefile:3:9: firewall: there is no policy engine "alow client_ip" in this block; a rule begins with allow, refuse, block, drop, or with the name of a plugin that decides',
    ],
    [query('drop [my/variable / 20'), 'Corefile:3:14: firewall: expression: ] is missing, in "[my/variable / 20"'],
    [query("allow name == 'org"), /^Corefile:3:23: firewall: expression: ' is missing, in /],
    [query('allow name == '), /^Corefile:3:22: firewall: expression: expected a value, it ends here/],
    [query('allow (true'), /^Corefile:3:20: .*expected a closing parenthesis, it ends here/],
    [query('allow true)'), /^Corefile:3:19: .*expected an operator, got "\)"/],
    [query('allow ()'), /^Corefile:3:16: .*expected a value, got "\)"/],
    [query('allow == 1'), /^Corefile:3:15: .*expected a value, got "=="/],
    [query("allow name = 'x'"), /^Corefile:3:20: .*a comparison is written ==/],
    [query('allow my.variable == 1'), /^Corefile:3:17: .*names with dots stand in brackets/],
    [query("allow name =~ '('"), /^Corefile:3:23: .*is no regular expression: /],
    [query("allow name =~ 'a' + '('"), /^Corefile:3:23: .*is no regular expression: /],
    [query('allow lower(name)'), /^Corefile:3:15: .*there is no function "lower"; there are atoi, incidr, random/],
    [query('allow incidr(client_ip)'), /^Corefile:3:15: .*incidr takes 2 arguments, got 1/],
    [query('allow random(1) > 0'), /^Corefile:3:15: .*random takes 0 arguments, got 1/],
    [query('allow $x'), /^Corefile:3:15: .*cannot be read/],
    [query('allow type IN'), /^Corefile:3:22: .*expected a value, it ends here/],
    [query(`allow ${'('.repeat(200)}1${')'.repeat(200)}`), /is nested too deeply/],
    [query(`allow ${'!'.repeat(9000)}true`), /is nested too deeply/],
    [query('opa mine'), /^Corefile:3:9: firewall: there is no policy engine "opa mine" in this block/],
    [query(`allow ${Array.from({ length: 1900 }, () => 'name').join('+')} != ''`), ''],
    [query(`allow ${Array.from({ length: 5000 }, () => 'name').join('+')} != ''`), /is longer than 10000 characters/],
  ]
  for (const [directives, message] of rows)
    it(directives.replace(/\s+/g, ' ').slice(0, 80), async () => {
      const found = await fault(directives)
      if (typeof message === 'string') assert.equal(found, message)
      else assert.match(found, message)
    })
})

describe('what is doubtful is told', () => {
  const rows: [directives: string, warning: string][] = [
    [
      query("allow clent_ip == '127.0.0.1'"),
      `Corefile:3:15: firewall: there is no variable or metadata label "clent_ip", so that it is always ''`,
    ],
    [
      query("allow name == 'a' && 1 + true"),
      'Corefile:3:15: firewall: the rule always fails: 1 and true cannot be added',
    ],
    [response('allow true'), 'Corefile:2:5: firewall: there is no firewall query, so that every query is blocked'],
  ]
  for (const [directives, warning] of rows)
    it(warning, async () => {
      const corefile = `. {\n    ${directives}\n    whoami\n}\n`
      const server = await createServer({ corefile, plugins: [...modules, ...allPlugins] })
      await server.close()
      assert.deepEqual(server.warnings, [warning])
    })
})

describe('what is no mistake', () => {
  for (const directives of [
    'firewall query {\n    }',
    query('allow true'),
    `${query('allow true')}\n    ${response('allow true')}`,
    query('allow true; drop 1; refuse 2+1; block false'),
    query('block 1 + 1; drop [my/variable] / 20'),
  ])
    it(directives.replace(/\s+/g, ' '), async () =>
      assert.equal(await faults(`. {\n    ${directives}\n    whoami\n}\n`, { modules }), ''),
    )
})
