// biome-ignore-all lint/suspicious/noTemplateCurlyInString: braces behind a dollar are the syntax of $GENERATE
import { describe, expect, test } from 'vitest'
import { APEX, ask, faultsOf, zoneOf } from './zones.ts'

describe('mistakes in the text', () => {
  test.each([
    ['x 300 FOO bar', 'db:3:7: unknown record type "FOO"'],
    ['# invalid', 'db:3:3: unknown record type "invalid"'],
    ['x 300 300 A 192.0.2.1', 'db:3:7: unknown record type "300"'],
    ['x IN IN A 192.0.2.1', 'db:3:6: unknown record type "IN"'],
    ['x 300 CH TXT y', 'db:3:7: class must be IN, got "CH"'],
    ['x 1y A 192.0.2.1', 'db:3:3: TTL must be seconds, as in 3600 or 1h30m, got "1y"'],
    ['x 1h30 A 192.0.2.1', 'db:3:3: TTL must be seconds, as in 3600 or 1h30m, got "1h30"'],
    ['x 4294967296 A 192.0.2.1', 'db:3:3: TTL must be seconds, as in 3600 or 1h30m, got "4294967296"'],
    ['x 300 "A" 192.0.2.1', 'db:3:7: TTL, class and type must not be in quotes, got "A"'],
    ['x "300" A 192.0.2.1', 'db:3:3: TTL, class and type must not be in quotes, got "300"'],
    ['x 300 A "192.0.2.1"', 'db:3:9: A: address must not be in quotes, got "192.0.2.1"'],
    ['x 300 NS "y"', 'db:3:10: NS: nsdname must not be in quotes, got "y"'],
    ['x 300 MX "10" y', 'db:3:10: MX: preference must not be in quotes, got "10"'],
    ['x 300 DS 1 8 2 ab', 'db:3:16: DS: digest of type 2 must have 32 octets, got 1'],
    ['x', 'db:3:1: record type is missing'],
    ['x 300 IN', 'db:3:7: record type is missing'],
    ['x 300 ANY', 'db:3:7: ANY is no type of data in a zone'],
    ['x 300 TYPE0 \\# 0', 'db:3:7: TYPE0 is no type of data in a zone'],
    ['x 300 A 192.0.2.256', 'db:3:9: A: '],
    ['x 300 A 192.0.2.1 y', 'db:3:19: A: '],
    ['x 300 A', 'db:3:8: A: '],
    ['x 300 MX x m', 'db:3:10: MX: preference must be 0–65535, got "x"'],
    ['x 300 MX (\n 10\n m..n )', 'db:5:2: MX: '],
    ['x 300 TXT "a', 'db:3:11: closing quote is missing'],
    ['x 300 TXT "a\nb"', 'db:3:11: closing quote is missing\ndb:4:'],
    ['x 300 TXT a )', 'db:3:13: ")" without "("'],
    ['x 300 TXT ( a', 'db:3:11: "(" is never closed'],
    ['x 300 TXT (\n a\n b\n', 'db:3:11: "(" is never closed'],
    ['x\0y 300 A 192.0.2.1', 'db:3:2: NUL octet in the text'],
    ['a..b 300 A 192.0.2.1', 'db:3:1: owner: empty label in name "a..b"'],
    ['.a 300 A 192.0.2.1', 'db:3:1: owner: empty label in name ".a"'],
    ['a\\256 300 A 192.0.2.1', 'db:3:1: owner: bad escape in name "a\\256"'],
    [`${'a'.repeat(64)} 300 A 192.0.2.1`, 'db:3:1: owner: label is longer than 63 octets in name '],
    [`${'a.'.repeat(124)} 300 A 192.0.2.1`, ''],
    [`${'a.'.repeat(124)}b 300 A 192.0.2.1`, 'db:3:1: owner: name is longer than 255 octets: '],
    ['$FOO', 'db:3:1: unknown directive "$FOO"; there are $ORIGIN, $TTL, $INCLUDE and $GENERATE'],
    ['$TTL', 'db:3:1: $TTL: TTL is missing'],
    ['$TTL x', 'db:3:6: TTL must be seconds, as in 3600 or 1h30m, got "x"'],
    ['$TTL 1 2', 'db:3:8: unexpected "2" at the end of the entry'],
    ['$ORIGIN a..b', 'db:3:9: $ORIGIN: empty label in name "a..b"'],
    ['$INCLUDE', 'db:3:1: $INCLUDE: file is missing'],
    ['$INCLUDE none.db', 'db:3:10: $INCLUDE: cannot read none.db: no such file'],
    ['www 300 TXT a"b', 'db:3:14: closing quote is missing'],
    ['$GENERATE 3-1 a$ A 192.0.2.$', 'db:3:11: $GENERATE: range must be START-STOP or START-STOP/STEP, got "3-1"'],
    ['$GENERATE 1-2/0 a$ A 192.0.2.$', 'db:3:11: $GENERATE: range must be'],
    ['$GENERATE 0-9999999 a$ A 192.0.2.1', 'db:3:11: $GENERATE: more than 1048576 records'],
    ['$GENERATE 1-2 a$ A', 'db:3:18: $GENERATE: wants a range, an owner, a type and data'],
    ['$GENERATE 1-2 a${0,3 300 A 192.0.2.1', '$GENERATE: modifier must be OFFSET[,WIDTH[,BASE]], got "0,3 300'],
    ['$GENERATE 1-2 a${-2,0,x} 300 A 192.0.2.1', '$GENERATE: 1-2 is below 0'],
    ['$GENERATE 1-2 a${0,3,q} 300 A 192.0.2.1', '$GENERATE: modifier must be OFFSET[,WIDTH[,BASE]], got "0,3,q"'],
    ['$GENERATE 255-256 a$ 300 A 192.0.2.$', 'db:3:1: $GENERATE: A: '],
  ])('%j', (text, message) => {
    const faults = faultsOf(APEX + text)
    if (message === '') expect(faults).toBe('')
    else expect(faults).toContain(message)
    expect(faults.split('\n')).toHaveLength(message.split('\n').length)
  })

  test('a few lines do not fill the memory', () => {
    const lines = '$GENERATE 1-1048576 a 300 TXT x\n'.repeat(3)
    expect(faultsOf(APEX + lines)).toBe('db:5:1: $GENERATE: more than 2097152 records in all')
  })

  test('the first owner cannot be blank', () => {
    expect(faultsOf(` 300 A 192.0.2.1\n${APEX}`)).toBe('db:1:2: the first record needs an owner name')
  })

  test('all are told, and reading goes on behind them', () => {
    const text = `${APEX}a 300 A x\nb 300 MX ( y\n m )\nc 300 CNAME ok\nc 300 TXT x\nd 300 NIX\n`
    expect(
      faultsOf(text)
        .split('\n')
        .map((line) => line.slice(0, 6)),
    ).toEqual(['db:3:9', 'db:4:1', 'db:8:7', 'db:7:1'])
  })

  test('but not more than a hundred', () => {
    const faults = faultsOf(APEX + 'x 300 A y\n'.repeat(100_000)).split('\n')
    expect(faults).toHaveLength(101)
    expect(faults[100]).toBe('db: too many errors, the rest is not looked at')
  })
})

describe('mistakes in the zone', () => {
  test.each([
    ['', 'db: no SOA record for the zone example.'],
    ['www 300 A 192.0.2.1\n', 'db: no SOA record for the zone example.'],
    [`${APEX}x 300 SOA a b 1 2 3 4 5`, 'db:3:1: SOA record of x.example. is not at the apex'],
    [`${APEX}@ 300 SOA a b 1 2 3 4 5`, 'db:3:1: example. has more than one SOA record'],
    [`${APEX}x 300 CNAME a\nx 300 A 192.0.2.1`, 'db:4:1: x.example. has a CNAME and other data: A'],
    [`${APEX}x 300 A 192.0.2.1\nx 300 CNAME a`, 'db:3:1: x.example. has a CNAME and other data: A'],
    [`${APEX}x 300 CNAME a\nx 300 CNAME b`, 'db:4:1: x.example. has more than one CNAME record'],
    [`${APEX}x 300 DNAME a\nx 300 DNAME b`, 'db:4:1: x.example. has more than one DNAME record'],
    [`${APEX}x 300 CNAME a\nX 300 CNAME A`, ''],
    [`${APEX}@ 300 CNAME a`, 'db:1:1: example. has a CNAME and other data: SOA'],
    [
      `${APEX}@ 0 NSEC3PARAM 1 0 5 AB`,
      'db:3:1: NSEC3PARAM without a chain: the apex has no NSEC3 record with its parameters',
    ],
    [`${APEX}@ 0 NSEC3PARAM 1 0 2501 -`, 'db:3:1: NSEC3PARAM: iterations must be at most 2500, got 2501'],
    [
      `${APEX}0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.other. 0 NSEC3 1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A`,
      'is outside the zone example.',
    ],
  ])('%j', (text, message) => {
    if (message === '') expect(faultsOf(text)).toBe('')
    else expect(faultsOf(text)).toContain(message)
  })

  test.each([
    ['@ 3600 NS ns', 'db:3:1: NS: ns.example. has no address'],
    ['@ 3600 NS ns\nns 300 CNAME a.b.', 'db:3:1: NS: ns.example. is an alias'],
    ['s 300 NS ns.s', 'db:3:1: NS: ns.s.example. has no glue'],
    ['s 300 NS ns.s\nns.s 300 A 192.0.2.1', ''],
    ['s 300 NS ns.t\nt 300 NS ns.', 'db:3:1: NS: ns.t.example. has no glue'],
    ['s 300 NS s', 'db:3:1: NS: s.example. has no glue'],
    ['x 300 MX 5 m', 'db:3:1: MX: m.example. has no address'],
    ['x 300 MX 5 m.w\n*.w 300 A 192.0.2.1', ''],
    ['x 300 MX 5 m.s\ns 300 NS ns.', ''],
    ['x 300 MX 0 .', ''],
    ['x 300 SRV 1 2 3 m\nm 300 TXT x', 'db:3:1: SRV: m.example. has no address'],
    ['s 300 NS ns.\na.s 300 TXT x', 'db:4:1: a.s.example. is below the delegation s.example.: not served'],
    ['s 300 DNAME ns.\na.b.s 300 A 192.0.2.1', 'db:4:1: a.b.s.example. is below the DNAME s.example.: not served'],
    ['s 300 DNAME ns.\ns 300 NS ns.', 'db:4:1: s.example. has NS records and a DNAME: the DNAME is not served'],
    [
      `$GENERATE 1-250 x 300 TXT "$ ${'y'.repeat(251)}"`,
      'db:3:1: x.example. has more TXT records than a message holds: 66892 octets',
    ],
    ['*.s 300 NS ns.', 'db:3:1: wildcard *.s.example. has NS records, which mean nothing there'],
    [
      'x 400 A 192.0.2.1\nx 300 A 192.0.2.2',
      'db:4:1: x.example. has A records of several TTLs: the lowest, 300, is used',
    ],
    [`@ 300 DS 1 8 2 ${'12'.repeat(32)}`, 'db:3:1: DS records at the apex belong into the parent zone'],
  ])('doubtful: %j', (text, warning) => {
    expect(zoneOf(APEX + text).warnings).toEqual(warning === '' ? [] : [warning])
  })

  test('no name servers', () => {
    expect(zoneOf('@ 300 SOA a. b. 1 2 3 4 5').warnings).toEqual(['db: no NS records for the zone example.'])
  })

  test('the file of a zone below is served for what it has, as with CoreDNS', () => {
    const image = zoneOf('sub.example. 300 SOA a. b. 1 2 3 4 5\nx.sub.example. 300 A 192.0.2.1\n')
    expect(image.warnings).toEqual([
      'db: no SOA record for the zone example., only below it: what is not there is denied without one',
      'db:1:1: SOA record of sub.example. is not at the apex',
    ])
    expect(ask(image, 'x.sub.example. A')).toMatchObject({ aa: true, answer: ['x.sub.example. 300 IN A 192.0.2.1'] })
    expect(ask(image, 'y.example. A')).toMatchObject({ rcode: 'NXDOMAIN', aa: true, authority: [] })
  })

  test('a file of another zone makes one that cannot be served', () => {
    const image = zoneOf('other. 300 SOA a. b. 1 2 3 4 5\n')
    expect(image.usable).toBe(false)
    expect(image.warnings.at(-1)).toBe('db: no SOA record for the zone example., but one for other.: not served')
  })
})
