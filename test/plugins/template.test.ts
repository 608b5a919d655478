import { describe, expect, test } from 'vitest'
import { RCODE } from '../../src/dns/constants.ts'
import type { Query } from '../../src/query.ts'
import type { Reply } from '../../src/reply.ts'
import { type AskOptions, faults, rig } from './rig.ts'

const refuse = { stub: (query: Query): Reply => query.reply({ rcode: RCODE.REFUSED }) }

/** `IN A example | match x | answer y` as the directive with its properties. */
function template(text: string): string {
  const [head, ...properties] = text.split(' | ')
  return `template ${head} {\n${properties.join('\n')}\n}\n`
}

const corefile = (...templates: string[]): string => `. {\n${templates.map(template).join('')}stub\n}`

/** The rcode, then the records of all sections. */
async function ask(templates: readonly string[], question: string, how: AskOptions = {}): Promise<string> {
  const { answer } = await rig(corefile(...templates), refuse)
  const reply = await answer(question, how)
  return [reply.rcode, ...reply.answer, ...reply.authority, ...reply.additional].join('\n')
}

describe('the records of one template', () => {
  test.each([
    ['IN A | answer "a.example. 60 IN A 192.0.2.1"', 'a.example. 60 IN A 192.0.2.1'],
    ['IN A | answer "{{ .Name }} 60 IN A 192.0.2.1"', 'a.b.example. 60 IN A 192.0.2.1'],
    ['IN A | answer "{{.Name}} A 192.0.2.1"', 'a.b.example. 3600 IN A 192.0.2.1'],
    ['IN A | answer "{{ .Name }} 60 IN A {{ .Remote }}"', 'a.b.example. 60 IN A 192.0.2.7'],
    ['IN A | answer "{{ .Name }} 60 {{ .Class }} {{ .Type }} 192.0.2.1"', 'a.b.example. 60 IN A 192.0.2.1'],
    [
      'ANY ANY b.example example | answer "{{ .Zone }} 60 TXT \\"{{ .Question.Name }} {{ .Question.Qtype }}\\""',
      'b.example. 60 IN TXT "a.b.example. 1"',
    ],
    [
      'IN A | match (\\w+)[.](?P<l>\\w+) | answer "{{ .Group.l }}.{{ index .Match 1 }}.{{ index .Group \\"2\\" }}. 60 A 192.0.2.1"',
      'b.a.b. 60 IN A 192.0.2.1',
    ],
    [
      'IN A | match nothing [.]b[.] | answer "x{{ index .Match 0 }} 60 TXT \\"{{ .Regex }}\\""',
      'x.b. 60 IN TXT "[.]b[.]"',
    ],
    [
      'IN A | answer ". 60 TXT \\"{{ .Message.Id }} {{ .Message.RecursionDesired }} {{ len .Message.Extra }}\\""',
      '. 60 IN TXT "29 true 0"',
    ],
    [
      'IN A | var n 2 + 3 | var s name() + \'x\' | answer "{{ .Var.s }} {{ .Var.n }} A 192.0.2.1"',
      'a.b.example.x. 5 IN A 192.0.2.1',
    ],
    [
      "IN A | match zz (?P<h>^.) | var g group('h') + group(1) + group('none') + group(7) | answer \"{{ .Var.g }} 60 A 192.0.2.1\"",
      'aa. 60 IN A 192.0.2.1',
    ],
    [
      "IN A | expr type() == 'A' && client_ip() == '192.0.2.7' && proto() == 'udp' && port() == '4711' | expr id() == 29 | answer \"{{ .Name }} 60 A 192.0.2.1\"",
      'a.b.example. 60 IN A 192.0.2.1',
    ],
    [
      'IN A | answer "{{ .Name }} 60 A 192.0.2.1" "{{ .Name }} 60 A 192.0.2.2" | authority "example. 60 NS ns.example." | additional "ns.example. 60 AAAA 2001:db8::1"',
      'a.b.example. 60 IN A 192.0.2.1\na.b.example. 60 IN A 192.0.2.2\nexample. 60 IN NS ns.example.\nns.example. 60 IN AAAA 2001:db8::1',
    ],
    [
      'IN A | match (?P<n>^a) | answer "{{ if eq .Group.n \\"a\\" }}{{ .Name }} 60 A 192.0.2.1{{ end }}"',
      'a.b.example. 60 IN A 192.0.2.1',
    ],
    ['IN A | answer "{{ $x := slice .Name 0 1 }}{{ $x }}. 60 A 192.0.2.1"', 'a. 60 IN A 192.0.2.1'],
    [
      'IN A | match ^(..) | answer "{{ .Name }} 60 A {{ parseInt \\"7f\\" 16 8 }}.0.0.1"',
      'a.b.example. 60 IN A 127.0.0.1',
    ],
    ['IN A', ''],
  ])('%s', async (text, records) => {
    expect(await ask([text], 'a.b.example A')).toBe(['NOERROR', records].filter(Boolean).join('\n'))
  })

  test('a set has all its records', async () => {
    const { answer } = await rig(corefile('IN A | answer "{{ .Name }} A 192.0.2.1" "{{ .Name }} A 192.0.2.2"'), refuse)
    const { message } = await answer('example A')
    expect(message.answer.map((rrset) => rrset.size)).toEqual([2])
  })

  test('special characters of a name stay in its label', async () => {
    const text = await ask(['IN TXT | answer "{{ .Name }} 60 TXT x"'], 'a\\;b\\"\\.\\032\\010.example TXT')
    expect(text).toBe('NOERROR\na\\;b\\"\\.\\032\\010.example. 60 IN TXT "x"')
  })

  test.each([
    ['IN A', 'aa rd'],
    ['IN A | rcode NXDOMAIN', 'aa rd'],
    ['IN A | rcode SERVFAIL', 'rd'],
    ['IN A | match zz', 'rd'],
  ])('%s: flags %s', async (text, flags) => {
    const { answer } = await rig(corefile(text), refuse)
    expect((await answer('example A')).flags).toBe(flags)
  })

  test.each([
    ['IN A | rcode NXDOMAIN | ederror 21 "not here"', 'NXDOMAIN', '21 not here'],
    ['IN A | rcode SERVFAIL | ederror 15', 'SERVFAIL', '15'],
    ['IN A | rcode REFUSED', 'REFUSED', undefined],
    ['IN A | match nope', 'SERVFAIL', '0 no template fits'],
    ["IN A | expr incidr('x', '10.0.0.0/8') | fallthrough", 'SERVFAIL', '0 an expression failed'],
  ])('%s: %s', async (text, rcode, error) => {
    const { answer } = await rig(corefile(text), refuse)
    const reply = await answer('example A', { bufsize: 1232 })
    expect([reply.rcode, reply.errors[0]]).toEqual([rcode, error])
  })
})

describe('which template answers', () => {
  const from = (n: number, head: string): string => `${head} | answer "{{ .Name }} 60 TXT ${n}"`

  test.each<[string[], string, string | undefined]>([
    [[from(1, 'IN A'), from(2, 'IN AAAA')], 'example AAAA', '2'],
    [[from(1, 'IN A example'), from(2, 'IN A')], 'other A', '2'],
    [[from(1, 'IN A'), from(2, 'IN A')], 'other A', '1'],
    [[from(1, 'CH TXT'), from(2, 'IN TXT')], 'other TXT', '2'],
    [[from(1, 'CH TXT'), from(2, 'IN TXT')], 'other TXT CH', '1'],
    [[from(1, 'IN A')], 'other ANY', '1'],
    [[from(1, 'ANY ANY')], 'other MX', '1'],
    [[from(1, 'IN A | match ^x'), from(2, 'IN A')], 'other A', undefined],
    [[from(1, 'IN A | match ^x | fallthrough'), from(2, 'IN A')], 'other A', '2'],
    [[from(1, 'IN A | match ^x | fallthrough example'), from(2, 'IN A')], 'other A', undefined],
    [[from(1, 'IN A | match ^x | fallthrough example'), from(2, 'IN A')], 'a.example A', '2'],
    [[from(1, 'IN A | expr false | fallthrough'), from(2, 'IN A')], 'other A', '2'],
    [[from(1, 'IN A | expr 1 | fallthrough'), from(2, 'IN A')], 'other A', '2'],
    [[from(1, "IN A | match ^x | var v int('x') | fallthrough"), from(2, 'IN A')], 'other A', '2'],
    [[from(1, 'IN A | match .* ^x')], 'other A', '1'],
  ])('%j: %s', async (templates, question, number) => {
    const [rcode, record] = (await ask(templates, question)).split('\n')
    expect(record?.split(' ').at(-1)).toBe(number && `"${number}"`)
    expect(rcode).toBe(number ? 'NOERROR' : 'SERVFAIL')
  })

  test.each([
    ['IN A example | answer "{{ .Name }} 60 A 192.0.2.1"', 'other A'],
    ['IN A example | answer "{{ .Name }} 60 A 192.0.2.1"', 'example TXT'],
    ['IN A example | match ^x | fallthrough', 'example A'],
  ])('%s: the next plugin gets %s', async (text, question) => {
    expect(await ask([text], question)).toBe('REFUSED')
  })
})

describe('aliases', () => {
  const alias = 'IN ANY alias.example | answer "alias.example. 60 CNAME target.example."'

  test.each([
    ['A', 'alias.example. 60 IN CNAME target.example.\ntarget.example. 60 IN A 192.0.2.1'],
    ['CNAME', 'alias.example. 60 IN CNAME target.example.'],
    ['TXT', 'alias.example. 60 IN CNAME target.example.'],
  ])('are followed for addresses: %s', async (type, records) => {
    const target = 'IN A target.example | answer "target.example. 60 A 192.0.2.1"'
    expect(await ask([alias, target], `alias.example ${type}`)).toBe(`NOERROR\n${records}`)
  })

  test('stay alone where the target is not to be had', async () => {
    expect(await ask([alias], 'alias.example A')).toBe('NOERROR\nalias.example. 60 IN CNAME target.example.')
  })

  test('that lead to themselves come to an end', async () => {
    const text = await ask(['IN A | answer "{{ .Name }} 60 CNAME {{ .Name }}"'], 'a.example A')
    expect(text.split('\n').length).toBeLessThan(40)
  })

  test('are followed over plugins that wait', async () => {
    const stub = async (query: Query): Promise<Reply> => query.reply({ tc: true, rcode: RCODE.NXDOMAIN })
    const { answer } = await rig(corefile(alias), { stub })
    const { rcode, answer: records, flags } = await answer('alias.example A')
    expect([rcode, records, flags]).toEqual(['NOERROR', ['alias.example. 60 IN CNAME target.example.'], 'aa tc rd'])
  })
})

describe('metadata', () => {
  const text = template(
    'IN A | answer "{{ .Name }} 60 TXT \\"{{ .Meta \\"view/name\\" }}-{{ .Meta \\"no/such\\" }}\\""',
  )

  test.each([
    [`. {\nmetadata\nview inside {\nexpr true\n}\n${text}}`, 'inside-'],
    [`. {\nview inside {\nexpr true\n}\n${text}}`, '-'],
    [`. {\n${text}}`, '-'],
  ])('%j', async (source, value) => {
    const { answer } = await rig(source)
    expect((await answer('example A')).answer).toEqual([`example. 60 IN TXT "${value}"`])
  })

  test('is there for expressions too', async () => {
    const by = template(`IN A | expr metadata('view/name') == 'inside' | answer "{{ .Name }} 60 A 192.0.2.1"`)
    const { answer } = await rig(`. {\nmetadata\nview inside {\nexpr true\n}\n${by}}`)
    expect((await answer('example A')).rcode).toBe('NOERROR')
  })
})

test.each([
  ['IN TXT | answer "{{ .Name }} 60 IN TXT {{ index .Match 2 }}"', 'index out of range: 2'],
  ['IN TXT | answer "{{ .Name }}"', 'record has no type'],
  ['IN TXT | answer "{{ if false }}x{{ end }}"', 'record is empty'],
  ['IN TXT | additional "{{ .Nope }} 60 IN TXT x"', "can't evaluate field Nope in type *template.templateData"],
  ['IN TXT | authority "{{ .Name }} 60 IN TXT {{ parseInt \\"gg\\" 16 8 }}"', 'error calling parseInt'],
])('%s fails and is logged', async (text, reason) => {
  const { answer, runtime } = await rig(corefile(text), refuse)
  expect((await answer('example TXT')).rcode).toBe('SERVFAIL')
  expect(runtime.logged.join('\n')).toContain(reason)
})

describe('mistakes in the Corefile', () => {
  test.each([
    ['X A', 'Corefile:2:10: template: class must be a class, got "X"'],
    ['IN', 'Corefile:2:1: template: type is missing (template CLASS TYPE [ZONES…])'],
    ['IN A | nope', 'Corefile:3:1: template: unknown property, got "nope"'],
    [
      'IN A | match (?P<x>',
      'Corefile:3:7: template: match: pattern is no regular expression: missing closing ): `(?P<x>`, got "(?P<x>"',
    ],
    [
      'IN A | answer "{{ .Name }} {{ nope }}"',
      'Corefile:3:24: template: answer: template is wrong: function "nope" not defined, got "{{ .Name }} {{ nope }}"',
    ],
    [
      'IN A | answer "{{ \\"a\\" }} {{ nope }}"',
      'Corefile:3:24: template: answer: template is wrong: function "nope" not defined, got "{{ "a" }} {{ nope }}"',
    ],
    ['IN A | answer "a. 60 IN A 1.2.3"', 'Corefile:3:8: template: answer: is no record:'],
    ['IN A | answer "{{ .Name }} 60 IN NOPE x"', 'Corefile:3:8: template: answer: is no record:'],
    ['IN A | rcode NOPE', 'Corefile:3:7: template: rcode: code must be a response code, got "NOPE"'],
    ['IN A | ederror 65536', 'Corefile:3:9: template: ederror: code must be at most 65535, got "65536"'],
    ['IN A | var len 1', 'Corefile:3:5: template: var: name is taken already, got "len"'],
    ['IN A | var a-b 1', 'Corefile:3:5: template: var: name must be letters, digits and _, got "a-b"'],
    ['IN A | var a 1 | var a 2', 'Corefile:4:5: template: var: name is taken already, got "a"'],
    [
      'IN A | expr name() == 1',
      'Corefile:3:13: template: expr: expression is wrong: invalid operation: == (mismatched types string and int), got "name() == 1"',
    ],
    ['IN A | expr a == 1 | var a 1', undefined],
    ['IN A | upstream 192.0.2.1', undefined],
  ])('%s', async (text, message) => {
    const found = await faults(corefile(text), refuse)
    if (message === undefined) expect(found).toBe('')
    else expect(found).toContain(message)
  })
})
