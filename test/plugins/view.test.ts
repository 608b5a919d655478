import { describe, expect, test } from 'vitest'
import type { AskOptions } from './rig.ts'
import { faults, rig } from './rig.ts'

/** A block with a view, and one behind it for all that the view does not want. */
const corefile = (...expressions: string[]): string => `
. {
  view inside {
    ${expressions.map((expression) => `expr ${expression}`).join('\n    ')}
  }
  template ANY ANY {
    rcode NOERROR
  }
}
. {
  template ANY ANY {
    rcode NXDOMAIN
  }
}`

describe('a query is let in', () => {
  test.each<[string, boolean, string?, AskOptions?]>([
    ['true', true],
    ['false', false],
    ['1', false],
    ["'true'", false],
    ["incidr('nowhere', '10.0.0.0/8')", false],
    ["incidr('10.0.0.1', 'nowhere')", false],
    ["name() == 'www.example.org.'", true, 'WWW.example.org A'],
    ["type() == 'AAAA'", true, 'x AAAA'],
    ["type() in ['A', 'AAAA']", false, 'x MX'],
    ["type() == 'TYPE65280'", true, 'x TYPE65280'],
    ["class() == 'IN'", true],
    ["client_ip() == '192.0.2.7' and port() == '4711'", true],
    ["server_ip() == '127.0.0.1' and server_port() == '1053'", true],
    ["incidr(client_ip(), '192.0.2.0/24')", true],
    ["incidr(client_ip(), '198.51.100.0/24')", false],
    ["incidr(client_ip(), '2001:db8::/32')", true, 'x A', { peer: { address: '2001:db8::7' } }],
    ["incidr(client_ip(), '0.0.0.0/0')", false, 'x A', { peer: { address: '2001:db8::7' } }],
    ["proto() == 'udp'", true],
    ["proto() == 'tcp'", true, 'x A', { peer: { transport: 'tcp' } }],
    ["proto() == 'tcp'", true, 'x A', { peer: { transport: 'https' } }],
    ['id() == 29 && opcode() == 0', true],
    ['size() == 19', true, 'x A'],
    ['do()', false],
    ['do()', true, 'x A', { do: true }],
    ['bufsize() == 512', true],
    ['bufsize() == 1400', true, 'x A', { bufsize: 1400 }],
    ['bufsize() == 65535', true, 'x A', { peer: { transport: 'tcp' } }],
    ["name() matches '^abc\\\\..*\\\\.example\\\\.com\\\\.$'", true, 'abc.d.e.example.com A'],
    ["name() matches '^abc\\\\..*\\\\.example\\\\.com\\\\.$'", false, 'abcd.example.com A'],
    ["(type() == 'A' && name() == 'x.') || client_ip() == '1.2.3.4'", true, 'x A'],
    ["name() | split('.') | first() | len() > 8", true, 'averylongname.example A'],
    ['now().Year() > 2024', true],
    ['"any([\'192.0.2.0/24\'], incidr(client_ip(), #))"', true],
    ["metadata('view/name') == ''", true],
  ])('%s: %s', async (expression, isLetIn, question = 'x A', how = {}) => {
    const { answer } = await rig(corefile(expression))
    expect((await answer(question, how)).rcode).toBe(isLetIn ? 'NOERROR' : 'NXDOMAIN')
  })

  test('where all expressions are true', async () => {
    const { answer } = await rig(corefile("type() == 'A'", "name() startsWith 'www.'"))
    const rcodes = await Promise.all(['www.x A', 'www.x MX', 'x A'].map(async (q) => (await answer(q)).rcode))
    expect(rcodes).toEqual(['NOERROR', 'NXDOMAIN', 'NXDOMAIN'])
  })

  test('where there are none', async () => {
    const { answer } = await rig('. {\nview all\ntemplate ANY ANY {\nrcode NOERROR\n}\n}')
    expect((await answer('x A')).rcode).toBe('NOERROR')
  })
})

test('metadata has the view, where the block uses metadata', async () => {
  const source = corefile("metadata('view/name') == 'inside'").replace('view inside', 'metadata\n  view inside')
  const { answer } = await rig(source)
  expect((await answer('x A')).rcode).toBe('NOERROR')
})

test('a query that no view wants is refused', async () => {
  const { answer } = await rig('. {\nview none {\nexpr false\n}\ntemplate ANY ANY {\nrcode NOERROR\n}\n}')
  expect((await answer('x A')).rcode).toBe('REFUSED')
})

test.each([
  ['view', 'Corefile:2:1: view: name is missing (view NAME)'],
  ['view a b', 'Corefile:2:8: view: takes at most 1 argument (view NAME), got "b"'],
  ['view a {\nexpr\n}', 'Corefile:3:1: view: expr: expression is missing (expr EXPRESSION…)'],
  ['view a {\nfoo\n}', 'Corefile:3:1: view: unknown property, got "foo"'],
  ['view a\nview b', 'Corefile:3:1: view: may stand only once in a server block'],
  ['view a {\nexpr name() ==\n}', 'Corefile:3:15: view: expr: expression is wrong: unexpected end of expression'],
  [
    'view a {\nexpr nam()\n}',
    'Corefile:3:6: view: expr: expression is wrong: unknown name nam (did you mean "name"?), got "nam()"',
  ],
  ['view a {\nexpr do() == 1\n}', 'Corefile:3:11: view: expr: expression is wrong: invalid operation: =='],
  ["view a {\nexpr type('x')\n}", 'Corefile:3:6: view: expr: expression is wrong: too many arguments to call type'],
])('%j is wrong', async (lines, message) => {
  expect(await faults(`. {\n${lines}\nwhoami\n}`)).toContain(message)
})
