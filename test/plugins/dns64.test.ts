import { describe, expect, test } from 'vitest'
import { addressText, parseAddress, parseCidr } from '../../src/address.ts'
import { RCODE, TYPE } from '../../src/dns/constants.ts'
import { parseRecord } from '../../src/dns/presentation.ts'
import { embed } from '../../src/plugins/dns64/prefix.ts'
import type { Query } from '../../src/query.ts'
import { DROPPED, type Reply } from '../../src/reply.ts'
import { type AskOptions, faults, rig } from './rig.ts'

const V6: AskOptions = { peer: { address: '2001:db8::7' } }
const SOA = 'example.com. 70 IN SOA foo. bar. 1 1 1 1 1'

/** What the rest of the chain says: `NXDOMAIN`, or records, those after `;` in the authority section. */
function says(query: Query, text: string): Reply {
  if (text === 'drop') return DROPPED
  const [head, ...rest] = text.split('; ')
  const isCode = head === '' || Object.hasOwn(RCODE, head)
  const rcode = isCode && head !== '' ? RCODE[head as keyof typeof RCODE] : RCODE.NOERROR
  const answer = isCode ? [] : head.split(', ').map((record) => parseRecord(record))
  return query.reply({ rcode, aa: true, answer, authority: rest.map((record) => parseRecord(record)) })
}

async function ask(
  directive: string,
  aaaa: string,
  a: string,
  how = V6,
  question = 'example.com AAAA',
): Promise<string> {
  const stub = (query: Query): Reply => says(query, query.type === TYPE.A ? a : aaaa)
  const { ask } = await rig(`. {\n${directive}\nstub\n}`, { stub })
  const reply = await ask(question, how)
  return reply ? [reply.rcode, ...reply.answer, ...reply.authority].join('\n') : 'drop'
}

const A = 'example.com. 60 A 192.0.2.42'
const AAAA = 'example.com. 60 IN AAAA 64:ff9b::c000:22a'

describe('a query for AAAA', () => {
  test.each([
    ['that finds none', `; ${SOA}`, A, `NOERROR\n${AAAA}`],
    [
      'that finds none for a shorter time',
      `; ${SOA}`,
      'example.com. 600 A 192.0.2.42',
      `NOERROR\n${AAAA.replace('60', '70')}`,
    ],
    ['that is refused', 'REFUSED', 'example.com. 5000 A 192.0.2.42', `NOERROR\n${AAAA.replace('60', '600')}`],
    ['that finds neither', `; ${SOA}`, `; ${SOA}`, `NOERROR\n${SOA}`],
    ['that finds one', 'example.com. 60 AAAA 2001:db8::1', A, 'NOERROR\nexample.com. 60 IN AAAA 2001:db8::1'],
    ['that finds a mapped one', 'example.com. 60 AAAA ::ffff:192.0.2.1', A, `NOERROR\n${AAAA}`],
    ['for no name', `NXDOMAIN; ${SOA}`, A, `NXDOMAIN\n${SOA}`],
    ['that is dropped', 'drop', A, 'drop'],
    ['where A is dropped', `; ${SOA}`, 'drop', `NOERROR\n${SOA}`],
    ['where A fails', `; ${SOA}`, 'SERVFAIL', 'SERVFAIL'],
    [
      'where A has an alias',
      '',
      'example.com. 9 CNAME b.example.com., b.example.com. 8 A 192.0.2.42; example.com. 9 NS ns.example.',
      `NOERROR\nexample.com. 9 IN CNAME b.example.com.\nb.${AAAA.replace('60', '8')}\nexample.com. 9 IN NS ns.example.`,
    ],
    [
      'where A is signed',
      '',
      `${A}, example.com. 60 RRSIG A 8 2 60 20370101000000 20200101000000 1 example.com. AAAA, b. 60 RRSIG CNAME 8 2 60 20370101000000 20200101000000 1 example.com. AAAA`,
      `NOERROR\n${AAAA}\nb. 60 IN RRSIG CNAME 8 2 60 20370101000000 20200101000000 1 example.com. AAAA`,
    ],
  ])('%s', async (_, aaaa, a, text) => {
    expect(await ask('dns64', aaaa, a)).toBe(text)
  })

  test('with translate_all translates also what has addresses', async () => {
    const text = await ask('dns64 {\ntranslate_all\n}', 'example.com. 60 AAAA 2001:db8::1', A)
    expect(text).toBe(`NOERROR\n${AAAA}`)
  })

  test.each(['', 'SERVFAIL', 'NXDOMAIN'])('with translate_all keeps IPv6 addresses where A gives %j', async (a) => {
    const text = await ask('dns64 {\ntranslate_all\n}', 'example.com. 60 AAAA 2001:db8::1', a)
    expect(text).toBe('NOERROR\nexample.com. 60 IN AAAA 2001:db8::1')
  })

  test('is not authoritative once translated, nor authentic', async () => {
    const stub = (query: Query): Reply => says(query, query.type === TYPE.A ? A : '').with({ ad: true })
    const { answer } = await rig('. {\ndns64\nstub\n}', { stub })
    expect((await answer('example.com AAAA', { ...V6, ad: true })).flags).toBe('rd')
  })

  test.each<[string, string, AskOptions, string | undefined, boolean]>([
    ['over IPv4', 'dns64', {}, undefined, false],
    ['over IPv4 with allow_ipv4', 'dns64 {\nallow_ipv4\n}', {}, undefined, true],
    ['from a validator', 'dns64', { ...V6, do: true, cd: true }, undefined, false],
    ['with DO', 'dns64', { ...V6, do: true }, undefined, true],
    ['of another class', 'dns64', V6, 'example.com AAAA CH', false],
    ['for another type', 'dns64', V6, 'example.com MX', false],
    ['with a prefix', 'dns64 64:ff9b:1::/48', V6, undefined, true],
    ['with a prefix property', 'dns64 {\nprefix 64:ff9b:1::/48\n}', V6, undefined, true],
  ])('%s is translated or not', async (_, directive, how, question, isTranslated) => {
    expect((await ask(directive, '', A, how, question)).includes('64:ff9b')).toBe(isTranslated)
  })

  test('is translated after plugins that wait', async () => {
    const stub = async (query: Query): Promise<Reply> => says(query, query.type === TYPE.A ? A : '')
    const { answer } = await rig('. {\ndns64\nstub\n}', { stub })
    expect((await answer('example.com AAAA', V6)).answer).toEqual([AAAA])
  })
})

// RFC 6052 §2.4
test.each([
  ['2001:db8::/32', '2001:db8:c000:221::'],
  ['2001:db8:100::/40', '2001:db8:1c0:2:21::'],
  ['2001:db8:122::/48', '2001:db8:122:c000:2:2100::'],
  ['2001:db8:122:300::/56', '2001:db8:122:3c0:0:221::'],
  ['2001:db8:122:344::/64', '2001:db8:122:344:c0:2:2100:0'],
  ['2001:db8:122:344::/96', '2001:db8:122:344::c000:221'],
])('192.0.2.33 in %s is %s', (prefix, address) => {
  expect(addressText(embed(parseCidr(prefix)!, parseAddress('192.0.2.33')!))).toBe(address)
})

test.each([
  ['dns64 foobar', 'Corefile:2:7: dns64: prefix must be a network such as 64:ff9b::/96, got "foobar"'],
  ['dns64 {\nprefix\n}', 'Corefile:3:1: dns64: prefix: prefix is missing (prefix PREFIX)'],
  ['dns64 {\nprefix 8.8.8.8/24\n}', 'Corefile:3:8: dns64: prefix: prefix must be an IPv6 network'],
  ['dns64 {\nprefix 64:ff9b::/52\n}', 'prefix must have 32 to 96 bits, a multiple of 8, got "64:ff9b::/52"'],
  ['dns64 {\nprefix 64:ff9b::/104\n}', 'prefix must have 32 to 96 bits, a multiple of 8'],
  ['dns64 {\nallow_ipv6\n}', 'unknown property (did you mean "allow_ipv4"?), got "allow_ipv6"'],
])('%j is wrong', async (directive, message) => {
  expect(await faults(`. {\n${directive}\nwhoami\n}`)).toContain(message)
})
