import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { definePlugin, Metadata } from 'coredge'
import { type AskOptions, chain } from 'coredge/testing'
import { plugin } from '../src/index.ts'

/** What a rule `allow EXPRESSION` does: it lets the query through, says nothing, or fails. */
async function verdict(expression: string, how: AskOptions = {}, question = 'Example.ORG HINFO'): Promise<string> {
  const dns = await chain(
    `. {\n    metadata\n    firewall query {\n        allow ${expression}\n    }\n    labels\n    stub\n}\n`,
    {
      modules: [plugin, labels],
      stub: (query) => query.reply(),
    },
  )
  try {
    const { rcode } = await dns.ask(question, how)
    if (rcode === 'SERVFAIL') assert.match(dns.log.join('\n'), /\[ERROR\] .*the rule at Corefile:4:9 cannot decide: /)
    return { NOERROR: 'true', NXDOMAIN: 'false', SERVFAIL: 'error' }[rcode] ?? rcode
  } finally {
    await dns.stop()
  }
}

/** Gives the labels that some rules ask for. */
const labels = definePlugin({
  name: 'labels',
  directive: { args: [] },
  setup(_uses, block) {
    block.provide(Metadata, { name: 'my/variable', value: () => 'value' })
    block.provide(Metadata, { name: 'client/group', value: () => '123' })
    return { name: 'labels' }
  },
})

function table(rows: Record<string, string>, how?: AskOptions): void {
  for (const [expression, expected] of Object.entries(rows))
    it(`${expression} is ${expected}`, async () => assert.equal(await verdict(expression, how), expected))
}

describe('values', () => {
  table({
    true: 'true',
    false: 'false',
    "'true'": 'true',
    "'TRue'": 'true',
    "'whatever'": 'false',
    "''": 'false',
    '3': 'true',
    '0': 'false',
    '1 + 1': 'true',
    '1 - 1': 'false',
    "('a', 'b')": 'error',
    "'a' * 2": 'error',
    '[my/variable] / 20': 'error',
    'true ? (1, 2) : 0': 'error',
    'false ? true': 'error',
    '0 / 0': 'error',
  })
})

describe('comparisons', () => {
  table({
    "type == 'HINFO'": 'true',
    "type == 'AAAA'": 'false',
    "type != 'AAAA'": 'true',
    "name == 'example.org.'": 'true',
    "name =~ 'org'": 'true',
    "name =~ '^org'": 'false',
    "name !~ 'org'": 'false',
    "name !~ 'com'": 'true',
    "name =~ 'ex(a|b)mple\\\\.org\\\\.$'": 'true',
    "name =~ '(a+)+$'": 'false',
    "'b' > 'a'": 'true',
    "'a' >= 'a'": 'true',
    "'B' < 'a'": 'true',
    "'a' <= 'B'": 'false',
    '2 > 10': 'false',
    '2 <= 2.0': 'true',
    "'2' > 1": 'error',
    "1 == '1'": 'false',
    "1 != '1'": 'true',
    'true == true': 'true',
    "(1, 'a') == (1, 'a')": 'true',
    "(1, 'a') == (1, 'b')": 'false',
    '5 =~ 5': 'error',
    "atoi('10') > atoi('9')": 'true',
    "'10' > '9'": 'false',
    '0x10 == 16': 'true',
    '1.5e1 == 15': 'true',
    '.5 == 0.5': 'true',
  })
})

describe('lists', () => {
  table({
    "type IN ('A', 'HINFO')": 'true',
    "type in ('A', 'HINFO')": 'true',
    "type IN ('A', 'AAAA')": 'false',
    "type IN ('HINFO')": 'true',
    "type IN ('A')": 'false',
    "type IN 'HINFO'": 'error',
    "type IN (('A', 'HINFO'))": 'true',
    "!(type IN ('A', 'AAAA'))": 'true',
    "atoi('2') IN (1, 2, 3)": 'true',
    "type IN ('A', 'HINFO') && name =~ 'org'": 'true',
  })
})

describe('logic', () => {
  table({
    'true && false': 'false',
    'true || false': 'true',
    'false || true && false': 'false',
    'true || true && false': 'true',
    '(true || true) && false': 'false',
    '!true': 'false',
    '!!true': 'true',
    '!false && true': 'true',
    "true || atoi('x') > 1": 'true',
    "false && atoi('x') > 1": 'false',
    "true && atoi('x') > 1": 'error',
    'true && 1': 'error',
    'name && true': 'error',
    '!name': 'error',
  })
})

describe('numbers', () => {
  table({
    '1 + 2 * 3 == 7': 'true',
    '(1 + 2) * 3 == 9': 'true',
    '10 - 4 - 3 == 3': 'true',
    '2 ** 3 == 8': 'true',
    '2 * 3 ** 2 == 18': 'true',
    '7 % 4 == 3': 'true',
    '-7 % 4 == -3': 'true',
    '8 / 4 / 2 == 1': 'true',
    '1 / 0 > 1000': 'true',
    '-1 < 0': 'true',
    '- -1 == 1': 'true',
    '2 - -1 == 3': 'true',
    '~0 == -1': 'true',
    '6 & 3 == 2': 'true',
    '6 | 1 == 7': 'true',
    '6 ^ 3 == 5': 'true',
    '1 << 4 == 16': 'true',
    '16 >> 2 == 4': 'true',
    '1 << 70 == 0': 'true',
    '1 + 1 << 2 == 8': 'true',
    "'a' + 'b' == 'ab'": 'true',
    "'a' + 1 == 'a1'": 'true',
    "1 + 'a' == '1a'": 'true',
    "'is ' + true == 'is true'": 'true',
    '1 + true': 'error',
    "'a' - 1": 'error',
    "-'a'": 'error',
    '~true': 'error',
    '1 / 0 & 1': 'error',
  })
})

describe('choices', () => {
  table({
    "type == 'HINFO' ? true : false": 'true',
    "type == 'A' ? true : false": 'false',
    'true ? false : true': 'false',
    '(true ? 1 : 2) == 1': 'true',
    "false ? 1 : true ? 'true' : 3": 'true',
    '(false ? 1) ?? true': 'true',
    "'' ?? true": 'false',
    '1 ? true : false': 'error',
    "true ? true : atoi('x')": 'true',
  })
})

describe('functions', () => {
  table({
    "atoi('12') == 12": 'true',
    "atoi('-12') == -12": 'true',
    "atoi('+12') == 12": 'true',
    "atoi('')": 'error',
    "atoi('12x')": 'error',
    "atoi('1.5')": 'error',
    "atoi('9223372036854775808')": 'error',
    'atoi(12)': 'error',
    'atoi([client/group]) > 100': 'true',
    'random() < 1': 'true',
    'random() >= 0': 'true',
    'random() < 0': 'false',
    "incidr('192.0.2.7', '192.0.2.0/24')": 'true',
    "incidr('192.0.3.7', '192.0.2.0/24')": 'false',
    "incidr('2001:db8::1', '2001:db8::/32')": 'true',
    "incidr('[2001:db8::1]', '2001:db8::/32')": 'true',
    "incidr('192.0.2.7', '2001:db8::/32')": 'false',
    "incidr('nobody', '192.0.2.0/24')": 'error',
    "incidr('192.0.2.7', '192.0.2.0')": 'error',
    "incidr(client_ip, '192.0.2.0/24')": 'true',
    'incidr(1, 2)': 'error',
  })
})

describe('what is known of a query', () => {
  table(
    {
      "client_ip == '192.0.2.7'": 'true',
      "remote == '192.0.2.7'": 'true',
      "port == '4711'": 'true',
      "server_ip == '127.0.0.1'": 'true',
      "server_port == '1053'": 'true',
      "proto == 'udp'": 'true',
      "class == 'IN'": 'true',
      "size == '29'": 'true',
      "[>id] == '77'": 'true',
      "[>opcode] == '0'": 'true',
      "[>do] == 'false'": 'true',
      "[>bufsize] == '512'": 'true',
      "rcode == ''": 'true',
      "rsize == ''": 'true',
      "[>rflags] == ''": 'true',
      "response_ip == ''": 'true',
      "[my/variable] == 'value'": 'true',
      "[no/variable] == ''": 'true',
      "nothing == ''": 'true',
      '[name] == name': 'true',
    },
    { id: 77 },
  )
})

describe('the same with EDNS, over TCP and IPv6', () => {
  const peer = { transport: 'tcp', address: '2001:db8::7', localAddress: '::1' } as const
  table(
    {
      "client_ip == '[2001:db8::7]'": 'true',
      "server_ip == '[::1]'": 'true',
      "incidr(client_ip, '2001:db8::/32')": 'true',
      "incidr(client_ip, '192.0.2.0/24')": 'false',
      "incidr(server_ip, '::1/128')": 'true',
      "proto == 'tcp'": 'true',
      "[>do] == 'true'": 'true',
      "[>bufsize] == '65535'": 'true',
    },
    { do: true, bufsize: 4096, peer },
  )
  it('and over UDP', async () => assert.equal(await verdict("[>bufsize] == '4096'", { bufsize: 4096 }), 'true'))
})

describe('patterns take time in proportion to the name', () => {
  it('whatever the name', async () => {
    const name = `${'a'.repeat(60)}.${'a'.repeat(60)}.${'a'.repeat(60)}.example`
    const began = performance.now()
    assert.equal(await verdict("name =~ '^((a+)+\\\\.?)+$'", {}, `${name} A`), 'false')
    assert.ok(performance.now() - began < 5000)
  })
})
