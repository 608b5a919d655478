import { describe, expect, test } from 'vitest'
import { WireError } from '../../src/dns/error.ts'
import { parseName } from '../../src/dns/name.ts'
import {
  canonicalRdata,
  classCode,
  className,
  nameLayout,
  opcodeName,
  parseRdata,
  RdataError,
  rcodeCode,
  rcodeName,
  rdataText,
  typeCode,
  typeName,
  uncompressRdata,
} from '../../src/dns/rdata/registry.ts'
import { splitWords } from '../../src/dns/words.ts'
import { hex, octets } from './arbitraries.ts'
import { EXAMPLES, SHOWN_AS_OCTETS } from './rdata.table.ts'

const ORIGIN = parseName('example.org.')
const code = (type: string): number => typeCode(type)!
const parse = (type: string, text: string): Uint8Array => parseRdata(code(type), splitWords(text), ORIGIN)

describe('text and octets', () => {
  const examples = EXAMPLES.map(([type, text, wire, shown = text]) => ({ type, text, wire, shown }))
  test.each(examples)('$type $text', ({ type, text, wire, shown }) => {
    const rdata = parse(type, text)
    expect(hex(rdata)).toBe(wire.replaceAll(' ', ''))
    expect(rdataText(code(type), rdata)).toBe(shown)
    expect(parse(type, shown)).toEqual(rdata)
    expect(uncompressRdata(code(type), rdata, 0, rdata.length)).toEqual(rdata)
    expect(parse(type, `\\# ${rdata.length} ${hex(rdata)}`)).toEqual(rdata)
  })

  test.each(SHOWN_AS_OCTETS)('%s %s is shown as \\#', (type, wire) => {
    const rdata = octets(wire)
    expect(uncompressRdata(code(type), rdata, 0, rdata.length)).toEqual(rdata)
    expect(rdataText(code(type), rdata)).toBe(`\\# ${rdata.length} ${hex(rdata).toUpperCase()}`.trimEnd())
    expect(parse(type, rdataText(code(type), rdata))).toEqual(rdata)
  })

  test.each([
    ['quotes and value in one word', [{ text: 'alpn="h2,h3"', quoted: false }]],
    [
      'quotes and value in two',
      [
        { text: 'alpn=', quoted: false },
        { text: 'h2,h3', quoted: true },
      ],
    ],
  ])('a service parameter with %s', (_, param) => {
    const words = [{ text: '1', quoted: false }, { text: '.', quoted: false }, ...param]
    expect(rdataText(64, parseRdata(64, words, ORIGIN))).toBe('1 . alpn="h2,h3"')
  })

  test('data of the greatest length', () => {
    const text = `\\# 65535 ${'00'.repeat(65_535)}`
    expect(parse('TYPE65280', text)).toHaveLength(65_535)
    expect(parse('TXT', 'a '.repeat(32_767))).toHaveLength(65_534)
    expect(() => parse('TXT', 'a '.repeat(32_768))).toThrow('record data is longer than 65535 octets')
  })
})

describe('errors name the word', () => {
  test.each([
    ['A', '', 0, 'address is missing'],
    ['A', '192.0.2.1 x', 1, 'unexpected "x" after A record data'],
    ['A', '256.1.1.1', 0, 'address must be an IPv4 address, got "256.1.1.1"'],
    ['A', '192.0.2.01', 0, 'address must be an IPv4 address, got "192.0.2.01"'],
    ['A', '192.0.2', 0, 'address must be an IPv4 address'],
    ['AAAA', '1:2:3:4:5:6:7', 0, 'address must be an IPv6 address'],
    ['AAAA', '1::2::3', 0, 'address must be an IPv6 address'],
    ['AAAA', '::12345', 0, 'address must be an IPv6 address'],
    ['AAAA', '1:2:3:4:5:6:7::8', 0, 'address must be an IPv6 address'],
    ['AAAA', '1:2:3:4:5:6:7:8::', 0, 'address must be an IPv6 address'],
    ['AAAA', 'fe80::1%eth0', 0, 'address must be an IPv6 address'],
    ['MX', 'x mail', 0, 'preference must be 0–65535, got "x"'],
    ['MX', '65536 mail', 0, 'preference must be 0–65535, got "65536"'],
    ['MX', '10', 1, 'exchange is missing'],
    ['MX', '10 a..b', 1, 'exchange: empty label in name "a..b"'],
    ['SOA', 'a b 1 1x 1 1 1', 3, 'refresh must be seconds or a time like 1h30m, up to 32 bits, got "1x"'],
    ['SOA', 'a b 1 9999999w 1 1 1', 3, 'refresh must be'],
    ['TXT', '', 0, 'text is missing'],
    ['TXT', 'a "b\\300"', 1, 'bad escape in "b\\300"'],
    ['HINFO', `a ${'b'.repeat(256)}`, 1, 'os is longer than 255 octets'],
    ['DS', '1 8 2', 3, 'digest is missing'],
    ['DS', '1 8 2 abcd', 3, 'digest of type 2 must have 32 octets, got 2'],
    ['DS', `1 8 1 ${'ab'.repeat(32)}`, 3, 'digest of type 1 must have 20 octets, got 32'],
    ['SSHFP', '1 2 abcd', 2, 'fingerprint of type 2 must have 32 octets, got 2'],
    ['ZONEMD', '1 1 1 abcd', 3, 'digest of type 1 must have 48 octets, got 2'],
    ['ZONEMD', '1 1 240 abcd', 3, 'digest must have at least 12 octets, got 2'],
    ['CDS', `1 8 4 ${'ab'.repeat(20)} ${'ab'.repeat(20)}`, 4, 'digest of type 4 must have 48 octets, got 40'],
    ['A', '"192.0.2.1"', 0, 'address must not be in quotes, got "192.0.2.1"'],
    ['MX', '"10" mail', 0, 'preference must not be in quotes, got "10"'],
    ['MX', '10 "mail"', 1, 'exchange must not be in quotes, got "mail"'],
    ['NSEC', 'a "A"', 1, 'types must not be in quotes, got "A"'],
    ['DNSKEY', '256 3 8 "AQAB"', 3, 'public key must not be in quotes, got "AQAB"'],
    ['TYPE65280', '\\# 1 "00"', 2, 'record data must not be in quotes, got "00"'],
    ['DS', '1 8 2 abc', 3, 'digest must be pairs of hexadecimal digits, got "abc"'],
    ['DNSKEY', '256 3 NOSUCH AQAB', 2, 'algorithm must be 0–255, got "NOSUCH"'],
    ['DNSKEY', '256 3 8 AQA', 3, 'public key must be padded base64, got "AQA"'],
    ['RRSIG', 'A 8 2 1 20260230000000 0 1 . AA==', 4, 'expiration must be YYYYMMDDHHmmSS or seconds since 1970'],
    ['RRSIG', 'A 8 2 1 19691231235959 0 1 . AA==', 4, 'expiration must be'],
    ['RRSIG', 'NOSUCH 8 2 1 0 0 1 . AA==', 0, 'type covered must be a record type, got "NOSUCH"'],
    ['NSEC', '. A NOSUCH', 2, 'types must be record types, got "NOSUCH"'],
    ['NSEC3', '1 0 0 - -', 4, 'next hashed owner must be base32hex without padding'],
    ['NSEC3', '1 0 0 - 000', 4, 'next hashed owner must be'],
    ['NXT', '. TYPE128', 1, 'types must be below 128'],
    ['CAA', '0 is-sue x', 1, 'tag must be letters and digits, got "is-sue"'],
    ['CAA', '0 issue a b', 3, 'unexpected "b" after CAA record data'],
    ['LOC', '91 N 0 E 0', 0, 'latitude must be 0–90, got "91"'],
    ['LOC', '90 1 N 0 E 0', 2, 'latitude is over 90 degrees'],
    ['LOC', '1 2 3.0001 N 0 E 0', 2, 'latitude must be 0–59, got "3.0001"'],
    ['LOC', '1 2 3 4 5', 3, 'latitude must be followed by N or S, got "4"'],
    ['LOC', '1 N 1 E', 4, 'altitude is missing'],
    ['LOC', '1 N 1 E 42849672.96', 4, 'altitude must be meters from -100000 to 42849672.95'],
    ['APL', '1:10.0.0.0/33', 0, 'prefixes must be like 1:192.0.2.0/24 or !2:2001:db8::/32, got "1:10.0.0.0/33"'],
    ['IPSECKEY', '1 4 1 .', 3, 'gateway of unknown type 4 must be written with \\#'],
    ['IPSECKEY', '1 0 1 a', 3, 'gateway must be "." for type 0, got "a.example.org."'],
    ['AMTRELAY', '1 2 1 192.0.2.1', 1, 'discovery optional must be 0–1, got "2"'],
    ['IPN', '18446744073709551616', 0, 'node must be 0–18446744073709551615'],
    ['EUI48', '00-00-5e-00-53', 0, 'address must be 6 pairs of hexadecimal digits between dashes'],
    ['NSAP', '0x', 0, 'address must be hexadecimal digits behind 0x'],
    // RFC 9460 appendix D.3.
    ['SVCB', '1 foo key123=abc key123=def', 3, 'parameter key123 is given twice'],
    ['SVCB', '1 foo mandatory', 2, 'mandatory must be a list of keys, got ""'],
    ['SVCB', '1 foo alpn', 2, 'alpn must be a list of 1–255 octets each'],
    ['SVCB', '1 foo port', 2, 'port must be 0–65535, got ""'],
    ['SVCB', '1 foo ipv4hint', 2, 'ipv4hint must be IPv4 addresses, got ""'],
    ['SVCB', '1 foo ipv6hint', 2, 'ipv6hint must be IPv6 addresses, got ""'],
    ['SVCB', '1 foo no-default-alpn=abc', 2, 'no-default-alpn must not have a value'],
    ['SVCB', '1 foo mandatory=key123', 2, 'mandatory names key123, which is missing'],
    ['SVCB', '1 foo mandatory=mandatory', 2, 'mandatory must not name itself'],
    ['SVCB', '1 foo mandatory=key123,key123 key123=abc', 2, 'mandatory must not name a key twice'],
    ['SVCB', '1 foo no-default-alpn', 2, 'no-default-alpn needs alpn'],
    ['SVCB', '1 foo alpn=h2,,h3', 2, 'alpn must be a list of 1–255 octets each'],
    ['SVCB', '1 foo alpn="h2\\\\x"', 3, 'alpn only a comma or a backslash can be escaped in a list'],
    ['SVCB', '1 foo key3=x', 2, 'key3 value of a bad length'],
    ['SVCB', '1 foo key01=x', 2, 'parameter must be a known key or key0–key65535, got "key01"'],
    ['SVCB', '1 foo ech=x', 2, 'ech must be padded base64, got "x"'],
    // RFC 3597 §5.
    ['TYPE65280', '', 0, 'record data is missing'],
    ['TYPE65280', 'x', 0, 'TYPE65280 record data must be written as \\# LENGTH OCTETS'],
    ['A', '\\#', 1, 'length of record data is missing'],
    ['A', '\\# x', 1, 'length of record data must be 0–65535, got "x"'],
    ['A', '\\# 4 0a00 0g01', 3, 'record data must be pairs of hexadecimal digits'],
    ['A', '\\# 4 0a0000', 2, 'record data must be 4 octets, got 3'],
    ['A', '\\# 3 0a0000', 2, 'record data is cut short'],
    ['A', '\\# 5 0a00000000', 2, 'A record data has 1 octets too many'],
    ['NS', '\\# 4 0161c000', 2, 'label is compressed or of a reserved type'],
  ])('%s %s', (type, text, index, message) => {
    let error: unknown
    try {
      parse(type, text)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(RdataError)
    expect(error).toBeInstanceOf(WireError)
    expect((error as RdataError).message).toContain(message)
    expect((error as RdataError).index).toBe(index)
  })
})

describe('uncompressRdata', () => {
  // A message with example.org. at octet 2 and the data from octet 15 on.
  const message = (data: string): Uint8Array => octets(`ffff 076578616d706c65036f726700 ${data}`)
  const uncompress = (type: string, data: string): string => {
    const octets = message(data)
    return rdataText(code(type), uncompressRdata(code(type), octets, 15, octets.length))
  }

  test.each([
    ['A', 'c0000201', '192.0.2.1'],
    ['NS', 'c002', 'example.org.'],
    ['CNAME', '0161c00a', 'a.org.'],
    [
      'SOA',
      '0161c002 0162c00f 00000001 00000002 00000003 00000004 00000005',
      'a.example.org. b.a.example.org. 1 2 3 4 5',
    ],
    ['MX', '000a c002', '10 example.org.'],
    ['MINFO', 'c002 c00f', 'example.org. example.org.'],
    ['RP', 'c002 c00a', 'example.org. org.'],
    ['AFSDB', '0001 c002', '1 example.org.'],
    ['RT', '0001 c002', '1 example.org.'],
    ['PX', '0001 c002 c00a', '1 example.org. org.'],
    ['SRV', '0001 0002 0003 c002', '1 2 3 example.org.'],
    ['NAPTR', '0001 0002 0173 00 00 0161c002', '1 2 "s" "" "" a.example.org.'],
    [
      'SIG',
      '0000 08 00 00000000 00000000 00000000 0001 c002 ff',
      'TYPE0 8 0 0 19700101000000 19700101000000 1 example.org. /w==',
    ],
    ['NXT', 'c002 40', 'example.org. A'],
    // Newer types must not be compressed, and unknown ones are left alone.
    ['TYPE65280', 'c002', '\\# 2 C002'],
  ])('%s %s', (type, data, text) => {
    expect(uncompress(type, data)).toBe(text)
  })

  test.each([
    ['A', '', 'bad length of A record data'],
    ['A', 'c000020100', 'bad length of A record data'],
    ['AAAA', 'c0000201', 'bad length of AAAA record data'],
    ['NS', '', 'name runs past the message'],
    ['NS', 'c00200', 'bad length of NS record data'],
    ['NS', 'c00f', 'compression pointer does not point backwards'],
    ['NS', 'c0', 'bad length of NS record data'],
    ['MX', '0001', 'name runs past the message'],
    ['MX', '000ac00200', 'MX record data has 1 octets too many'],
    ['SOA', 'c002 c002 00000001 00000002 00000003 00000004 000000', 'record data is cut short'],
    ['TXT', '0561', 'record data is cut short'],
    ['DNAME', 'c002', 'label is compressed or of a reserved type'],
    ['RRSIG', '0001 08 00 00000000 00000000 00000000 0001 c002 ff', 'label is compressed'],
    ['NSEC', 'c002 0001 40', 'label is compressed'],
    ['NSEC', '00 0001 40 0001 40', 'type bitmaps out of order'],
    ['NSEC', '00 0000', 'type bitmap of a bad length'],
    ['NSEC', `00 0021 ${'01'.repeat(33)}`, 'type bitmap of a bad length'],
    ['SVCB', '0001 c002', 'label is compressed'],
    ['SVCB', '0001 00 0003 0002 0035 0003 0002 0035', 'service parameters out of order'],
    ['SVCB', '0001 00 0003 0002 00', 'record data is cut short'],
    ['DS', '0001', 'record data is cut short'],
    ['EUI48', '00005e0053', 'record data is cut short'],
    ['LOC', '00', 'record data is cut short'],
    ['IPSECKEY', '0a 03 02 c002', 'label is compressed'],
    ['AMTRELAY', '0a 00 00', 'AMTRELAY record data has 1 octets too many'],
    ['HIP', '01 00 0001 ff ff c002', 'label is compressed'],
  ])('refuses %s %s', (type, data, reason) => {
    expect(() => uncompress(type, data)).toThrow(WireError)
    expect(() => uncompress(type, data)).toThrow(reason)
  })

  test('a name must end within the data, not only within the message', () => {
    const octets = message('0161 00')
    for (const type of ['NS', 'SOA', 'MX', 'SRV', 'DNAME']) {
      expect(() => uncompressRdata(code(type), octets, 15, 17)).toThrow(WireError)
    }
    expect(() => uncompressRdata(code('A'), octets, 15, 19)).toThrow('record data runs past the message')
    expect(() => uncompressRdata(code('TYPE65280'), octets, 15, 14)).toThrow('record data runs past the message')
  })
})

describe('canonicalRdata', () => {
  test.each([
    ['NS', 'A.Example.', 'a.example.'],
    ['SOA', 'A. B. 1 2 3 4 5', 'a. b. 1 2 3 4 5'],
    ['MX', '10 A.', '10 a.'],
    ['SRV', '1 2 3 A.', '1 2 3 a.'],
    ['NAPTR', '1 2 "S" "X" "Y" A.', '1 2 "S" "X" "Y" a.'],
    ['KX', '1 A.', '1 a.'],
    ['DNAME', 'A.', 'a.'],
    ['RRSIG', 'A 8 2 1 0 0 1 Example. QUJD', 'A 8 2 1 19700101000000 19700101000000 1 example. QUJD'],
    // RFC 6840 §5.1 took NSEC off the list.
    ['NSEC', 'A. A', 'A. A'],
    ['HINFO', '"A" "B"', '"A" "B"'],
    ['SVCB', '1 A.', '1 A.'],
    ['LP', '1 A.', '1 A.'],
    ['TXT', '"A"', '"A"'],
  ])('%s %s', (type, text, canonical) => {
    const rdata = parse(type, text)
    const copy = rdata.slice()
    expect(rdataText(code(type), canonicalRdata(code(type), rdata))).toBe(canonical)
    expect(rdata).toEqual(copy)
  })
})

test('nameLayout', () => {
  const compressed = ['NS', 'MD', 'MF', 'CNAME', 'SOA', 'MB', 'MG', 'MR', 'PTR', 'MINFO', 'MX']
  const all = Array.from({ length: 65_536 }, (_, type) => type).filter((type) => nameLayout(type)?.compress)
  expect(all.map(typeName).sort()).toEqual(compressed.sort())
  const layouts: [string, number, number][] = [
    ['NS', 0, 1],
    ['SOA', 0, 2],
    ['MINFO', 0, 2],
    ['MX', 2, 1],
    ['PX', 2, 2],
    ['SRV', 6, 1],
    ['RRSIG', 18, 1],
    ['SVCB', 2, 1],
    ['DSYNC', 5, 1],
  ]
  for (const [type, prefix, count] of layouts) expect(nameLayout(code(type))).toMatchObject({ prefix, count })
  for (const type of ['A', 'TXT', 'NAPTR', 'IPSECKEY', 'HIP', 'TYPE65280', 'DLV']) {
    expect(nameLayout(code(type))).toBeUndefined()
  }
})

test('mnemonics', () => {
  expect([typeName(15), typeName(65_280), typeName(0), typeName(255), typeName(23)]).toEqual([
    'MX',
    'TYPE65280',
    'TYPE0',
    'ANY',
    'NSAP-PTR',
  ])
  expect([typeCode('mx'), typeCode('type15'), typeCode('TYPE65535'), typeCode('nsap-ptr')]).toEqual([
    15, 15, 65_535, 23,
  ])
  for (const text of ['TYPE65536', 'TYPE', 'TYPE-1', 'TYPE1x', 'NOSUCH', '', '15', '__proto__', 'constructor']) {
    expect(typeCode(text)).toBeUndefined()
  }
  expect([className(1), className(3), className(254), className(42)]).toEqual(['IN', 'CH', 'NONE', 'CLASS42'])
  expect([classCode('ch'), classCode('CLASS42'), classCode('CLASS65536')]).toEqual([3, 42, undefined])
  expect([rcodeName(3), rcodeName(16), rcodeName(23), rcodeName(12)]).toEqual([
    'NXDOMAIN',
    'BADVERS',
    'BADCOOKIE',
    'RCODE12',
  ])
  expect([rcodeCode('nxdomain'), rcodeCode('RCODE4095'), rcodeCode('RCODE4096')]).toEqual([3, 4095, undefined])
  expect([opcodeName(0), opcodeName(4), opcodeName(6), opcodeName(3)]).toEqual(['QUERY', 'NOTIFY', 'DSO', 'OPCODE3'])
  const lost = Array.from({ length: 65_536 }, (_, type) => type).filter((type) => typeCode(typeName(type)) !== type)
  expect(lost).toEqual([])
})
