import { describe, expect, test } from 'vitest'
import { parseName } from '../../src/dns/name.ts'
import { parseRecords } from '../../src/dns/presentation.ts'
import type { ReplyParts } from '../../src/reply.ts'
import { type AskOptions, faults, rig } from './rig.ts'

const V6 = { address: '2001:db8::7', localAddress: '::1' }

/** The lines for one query, durations replaced by `Ts`. */
async function logOf(
  directives: string,
  question: string,
  how?: AskOptions,
  parts: ReplyParts = {},
): Promise<string[]> {
  const { ask, runtime } = await rig(`. {\n${directives}\nstub\n}`, { stub: (query) => query.reply(parts) })
  await ask(question, how)
  return runtime.logged.map((line) => line.replace(/\d+\.\d{6}s/, 'Ts'))
}

const SERVFAIL = { rcode: 2 }

test.each<[string, string, AskOptions, ReplyParts, string]>([
  [
    'log',
    'example.org A',
    {},
    SERVFAIL,
    '192.0.2.7:4711 - 29 "A IN example.org. udp 29 false 512" SERVFAIL qr,rd 29 Ts',
  ],
  [
    'log . {common}',
    'EXAMPLE.org A',
    {},
    SERVFAIL,
    '192.0.2.7:4711 - 29 "A IN example.org. udp 29 false 512" SERVFAIL qr,rd 29 Ts',
  ],
  [
    'log {combined}',
    'example.org A',
    { id: 7 },
    SERVFAIL,
    '192.0.2.7:4711 - 7 "A IN example.org. udp 29 false 512" SERVFAIL qr,rd 29 Ts "0"',
  ],
  [
    'log',
    'example.org TYPE65280',
    { do: true, bufsize: 4096 },
    {},
    '192.0.2.7:4711 - 29 "TYPE65280 IN example.org. udp 40 true 4096" NOERROR qr,rd 40 Ts',
  ],
  [
    'log',
    'example.org A',
    { peer: { ...V6, transport: 'tls' } },
    {},
    '[2001:db8::7]:4711 - 29 "A IN example.org. tcp 29 false 65535" NOERROR qr,rd 29 Ts',
  ],
  [
    'log . "{local} {>rflags}"',
    'example.org A',
    { peer: V6, rd: false, cd: true, do: true },
    { aa: true, tc: true, ra: true, ad: true },
    '[::1] qr,aa,tc,ra,ad,cd',
  ],
  ['log . "{type} {class}"', 'version.bind TXT CH', {}, {}, 'TXT CH'],
  ['log . "{rcode}"', 'example.org A', {}, { rcode: 11 }, 'DSOTYPENI'],
  ['log . "{>opcode}"', 'example.org A', { opcode: 'QUERY' }, {}, '0'],
  ['log . "{/log/class} {/log/type}"', 'example.org A', {}, { rcode: 3 }, 'denial NXDOMAIN'],
  ['log . "{/forward/upstream} {when} { {rcode} }} {>name}"', 'example.org A', {}, {}, '- {when} { NOERROR }} {>name}'],
  ['log . "{name}"', 'a\\.b.%s.\\010\\255x.example A', {}, {}, 'a\\.b.%s.\\010\\255x.example.'],
])('%j: %s', async (directives, question, how, parts, line) => {
  expect(await logOf(directives, question, how, parts)).toEqual([`[INFO] ${line}`])
})

const SOA = parseRecords('example.org. 60 IN SOA ns.example.org. h.example.org. 1 2 3 4 5')
const NS = parseRecords('example.org. 60 IN NS ns.example.org.')
const A = parseRecords('www.example.org. 60 IN A 192.0.2.1')
const sigs = (times: string) => parseRecords(`www.example.org. 60 IN RRSIG A 13 3 60 ${times} 1 example.org. MA==`)
const EXPIRED = sigs('20200101000000 20190101000000')
const VALID = sigs('20370101000000 20190101000000')

describe('classes', () => {
  test.each<[string, string, ReplyParts, AskOptions?]>([
    ['success', 'NOERROR', { answer: A }],
    ['success', 'NOERROR', {}],
    ['success', 'DELEGATION', { authority: NS }],
    ['denial', 'NODATA', { authority: [...NS, ...SOA] }],
    ['denial', 'NXDOMAIN', { rcode: 3 }],
    ['denial', 'NXDOMAIN', { rcode: 3, authority: SOA }],
    ['error', 'OTHERERROR', { rcode: 3, answer: A }],
    ['error', 'OTHERERROR', { rcode: 5 }],
    ['error', 'SERVERERROR', { rcode: 2 }],
    ['error', 'SERVERERROR', { rcode: 4 }],
    ['success', 'NOERROR', { answer: [...A, ...EXPIRED] }],
    ['error', 'OTHERERROR', { answer: [...A, ...EXPIRED] }, { do: true }],
    ['success', 'NOERROR', { answer: [...A, ...VALID] }, { do: true }],
  ])('%s: %s %j', async (rclass, type, parts, how) => {
    for (const one of ['success', 'denial', 'error']) {
      const lines = await logOf(`log . "{/log/type} {/log/class}" {\nclass ${one}\n}`, 'example.org A', how, parts)
      expect(lines).toEqual(one === rclass ? [`[INFO] ${type} ${rclass}`] : [])
    }
  })

  test('transfers are neither', async () => {
    expect(await logOf('log . {/log/type}', 'example.org AXFR', { peer: { transport: 'tcp' } })).toEqual([
      '[INFO] META',
    ])
  })

  test.each([
    ['class denial error', 1],
    ['class denial\nclass error', 1],
    ['class denial', 0],
    ['class denial all', 1],
    ['', 1],
  ])('%j', async (classes, lines) => {
    expect(await logOf(`log . "{rcode}" {\n${classes}\n}`, 'example.org A', {}, SERVFAIL)).toHaveLength(lines)
  })
})

test.each([
  ['log example.org', 'www.example.org A', 1],
  ['log example.org', 'example.net A', 0],
  ['log example.org example.net', 'EXAMPLE.net A', 1],
  ['log example.org\nlog example.net', 'a.example.net A', 1],
  ['log example.org\nlog', 'www.example.org A', 1],
  ['log 10.0.0.0/23', '1.1.0.10.in-addr.arpa PTR', 1],
  ['log 10.0.0.0/23', '1.2.0.10.in-addr.arpa PTR', 0],
])('%j of %s: %i', async (directives, question, lines) => {
  expect(await logOf(directives, question)).toHaveLength(lines)
})

test('a query that is dropped is logged', async () => {
  const { ask, runtime } = await rig(
    '. {\nlog . "{name} {rcode} {>rflags} {rsize} {/log/class}"\nacl {\ndrop\n}\nwhoami\n}',
  )
  expect(await ask('example.org A')).toBeUndefined()
  expect(runtime.logged).toEqual(['[INFO] example.org. - - 0 error'])
})

test('what plugins make of a query stays inside', async () => {
  const { answer, runtime } = await rig('. {\nlog . "{name} {rcode}"\nstub\n}', {
    stub: (query, next) => next(query.with({ name: parseName('other.example') })),
  })
  await answer('example.org A')
  expect(runtime.logged).toEqual(['[INFO] example.org. SERVFAIL'])
})

test.each([
  [
    'log {\nclass success denied\n}',
    '3:15: log: class: class must be success, denial, error or all (did you mean "denial"?)',
  ],
  ['log {\nclass\n}', '3:1: log: class: class is missing'],
  ['log {\nklass all\n}', '3:1: log: unknown property (did you mean "class"?), got "klass"'],
  ['log {name} example.org', '2:5: log: format must come last, got "{name}"'],
  ['log a..b', '2:5: log: name'],
])('%j is refused', async (directive, message) => {
  expect(await faults(`. {\n${directive}\n}`)).toContain(`Corefile:${message}`)
})

describe('json', () => {
  test('one object a line, with numbers, lists and nulls', async () => {
    const [line] = await logOf(
      'log {\njson\n}',
      'WWW.example.org MX',
      { do: true, peer: { transport: 'tls' } },
      { aa: true },
    )
    const { time, duration, ...rest } = JSON.parse(line)
    expect(rest).toEqual({
      remote: '192.0.2.7',
      port: 4711,
      local: '127.0.0.1',
      proto: 'tls',
      id: 29,
      opcode: 0,
      name: 'www.example.org.',
      type: 'MX',
      class: 'IN',
      size: 44,
      do: true,
      bufsize: 65_535,
      rcode: 'NOERROR',
      rflags: ['qr', 'aa', 'rd'],
      rsize: 44,
      'log/class': 'success',
      'log/type': 'NOERROR',
    })
    expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(5000)
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(typeof duration).toBe('number')
  })

  test('names that are no text, labels, and queries that were dropped', async () => {
    const { ask, runtime } = await rig(
      '. {\nmetadata\nview v {\nexpr true\n}\nlog {\njson view/name /no/such\n}\nacl {\ndrop\n}\n}',
    )
    await ask('a\\010\\"\\200.example.org TYPE65280')
    const line = JSON.parse(runtime.logged[0])
    expect(line.name).toBe('a\\010\\"\\200.example.org.')
    expect([line.type, line.rcode, line.rflags, line.rsize]).toEqual(['TYPE65280', null, null, 0])
    expect([line['view/name'], line['no/such']]).toEqual(['v', null])
  })

  test('class and names hold as always', async () => {
    expect(await logOf('log example.org {\njson\nclass denial\n}', 'www.example.org A')).toEqual([])
    expect(await logOf('log example.net {\njson\n}', 'www.example.org A')).toEqual([])
  })

  test.each([
    ['log . {common} {\njson\n}', 'json: has a form of its own: leave out the format'],
    ['log {\njson what\n}', 'json: label must be a label of metadata, such as forward/upstream, got "what"'],
  ])('%s is a mistake', async (directive, message) => {
    expect(await faults(`. {\n${directive}\nwhoami\n}`)).toContain(message)
  })
})
