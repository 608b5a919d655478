import { describe, expect, test } from 'vitest'
import { parseName } from '../../src/dns/name.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { RRset } from '../../src/dns/rrset.ts'
import { cappedTtl, ownTtl } from '../../src/store/rules.ts'
import { readValue } from '../../src/store/value.ts'
import { writeValue } from '../../src/store/writevalue.ts'
import { APEX, zoneOf } from '../zone/zones.ts'

const OWNER = parseName('x.')
const rules = { ttl: ownTtl().ttl, serial: 7 }

function read(value: string): { records: string[]; complaints: readonly string[] } {
  const { sets, complaints } = readValue(value, rules)
  const records = sets.flatMap(({ type, ttl, data }) => recordTexts(new RRset(OWNER, type, 1, ttl, data)))
  return { records, complaints }
}

describe('what deployed data has', () => {
  test.each([
    [
      '{"a":[{"ttl":300,"ip":"192.0.2.1"},{"ttl":300,"ip":"192.0.2.2"}]}',
      ['x. 300 IN A 192.0.2.1', 'x. 300 IN A 192.0.2.2'],
    ],
    ['{"a":{"ip4":"192.0.2.1","ttl":360}}', ['x. 360 IN A 192.0.2.1']],
    ['{"aaaa":{"ip6":"::1","ttl":360}}', ['x. 360 IN AAAA ::1']],
    ['{"cname":{"host":"y.example.com.","ttl":360}}', ['x. 360 IN CNAME y.example.com.']],
    ['{"cname":[{"host":"y.example.com"}]}', ['x. 360 IN CNAME y.example.com.']],
    ['{"txt":{"text":"this is a text","ttl":360}}', ['x. 360 IN TXT "this is a text"']],
    ['{"txt":[{"text":"say \\"hi\\"; ok","ttl":5}]}', ['x. 5 IN TXT "say \\"hi\\"; ok"']],
    ['{"txt":[{"text":["one","two"],"ttl":5}]}', ['x. 5 IN TXT "one" "two"']],
    ['{"txt":[{"text":"grün","ttl":5}]}', ['x. 5 IN TXT "gr\\195\\188n"']],
    ['{"ns":{"host":"ns1.example.com.","ttl":360}}', ['x. 360 IN NS ns1.example.com.']],
    ['{"mx":{"host":"mx1.example.com","priority":10,"ttl":360}}', ['x. 360 IN MX 10 mx1.example.com.']],
    ['{"mx":[{"host":"mx1.example.com.","preference":10,"ttl":1}]}', ['x. 1 IN MX 10 mx1.example.com.']],
    [
      '{"srv":{"host":"sip.example.com.","port":555,"priority":10,"weight":100,"ttl":360}}',
      ['x. 360 IN SRV 10 100 555 sip.example.com.'],
    ],
    [
      '{"srv":[{"target":"tcp.example.com.","port":123,"priority":10,"weight":100,"ttl":300}]}',
      ['x. 300 IN SRV 10 100 123 tcp.example.com.'],
    ],
    ['{"caa":{"flag":0,"tag":"issue","value":"letsencrypt.org"}}', ['x. 360 IN CAA 0 issue "letsencrypt.org"']],
    [
      '{"soa":{"ttl":100,"mbox":"h.example.","ns":"ns.example.","refresh":44,"retry":55,"expire":66}}',
      ['x. 100 IN SOA ns.example. h.example. 7 44 55 66 3600'],
    ],
    [
      '{"soa":[{"ttl":100,"mbox":"h.example.","ns":"ns.example.","refresh":44,"retry":55,"expire":66,"minttl":77,"serial":8}]}',
      ['x. 100 IN SOA ns.example. h.example. 8 44 55 66 77'],
    ],
    // Types that the redis plugin does not know.
    ['{"ptr":[{"ttl":9,"data":"host.example."}]}', ['x. 9 IN PTR host.example.']],
    ['{"ptr":{"host":"host.example"}}', ['x. 360 IN PTR host.example.']],
    ['{"HTTPS":[{"ttl":9,"data":"1 . alpn=h2"}]}', ['x. 9 IN HTTPS 1 . alpn="h2"']],
    [
      '{"sshfp":"1 1 00112233445566778899aabbccddeeff00112233"}',
      ['x. 360 IN SSHFP 1 1 00112233445566778899AABBCCDDEEFF00112233'],
    ],
    ['{"type65280":{"ttl":9,"rdata":"\\\\# 2 abcd"}}', ['x. 9 IN TYPE65280 \\# 2 ABCD']],
    [
      '{"rrsig":["A 8 2 300 20300101000000 20200101000000 1 x. AA==",{"ttl":5,"data":"MX 8 2 5 20300101000000 20200101000000 1 x. AA=="}]}',
      [
        'x. 360 IN RRSIG A 8 2 300 20300101000000 20200101000000 1 x. AA==',
        'x. 5 IN RRSIG MX 8 2 5 20300101000000 20200101000000 1 x. AA==',
      ],
    ],
    [
      '{"nsec3":"1 1 0 - 0p9mhaveqvm6t7vbl5lop2u3t2rp3tom A"}',
      ['x. 360 IN NSEC3 1 1 0 - 0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM A'],
    ],
    [
      '{"a":[{"ttl":"300","ip":"192.0.2.1"},{"ttl":200,"ip":"192.0.2.2"}]}',
      ['x. 200 IN A 192.0.2.1', 'x. 200 IN A 192.0.2.2'],
    ],
    ['{"a":[],"txt":null,"aaaa":{"ip":"::2","extra":[]}}', ['x. 360 IN AAAA ::2']],
    ['{}', []],
  ])('%s', (value, records) => {
    expect(read(value).records).toEqual(records)
  })

  test.each([
    ['{"a":[{"ip":"192.0.2.1"},{"ip":"999.0.2.1"},{}]}', ['x. 360 IN A 192.0.2.1'], ['A: ', 'A: "ip" is missing']],
    ['{"nonsense":1,"a":{"ip":"192.0.2.1"}}', ['x. 360 IN A 192.0.2.1'], ['unknown key "nonsense"']],
    ['{"a":{"ip":"192.0.2.1","ttl":-1}}', [], ['A: ttl must be a number from 0 to 2147483647, got -1']],
    ['{"mx":{"host":"","preference":1}}', [], ['MX: ']],
    ['{"mx":{"host":"a.","preference":"high"}}', [], ['MX: preference must be a number from 0 to']],
    ['{"cname":{"host":5}}', [], ['CNAME: host must be a string, got 5']],
    ['{"txt":{"text":5}}', [], ['TXT: text must be a string, got 5']],
  ])('%s is read as far as it goes', (value, records, complaints) => {
    const found = read(value)
    expect(found.records).toEqual(records)
    expect(found.complaints).toHaveLength(complaints.length)
    for (const [i, complaint] of complaints.entries()) expect(found.complaints[i]).toContain(complaint)
  })

  test.each(['', 'x', '5', 'null', '[]', '"text"'])('%s is no value', (value) => {
    expect(() => read(value)).toThrow(/^is (not JSON|no JSON object): /)
  })
})

test('what is written is read back, and is what the redis plugin reads', () => {
  const zone = zoneOf(`${APEX}
x 300 A 192.0.2.1
x 300 A 192.0.2.2
x 300 AAAA 2001:db8::1
x 300 MX 10 m
x 300 SRV 1 2 3 t
x 300 CAA 128 issue "ca.example; policy=\\"x\\""
x 0 TXT "one string" 
x 0 TXT "two" "strings"
x 0 TXT ""
x 0 TXT ("${'a'.repeat(255)}" "${'b'.repeat(20)}")
x 0 TXT "${'a'.repeat(255)}" ""
x 0 TXT "\\000\\255\\"\\\\"
x 300 NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:i@example.!" .
x 300 TYPE65280 \\# 3 abcdef
x 300 HTTPS 1 . alpn=h2,h3 port=8443
`)
  const node = zone.find(parseName('x.example.'), 0)
  const sets = zone.sets(node, OWNER)
  const value = writeValue(sets)
  expect(read(value)).toEqual({ records: sets.flatMap(recordTexts), complaints: [] })
  expect(JSON.parse(value)).toMatchObject({
    a: [
      { ttl: 300, ip: '192.0.2.1' },
      { ttl: 300, ip: '192.0.2.2' },
    ],
    mx: [{ ttl: 300, preference: 10, host: 'm.example.' }],
    srv: [{ ttl: 300, priority: 1, weight: 2, port: 3, target: 't.example.' }],
    txt: [
      { ttl: 0, text: 'one string' },
      { text: ['two', 'strings'] },
      { text: '' },
      { text: `${'a'.repeat(255)}${'b'.repeat(20)}` },
      {},
      {},
    ],
    type65280: [{ ttl: 300, data: '\\# 3 ABCDEF' }],
  })
  const apex = writeValue(zone.sets(zone.apex, OWNER))
  expect(JSON.parse(apex).soa).toEqual({
    ttl: 3600,
    ns: 'ns.example.',
    mbox: 'hostmaster.example.',
    serial: 1,
    refresh: 7200,
    retry: 3600,
    expire: 1209600,
    minttl: 300,
  })
})

test.each([
  [0, undefined, 360],
  [0, 0, 360],
  [0, 50, 50],
  [100, undefined, 100],
  [100, 0, 100],
  [100, 50, 50],
  [100, 500, 100],
])('the redis plugin’s TTL: option %s, record %s: %s', (option, given, ttl) => {
  expect(cappedTtl(option).ttl(given)).toBe(ttl)
})
