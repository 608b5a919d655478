import { describe, expect, test } from 'vitest'
import { RCODE } from '../../src/dns/constants.ts'
import { nameText } from '../../src/dns/name.ts'
import { parseRecord } from '../../src/dns/presentation.ts'
import { className, typeName } from '../../src/dns/rdata/registry.ts'
import { questionOf } from '../../src/plugins/forward/answer.ts'
import type { Query } from '../../src/query.ts'
import { DROPPED, type Reply } from '../../src/reply.ts'
import type { Question } from '../../src/upstream/question.ts'
import { type AskOptions, faults, rig } from './rig.ts'

/** Rules, one a line, in front of a chain that answers with `records`, and tells in `asked` what came through. */
async function ask(
  rules: string,
  question: string,
  records: readonly string[] | ((query: Query) => readonly string[]) = [],
  how: AskOptions = {},
) {
  const asked: string[] = []
  const options: string[] = []
  const stub = (query: Query): Reply => {
    asked.push(`${nameText(query.name)} ${typeName(query.type)} ${className(query.class)}`)
    options.push(...(query.edns?.options ?? []).map(({ code, data }) => `${code}=${hex(data)}`))
    const texts = typeof records === 'function' ? records(query) : records
    if (texts[0] === 'drop') return DROPPED
    const rcode = RCODE[texts[0] as keyof typeof RCODE] as number | undefined
    const sets = (rcode === undefined ? texts : texts.slice(1)).map((text) => parseRecord(text))
    const isDenial = sets.some(({ type }) => type === 6)
    return query.reply({ rcode: rcode ?? 0, ad: true, [isDenial ? 'authority' : 'answer']: sets })
  }
  const lines = rules
    .split('\n')
    .map((rule) => (rule.startsWith('metadata') || rule.startsWith('view') ? rule : `rewrite ${rule}`))
  const { ask, runtime } = await rig(`. {\n${lines.join('\n')}\nstub\n}`, { stub })
  const reply = await ask(question, how)
  const text = reply ? [reply.rcode, ...reply.answer, ...reply.authority].join('\n') : 'drop'
  return { asked: asked.join('; '), options: options.join(' '), text, reply, log: runtime.logged.join('\n') }
}

const hex = (data: Uint8Array): string => Array.from(data, (octet) => octet.toString(16).padStart(2, '0')).join('')

describe('what is asked for in place of a name', () => {
  test.each([
    ['name a.org b.org', 'a.org', 'b.org.'],
    ['name a.org b.org', 'A.ORG', 'b.org.'],
    ['name a.org b.org', 'x.a.org', 'x.a.org.'],
    ['NAME EXACT A.org B.org', 'a.org', 'b.org.'],
    ['name prefix foo bar', 'foo.example', 'bar.example.'],
    ['name prefix foo bar', 'foo2.example', 'foo2.example.'],
    ['name prefix foo. bar.', 'foo.example', 'bar.example.'],
    ['name suffix com org', 'foo.example.com', 'foo.example.org.'],
    ['name suffix .com .org', 'foo.example.com', 'foo.example.org.'],
    ['name suffix com org', 'com.example', 'com.example.'],
    ['name suffix .in.rocks nginx.rocks', 'core.in.rocks', 'corenginx.rocks.'],
    // Rules look at text, where an escaped dot is one.
    ['name suffix .in.rocks .rocks', 'a\\.in.rocks', 'a\\.rocks.'],
    ['name suffix .in.rocks .rocks', 'a\\003in.rocks', 'a\\003in.rocks.'],
    ['name suffix .in.rocks .rocks', 'A.\\200.IN.Rocks', 'a.\\200.rocks.'],
    ['name \\065.org b.org', 'a.org', 'a.org.'],
    ['name substring b.c x', 'a.b.cc.d', 'a.b.cc.d.'],
    ['name substring b.c. x.', 'a.b.c.d', 'a.x.d.'],
    ['name substring a. b.', 'a.a.c', 'b.b.c.'],
    ['name regex (.*)-(eu)\\.example\\.org {1}.{2}.net', 'ftp-eu.example.org', 'ftp.eu.net.'],
    ['name regex (f.*m)\\.x\\.(nl) to.{2}', 'from.x.nl', 'to.nl.'],
    ['name regex x {0}org', 'x', 'xorg.'],
    ['name regex (.*)\\.test\\.$ {1}.', 'a.b.test', 'a.b.'],
    ['name regex ^nope$ x', 'a.org', 'a.org.'],
    ['name a\\.b.org c.org', 'a\\.b.org', 'c.org.'],
    ['stop name a b\nname b c', 'a', 'b.'],
    ['continue name a b\nname b c', 'a', 'c.'],
    ['continue name x b\ncontinue name a b\nname b c\nname c d', 'a', 'c.'],
  ])('%j: %s', async (rules, name, asked) => {
    expect((await ask(rules, `${name} A`)).asked).toBe(`${asked} A IN`)
  })

  test.each([
    ['rewrite {\nname regex (.*)\\.x\n{1}.y\n}', 'a.y.'],
    ['rewrite continue {\nname a.x\nb.x\n}\nrewrite name b.x c.x', 'c.x.'],
    ['rewrite stop name {\na.x b.x\n}', 'b.x.'],
  ])('%j may stand in braces', async (rules, name) => {
    const asked: string[] = []
    const stub = (query: Query): Reply => {
      asked.push(nameText(query.name))
      return query.reply()
    }
    const { answer } = await rig(`. {\n${rules}\nstub\n}`, { stub })
    await answer('a.x A')
    expect(asked).toEqual([name])
  })

  test('must be a name', async () => {
    const { text, asked, log } = await ask('name regex (.*)\\.x\\. {1}..y.', 'a.x A')
    expect([text, asked]).toEqual(['SERVFAIL', ''])
    expect(log).toContain('empty label in name "a..y."')
    const long = await ask(
      `name prefix a ${'b'.repeat(60)}.bbb`,
      `a.${'c'.repeat(63)}.${'d'.repeat(63)}.${'e'.repeat(63)} A`,
    )
    expect(long.text).toBe('SERVFAIL')
  })

  test.each([
    ['type any hinfo', 'a ANY', 'a. HINFO IN'],
    ['type A AAAA', 'a MX', 'a. MX IN'],
    ['type TYPE65280 A', 'a TYPE65280', 'a. A IN'],
    ['class IN CH', 'a A', 'a. A CH'],
    ['class ch IN', 'a A CH', 'a. A IN'],
    ['continue type A AAAA\ncontinue class IN HS\nname a b', 'a A', 'b. AAAA HS'],
  ])('%j: %s', async (rules, question, asked) => {
    const found = await ask(rules, question)
    expect(found.asked).toBe(asked)
    const { name, type, class: rclass } = found.reply!.message.question!
    expect(`${nameText(name)} ${typeName(type)} ${className(rclass)}`).toBe(
      question.split(' ').length === 3 ? `${question.replace(' ', '. ')}` : `${question.replace(' ', '. ')} IN`,
    )
  })
})

describe('what becomes of the answer', () => {
  const SRV = 'my.b.org. 5 SRV 0 1 2 srv.b.org.'

  test.each<[string, string, readonly string[], readonly string[]]>([
    ['name a.org b.org', 'a.org', ['b.org. 5 A 192.0.2.1'], ['a.org. 5 IN A 192.0.2.1']],
    ['name a.org b.org', 'a.org', ['B.Org. 5 A 192.0.2.1'], ['a.org. 5 IN A 192.0.2.1']],
    ['name a.org b.org', 'a.org', ['x.b.org. 5 MX 1 y.b.org.'], ['x.a.org. 5 IN MX 1 y.a.org.']],
    ['name a.org b.org', 'a.org', ['xb.org. 5 A 192.0.2.1'], ['xb.org. 5 IN A 192.0.2.1']],
    ['name prefix a b', 'a.org', ['b.org. 5 A 192.0.2.1'], ['b.org. 5 IN A 192.0.2.1']],
    ['name prefix a b answer auto', 'a.org', ['b.org. 5 A 192.0.2.1'], ['a.org. 5 IN A 192.0.2.1']],
    ['name suffix a.org b.org', 'my.a.org', [SRV], ['my.b.org. 5 IN SRV 0 1 2 srv.b.org.']],
    ['name suffix .a.org .b.org answer auto', 'my.a.org', [SRV], ['my.a.org. 5 IN SRV 0 1 2 srv.a.org.']],
    ['name suffix .in nginx answer auto', 'core.in', ['corenginx. 5 A 192.0.2.1'], ['core.in. 5 IN A 192.0.2.1']],
    ['name substring a. b. answer auto', 'a.org', ['b.org. 5 A 192.0.2.1'], ['a.org. 5 IN A 192.0.2.1']],
    ['name regex (.*)\\.a {1}.b answer auto', 'x.a', ['x.b. 5 A 192.0.2.1'], ['x.a. 5 IN A 192.0.2.1']],
    [
      'name regex (.*)\\.a {1}.b answer name (.*)\\.b {1}.c',
      'x.a',
      ['x.b. 5 CNAME y.b.', 'y.b. 5 A 192.0.2.1'],
      ['x.c. 5 IN CNAME y.b.', 'y.c. 5 IN A 192.0.2.1'],
    ],
    ['name regex (.*)\\.a {1}.b answer value (.*)\\.b {1}.c', 'x.a', ['x.b. 5 CNAME y.b.'], ['x.b. 5 IN CNAME y.c.']],
    [
      'name regex (.*)\\.a {1}.b answer name (.*)\\.b {1}.c value (.*)\\.b {1}.d',
      'x.a',
      ['x.b. 5 CNAME y.b.'],
      ['x.c. 5 IN CNAME y.d.'],
    ],
    ['name suffix .a .b answer auto value y\\.(.*)\\. z.{1}', 'x.a', ['x.b. 5 CNAME y.b.'], ['x.a. 5 IN CNAME z.a.']],
    ['name regex (.*)\\.a {1}.b answer name .* bad..name', 'x.a', ['x.b. 5 A 192.0.2.1'], ['x.b. 5 IN A 192.0.2.1']],
    // Two rules: the second is undone first.
    [
      'continue name suffix .uk .us answer auto\nname suffix .us .local answer auto',
      'x.uk',
      ['x.local. 5 A 192.0.2.1'],
      ['x.uk. 5 IN A 192.0.2.1'],
    ],
    ['continue name a b\nname b c', 'a', ['c. 5 A 192.0.2.1'], ['a. 5 IN A 192.0.2.1']],
  ])('%j', async (rules, name, records, answer) => {
    const { text } = await ask(rules, `${name} A`, records)
    expect(text).toBe(['NOERROR', ...answer].join('\n'))
  })

  test.each([
    ['x.b. 5 CNAME y.b.', 'CNAME y.c.'],
    ['x.b. 5 DNAME y.b.', 'DNAME y.c.'],
    ['x.b. 5 NS y.b.', 'NS y.c.'],
    ['x.b. 5 PTR y.b.', 'PTR y.c.'],
    ['x.b. 5 MX 7 y.b.', 'MX 7 y.c.'],
    ['x.b. 5 SRV 1 2 3 y.b.', 'SRV 1 2 3 y.c.'],
    ['x.b. 5 SOA y.b. z.b. 1 2 3 4 5', 'SOA y.c. z.b. 1 2 3 4 5'],
    ['x.b. 5 NAPTR 1 2 "s" "sip" "!^.*$!x!" y.b.', 'NAPTR 1 2 "s" "sip" "!^.*$!x!" y.c.'],
    ['x.b. 5 TXT y.b.', 'TXT "y.b."'],
    ['x.b. 5 RP y.b. z.b.', 'RP y.b. z.b.'],
  ])('answer value: %s', async (record, data) => {
    const { text } = await ask('name regex (.*)\\.a {1}.b answer value (.*)\\.b {1}.c', 'x.a ANY', [record])
    expect(text).toBe(`NOERROR\nx.b. 5 IN ${data}`)
  })

  test('a name that is too long to be put back stays', async () => {
    const short = 'b'
    const long = `${'a'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}`
    const below = `${'x'.repeat(63)}.${'y'.repeat(20)}.b. 5 A 192.0.2.1`
    const { text } = await ask(`name ${long} ${short}`, `${long} A`, [below])
    expect(text).toContain('y.b. 5 IN A')
  })

  test('the AD bit goes with what it stood for', async () => {
    const rules = 'name a b'
    expect((await ask(rules, 'a A', ['b. 5 A 192.0.2.1'], { ad: true })).reply!.flags).toBe('rd')
    expect((await ask(rules, 'c A', ['c. 5 A 192.0.2.1'], { ad: true })).reply!.flags).toBe('rd ad')
    expect((await ask(rules, 'a A', ['x. 5 A 192.0.2.1'], { ad: true })).reply!.flags).toBe('rd ad')
  })

  test('nothing, where there is none', async () => {
    expect(
      (await ask('continue name a b\ncontinue ttl b 5\ncontinue rcode b 0 1\nedns0 local set 1 x', 'a A', ['drop']))
        .text,
    ).toBe('drop')
  })
})

describe('ttl', () => {
  test.each([
    ['ttl a.org 7', 'a.org', 5, 7],
    ['ttl exact a.org 7', 'x.a.org', 5, 5],
    ['ttl prefix a 7', 'a.org', 5, 7],
    ['ttl suffix org 7', 'a.org', 5, 7],
    ['ttl substring a.o 7', 'a.org', 5, 5],
    ['ttl substring rv50 7', 'srv50.org', 5, 7],
    ['ttl regex ^a 7', 'a.org', 5, 7],
    ['ttl a.org 30-300', 'a.org', 5, 30],
    ['ttl a.org 30-300', 'a.org', 100, 100],
    ['ttl a.org 30-300', 'a.org', 1000, 300],
    ['ttl a.org -11', 'a.org', 15, 11],
    ['ttl a.org 5-', 'a.org', 0, 5],
    ['continue name a.org b.org\nttl b.org 9', 'a.org', 5, 9],
  ])('%j: %s %d becomes %d', async (rules, name, before, after) => {
    const { text } = await ask(rules, `${name} A`, (query) => [`${nameText(query.name)} ${before} A 192.0.2.1`])
    expect(text).toBe(`NOERROR\n${name}. ${after} IN A 192.0.2.1`)
  })

  test('holds for all sections', async () => {
    const { text } = await ask('ttl regex .* 7', 'a A', ['NXDOMAIN', '. 100 SOA a. b. 1 2 3 4 5'])
    expect(text).toBe('NXDOMAIN\n. 7 IN SOA a. b. 1 2 3 4 5')
  })
})

test.each([
  ['rcode a.org SERVFAIL NOERROR', 'SERVFAIL', 'NOERROR'],
  ['rcode a.org 2 0', 'SERVFAIL', 'NOERROR'],
  ['rcode a.org 2 0', 'REFUSED', 'REFUSED'],
  ['rcode exact b.org 2 0', 'SERVFAIL', 'SERVFAIL'],
  ['rcode regex (.*)\\.org refused nxdomain', 'REFUSED', 'NXDOMAIN'],
  ['continue rcode suffix org FORMERR NOERROR\nrcode a.org 0 5', 'FORMERR', 'NOERROR'],
])('%j: %s becomes %s', async (rules, before, after) => {
  expect((await ask(rules, 'a.org A', [before])).text).toBe(after)
})

describe('cname', () => {
  const world: { readonly [name: string]: readonly string[] } = {
    'abc.': ['abc. 5 CNAME def.', 'def. 5 A 192.0.2.1'],
    'xyz.': ['xyz. 60 A 192.0.2.2'],
    'app.': ['app. 9 CNAME my.example.', 'my.example. 8 CNAME app.CDN.net.', 'app.CDN.net. 7 A 192.0.2.3'],
    'app.other.com.': ['app.other.com. 6 A 192.0.2.4'],
    'none.': ['NXDOMAIN', '. 100 SOA a. b. 1 2 3 4 5'],
    'xyf.': ['xyf. 60 A 192.0.2.5'],
  }
  const records = (query: Query): readonly string[] => world[nameText(query.name)] ?? ['REFUSED']

  test.each([
    ['cname def xyz', 'abc', 'NOERROR\nabc. 5 IN CNAME xyz.\nxyz. 60 IN A 192.0.2.2'],
    ['cname exact def none', 'abc', 'NXDOMAIN\nabc. 5 IN CNAME none.\n. 100 IN SOA a. b. 1 2 3 4 5'],
    ['cname exact ghi xyz', 'abc', 'NOERROR\nabc. 5 IN CNAME def.\ndef. 5 IN A 192.0.2.1'],
    [
      'cname suffix .cdn.net. .other.com.',
      'app',
      'NOERROR\napp. 9 IN CNAME my.example.\nmy.example. 8 IN CNAME app.other.com.\napp.other.com. 6 IN A 192.0.2.4',
    ],
    [
      'cname regex (.*)\\.CDN\\.net\\. {1}.other.com.',
      'app',
      'NOERROR\napp. 9 IN CNAME my.example.\nmy.example. 8 IN CNAME app.other.com.\napp.other.com. 6 IN A 192.0.2.4',
    ],
    ['cname prefix def xyz', 'xyz', 'NOERROR\nxyz. 60 IN A 192.0.2.2'],
    [
      'continue cname def ghi\ncname ghi xyz',
      'abc',
      'NOERROR\nabc. 5 IN CNAME ghi.\nREFUSED'.replace('NOERROR', 'REFUSED').replace('\nREFUSED', ''),
    ],
    ['cname prefix DE xy', 'abc', 'NOERROR\nabc. 5 IN CNAME xyf.\nxyf. 60 IN A 192.0.2.5'],
    ['cname substring e y', 'abc', 'REFUSED\nabc. 5 IN CNAME dyf.'],
    ['cname substring def. xyz.', 'abc', 'NOERROR\nabc. 5 IN CNAME xyz.\nxyz. 60 IN A 192.0.2.2'],
  ])('%j: %s', async (rules, name, text) => {
    expect((await ask(rules, `${name} A`, records)).text).toBe(text)
  })

  test('that leads in a circle comes to an end', async () => {
    const { asked } = await ask('cname regex (.*) {1}', 'abc A', ['abc. 5 CNAME abc.'])
    expect(asked.split('; ').length).toBeLessThan(40)
  })
})

describe('edns0', () => {
  const sent = (code: number, text: string) => ({ code, data: new TextEncoder().encode(text) })
  const V6: AskOptions = { peer: { address: '2001:db8:1:2:3::4', localAddress: '::1' } }

  test.each<[string, AskOptions, string]>([
    ['edns0 local set 0xffee abc', {}, '65518=616263'],
    ['edns0 local set 65518 0x0Aff', {}, '65518=0aff'],
    ['edns0 local set 0xffee abc', { options: [sent(0xffee, 'x')] }, '65518=616263'],
    ['edns0 local append 0xffee abc', { options: [sent(0xffee, 'x')] }, '65518=78'],
    ['edns0 local append 0xffee abc', { options: [sent(1, 'y')] }, '1=79 65518=616263'],
    ['edns0 local replace 0xffee abc', { options: [sent(0xffee, 'x')] }, '65518=616263'],
    ['edns0 local replace 0xffee abc', {}, ''],
    ['edns0 local unset 0xffee', { options: [sent(0xffee, 'x'), sent(1, 'y'), sent(0xffee, 'z')] }, '1=79'],
    ['edns0 local set 1 {qname}', {}, '1=612e'],
    ['edns0 local set 1 {qtype}', {}, '1=0001'],
    ['edns0 local set 1 {client_ip}', {}, '1=c0000207'],
    ['edns0 local set 1 {client_ip}', V6, '1=20010db8000100020003000000000004'],
    ['edns0 local set 1 {client_port}', {}, '1=1267'],
    ['edns0 local set 1 {server_ip}', {}, '1=7f000001'],
    ['edns0 local set 1 {server_ip}', V6, '1=00000000000000000000000000000001'],
    ['edns0 local set 1 {server_port}', {}, '1=041d'],
    ['edns0 local set 1 {protocol}', {}, '1=756470'],
    ['edns0 local set 1 {protocol}', { peer: { transport: 'https' } }, '1=746370'],
    ['edns0 local set 1 {view/name}', {}, ''],
    ['metadata\nview me {\n}\nedns0 local set 1 {view/name}', {}, '1=6d65'],
    ['metadata\nedns0 local set 1 {no/such}', {}, ''],
    ['edns0 nsid set', {}, '3='],
    ['edns0 nsid replace', { options: [sent(3, 'x')] }, '3='],
    ['edns0 nsid append', { options: [sent(3, 'x')] }, '3=78'],
    ['edns0 nsid unset', { options: [sent(3, '')] }, ''],
    ['edns0 subnet set 24 56', {}, '8=00011800c00002'],
    ['edns0 subnet set 24 56', V6, '8=0002380020010db8000100'],
    ['edns0 subnet set 0 128', {}, '8=00010000'],
    ['edns0 subnet set 25 57', {}, '8=00011900c0000200'],
    ['edns0 subnet replace 24 56', { options: [sent(8, 'x')] }, '8=00011800c00002'],
    ['edns0 subnet append 24 56', { options: [sent(8, 'x')] }, '8=78'],
    ['edns0 subnet unset', { options: [sent(8, 'x')] }, ''],
    ['continue edns0 local set 1 a\nedns0 local set 2 b', {}, '1=61 2=62'],
  ])('%j with %o: %j', async (rules, how, options) => {
    const text = rules.replace('view me {\n}', 'view me')
    expect((await ask(text, 'a A', [], how)).options).toBe(options)
  })

  test('upstreams get what the rules have set, and nothing else of the client', async () => {
    const questions: Question[] = []
    const stub = (query: Query): Reply => {
      questions.push(questionOf(query, [9]))
      return query.reply()
    }
    const rules =
      'rewrite continue edns0 local set 5 a\nrewrite continue edns0 subnet set 24 56\nrewrite edns0 local replace 6 b'
    const { answer } = await rig(`. {\n${rules}\nstub\n}`, { stub })
    await answer('a A', { options: [sent(1, 'x'), sent(9, 'y'), sent(5, 'z')] })
    expect(questions[0].options.map(({ code }) => code)).toEqual([9, 5, 8])
  })

  /** The options of the reply, `-` where there is no OPT record. */
  test.each<[string, AskOptions, string]>([
    ['edns0 local set 0xffee abcd', {}, '65518=61626364'],
    ['edns0 local set 0xffee abcd', { bufsize: 1232 }, '65518=61626364'],
    ['edns0 local set 0xffee abcd revert', {}, '-'],
    ['edns0 local set 0xffee abcd revert', { bufsize: 1232 }, ''],
    ['edns0 local set 0xffee abcd revert', { options: [sent(0xffee, 'x')] }, '65518=78'],
    ['continue edns0 local set 0xffee ab\nedns0 local replace 0xffee cd revert', {}, '65518=6162'],
    ['continue edns0 local set 0xffee ab\nedns0 local replace 0xffee cd', {}, '65518=6364'],
    ['edns0 local replace 0xffee ab', {}, '-'],
    ['edns0 nsid set', { bufsize: 1232 }, ''],
    ['edns0 subnet set 24 56', { bufsize: 1232 }, ''],
  ])('%j: the client with %o gets %j', async (rules, how, options) => {
    const { reply } = await ask(rules, 'a A', [], how)
    const { edns } = reply!.message
    expect(edns ? edns.options.map(({ code, data }) => `${code}=${hex(data)}`).join(' ') : '-').toBe(options)
  })
})

describe('mistakes in the Corefile', () => {
  test.each([
    ['rewrite', 'Corefile:2:1: rewrite: field is missing'],
    ['rewrite stop', 'Corefile:2:1: rewrite: field is missing'],
    [
      'rewrite nam a b',
      'Corefile:2:9: rewrite: field must be one of name, type, class, ttl, rcode, cname, edns0 (did you mean "name"?), got "nam"',
    ],
    ['rewrite answer name a b', 'rewrite: answer must follow a name rule, got "answer"'],
    ['rewrite name a', 'Corefile:2:14: rewrite: match must be exact, prefix, suffix, substring or regex, got "a"'],
    ['rewrite name a b c', 'rewrite: match must be exact, prefix, suffix, substring or regex, got "a"'],
    ['rewrite name regex ([a b', 'Corefile:2:20: rewrite: from is no regular expression: missing closing ]'],
    ['rewrite name regex (.*) {2}', 'Corefile:2:25: rewrite: to has {2}, but the pattern only 1 groups, got "{2}"'],
    ['rewrite name suffix a b answer', 'rewrite: answer is missing'],
    ['rewrite name suffix a b answer other', 'rewrite: answer must be auto, name or value, got "other"'],
    ['rewrite name suffix a b noanswer auto', 'rewrite: options must begin with answer, got "noanswer"'],
    ['rewrite name suffix a b answer name a', 'rewrite: to is missing'],
    ['rewrite name suffix a b answer name (.*) {2}', 'rewrite: to has {2}, but the pattern only 1 groups'],
    ['rewrite name suffix a b answer auto name a b', 'rewrite: answer auto and answer name cannot be had together'],
    ['rewrite {\nname regex foo bar\nanswer name bar foo\nname baz\n}', 'rewrite: to is missing'],
    ['rewrite type a', 'rewrite: to is missing'],
    ['rewrite type a b c', 'Corefile:2:16: rewrite: to must be a record type'],
    ['rewrite type a mx c', 'Corefile:2:19: rewrite: rule ends before, got "c"'],
    ['rewrite class IN XX', 'rewrite: to must be a class'],
    ['rewrite ttl a', 'got "a"'],
    ['rewrite ttl a x', 'rewrite: ttl must be a whole number, got "x"'],
    ['rewrite ttl a 99999999999', 'rewrite: ttl must be at most 2147483647'],
    ['rewrite ttl a -', 'rewrite: ttl must be seconds or a range such as 30-300, got "-"'],
    ['rewrite ttl a 2-1', 'rewrite: ttl must not end before it begins, got "2-1"'],
    ['rewrite ttl a 1-2-3', 'rewrite: ttl must be seconds or a range such as 30-300'],
    ['rewrite rcode a 2', 'rewrite: match must be'],
    ['rewrite rcode a 24 0', 'rewrite: from must be at most 23, got "24"'],
    ['rewrite rcode a NOPE 0', 'rewrite: from must be a response code, got "NOPE"'],
    ['rewrite cname a', 'rewrite: match must be'],
    ['rewrite cname nope a b', 'rewrite: match must be'],
    ['rewrite edns0', 'rewrite: option is missing'],
    ['rewrite edns0 other set', 'rewrite: option must be local, nsid or subnet, got "other"'],
    ['rewrite edns0 local foo 1 a', 'rewrite: action must be set, append, replace or unset, got "foo"'],
    ['rewrite edns0 local set x a', 'rewrite: code must be a number up to 65535, got "x"'],
    ['rewrite edns0 local set 0xffee', 'rewrite: data is missing'],
    ['rewrite edns0 local set 1 0xabc', 'rewrite: data must be pairs of hexadecimal digits, got "0xabc"'],
    ['rewrite edns0 local set 1 {dummy}', 'rewrite: data has no such variable; there are qname,'],
    ['rewrite edns0 local unset 1 revert', 'rewrite: rule ends before, got "revert"'],
    ['rewrite edns0 nsid set junk', 'rewrite: rule ends before, got "junk"'],
    ['rewrite edns0 subnet set 33 56', 'rewrite: IPv4 prefix must be a number up to 32, got "33"'],
    ['rewrite edns0 subnet set 24 129', 'rewrite: IPv6 prefix must be a number up to 128, got "129"'],
  ])('%j', async (rule, message) => {
    expect(await faults(`. {\n${rule}\nwhoami\n}`)).toContain(message)
  })
})
