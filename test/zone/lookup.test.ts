import { describe, expect, test } from 'vitest'
import { nameText } from '../../src/dns/name.ts'
import { Leaving, lookup } from '../../src/zone/lookup.ts'
import { ask, queryOf, zoneOf } from './zones.ts'

const SOA = 'example. 300 IN SOA ns.example. hostmaster.example. 1 7200 3600 1209600 300'
const NS = ['example. 3600 IN NS ns.example.', 'example. 3600 IN NS ns.elsewhere.']
const zone = zoneOf(`
$TTL 3600
@           SOA   ns hostmaster 1 7200 3600 1209600 300
            NS    ns
            NS    ns.elsewhere.
ns          A     192.0.2.1
www         A     192.0.2.2
            A     192.0.2.3
            AAAA  2001:db8::2
alias       CNAME www
chain       CNAME alias
dangling    CNAME none
leaving     CNAME www.elsewhere.
loop-a      CNAME loop-b
loop-b      CNAME loop-a
mail        MX    10 www
            MX    20 www.
            MX    30 WWW
mailw       MX    10 any.wild
            MX    20 any.wsub
_s._tcp     SRV   1 2 3 www
svc         HTTPS 0 www
*.wild      A     192.0.2.4
            MX    10 www
*.a.b.wild  TXT   "deeper"
*.walias    CNAME www
*.wloop     CNAME x.wloop
x.*.ent     A     192.0.2.5
a.b.c.deep  A     192.0.2.6
*.wsub      A     192.0.2.11
wref        NS    any.wsub
sub         NS    ns.sub
            NS    ns.sibling
            NS    ns
ns.sub      A     192.0.2.7
            TXT   "hidden"
sibling     NS    ns.sibling
ns.sibling  AAAA  2001:db8::7
signed      NS    ns.sub
            DS    1 8 2 ${'12'.repeat(32)}
to-sub      CNAME x.sub
dn          DNAME target
dn          A     192.0.2.8
hidden.dn   A     192.0.2.9
x.target    A     192.0.2.10
long        DNAME ${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.elsewhere.
selfdn      DNAME selfdn
updn        DNAME @
`)

/** `QUESTION | RCODE | AA | answer | authority | additional`; owner and data are short where they are in the zone. */
const reply = (question: string): string => {
  const { rcode, aa, answer, authority, additional } = ask(zone, question)
  const short = (records: readonly string[]): string => {
    if (records.join() === NS.join()) return 'NS'
    if (records.join() === SOA) return 'SOA'
    return records.map((text) => text.replaceAll(/ (3600 )?IN /g, ' ').replaceAll('.example.', '')).join(', ')
  }
  return `${rcode}${aa ? ' aa' : ''} | ${short(answer)} | ${short(authority)} | ${short(additional)}`
}

describe('data', () => {
  test.each([
    ['www.example. A', 'NOERROR aa | www A 192.0.2.2, www A 192.0.2.3 | NS | '],
    ['WwW.eXample. AAAA', 'NOERROR aa | WwW.eXample. AAAA 2001:db8::2 | NS | '],
    ['example. SOA', 'NOERROR aa | example. SOA ns hostmaster 1 7200 3600 1209600 300 | NS | '],
    ['example. NS', 'NOERROR aa | NS |  | ns A 192.0.2.1'],
    [
      'mail.example. MX',
      'NOERROR aa | mail MX 10 www, mail MX 20 www., mail MX 30 WWW | NS | www A 192.0.2.2, www A 192.0.2.3, www AAAA 2001:db8::2',
    ],
    [
      'mailw.example. MX',
      'NOERROR aa | mailw MX 10 any.wild, mailw MX 20 any.wsub | NS | any.wild A 192.0.2.4, any.wsub A 192.0.2.11',
    ],
    [
      '_s._tcp.example. SRV',
      'NOERROR aa | _s._tcp SRV 1 2 3 www | NS | www A 192.0.2.2, www A 192.0.2.3, www AAAA 2001:db8::2',
    ],
    [
      'svc.example. HTTPS',
      'NOERROR aa | svc HTTPS 0 www | NS | www A 192.0.2.2, www A 192.0.2.3, www AAAA 2001:db8::2',
    ],
    ['www.example. ANY', 'NOERROR aa | www A 192.0.2.2, www A 192.0.2.3 | NS | '],
    ['alias.example. ANY', 'NOERROR aa | alias CNAME www | NS | '],
    ['example. ANY', 'NOERROR aa | example. SOA ns hostmaster 1 7200 3600 1209600 300 | NS | '],
  ])('%s', (question, expected) => expect(reply(question)).toBe(expected))
})

describe('nothing', () => {
  test.each([
    ['www.example. MX', 'NOERROR aa |  | SOA | '],
    ['www.example. RRSIG', 'NOERROR aa |  | SOA | '],
    ['none.example. A', 'NXDOMAIN aa |  | SOA | '],
    ['x.www.example. A', 'NXDOMAIN aa |  | SOA | '],
    ['x.y.z.none.example. ANY', 'NXDOMAIN aa |  | SOA | '],
    ['deep.example. A', 'NOERROR aa |  | SOA | '],
    ['b.c.deep.example. ANY', 'NOERROR aa |  | SOA | '],
    ['x.c.deep.example. A', 'NXDOMAIN aa |  | SOA | '],
    ['example. DS', 'NOERROR aa |  | SOA | '],
  ])('%s', (question, expected) => expect(reply(question)).toBe(expected))
})

describe('wildcards (RFC 4592)', () => {
  test.each([
    ['x.wild.example. A', 'NOERROR aa | x.wild A 192.0.2.4 | NS | '],
    ['x.y.wild.example. A', 'NOERROR aa | x.y.wild A 192.0.2.4 | NS | '],
    ['*.wild.example. A', 'NOERROR aa | *.wild A 192.0.2.4 | NS | '],
    ['x.*.wild.example. A', 'NXDOMAIN aa |  | SOA | '],
    ['wild.example. A', 'NOERROR aa |  | SOA | '],
    ['x.wild.example. TXT', 'NOERROR aa |  | SOA | '],
    [
      'x.wild.example. MX',
      'NOERROR aa | x.wild MX 10 www | NS | www A 192.0.2.2, www A 192.0.2.3, www AAAA 2001:db8::2',
    ],
    ['b.wild.example. A', 'NOERROR aa |  | SOA | '],
    ['x.b.wild.example. A', 'NXDOMAIN aa |  | SOA | '],
    ['x.a.b.wild.example. TXT', 'NOERROR aa | x.a.b.wild TXT "deeper" | NS | '],
    ['x.walias.example. AAAA', 'NOERROR aa | x.walias CNAME www, www AAAA 2001:db8::2 | NS | '],
    ['x.ent.example. A', 'NOERROR aa |  | SOA | '],
    ['x.*.ent.example. A', 'NOERROR aa | x.*.ent A 192.0.2.5 | NS | '],
    ['y.*.ent.example. A', 'NXDOMAIN aa |  | SOA | '],
    ['y.wloop.example. A', 'SERVFAIL aa | y.wloop CNAME x.wloop, x.wloop CNAME x.wloop |  | '],
  ])('%s', (question, expected) => expect(reply(question)).toBe(expected))
})

describe('aliases', () => {
  test.each([
    ['alias.example. A', 'NOERROR aa | alias CNAME www, www A 192.0.2.2, www A 192.0.2.3 | NS | '],
    ['alias.example. CNAME', 'NOERROR aa | alias CNAME www | NS | '],
    ['chain.example. AAAA', 'NOERROR aa | chain CNAME alias, alias CNAME www, www AAAA 2001:db8::2 | NS | '],
    ['chain.example. TXT', 'NOERROR aa | chain CNAME alias, alias CNAME www | SOA | '],
    ['loop-a.example. A', 'SERVFAIL aa | loop-a CNAME loop-b, loop-b CNAME loop-a |  | '],
    [
      'to-sub.example. A',
      'NOERROR aa | to-sub CNAME x.sub | sub NS ns.sub, sub NS ns.sibling, sub NS ns | ns.sub A 192.0.2.7, ns.sibling AAAA 2001:db8::7, ns A 192.0.2.1',
    ],
  ])('%s', (question, expected) => expect(reply(question)).toBe(expected))

  test.each([
    ['leaving.example. A', 'www.elsewhere.', 'NOERROR aa | leaving CNAME www.elsewhere. | NS | '],
    ['dangling.example. A', 'none.example.', 'NXDOMAIN aa | dangling CNAME none | SOA | '],
    ['x.updn.example. A', 'x.example.', 'NXDOMAIN aa | updn DNAME example., x.updn CNAME x | SOA | '],
  ])('%s goes on elsewhere', (question, target, expected) => {
    const outcome = lookup(zone, queryOf(question))
    expect(outcome).toBeInstanceOf(Leaving)
    expect(nameText((outcome as Leaving).target)).toBe(target)
    expect(reply(question)).toBe(expected)
  })

  test('long chains are cut', () => {
    const links = Array.from({ length: 50 }, (_, i) => `c${i} 300 CNAME c${i + 1}\n`).join('')
    const long = zoneOf(`@ 300 SOA a. b. 1 2 3 4 5\n${links}c50 300 A 192.0.2.1\n`)
    expect(ask(long, 'c0.example. A').answer).toHaveLength(32)
    expect(ask(long, 'c25.example. A').answer).toHaveLength(26)
  })
})

describe('delegations', () => {
  const SUB =
    'sub NS ns.sub, sub NS ns.sibling, sub NS ns | ns.sub A 192.0.2.7, ns.sibling AAAA 2001:db8::7, ns A 192.0.2.1'
  test.each([
    ['sub.example. A', `NOERROR |  | ${SUB}`],
    ['sub.example. NS', `NOERROR |  | ${SUB}`],
    ['sub.example. ANY', `NOERROR |  | ${SUB}`],
    ['x.y.sub.example. A', `NOERROR |  | ${SUB}`],
    ['ns.sub.example. A', `NOERROR |  | ${SUB}`],
    ['ns.sub.example. TXT', `NOERROR |  | ${SUB}`],
    ['x.sub.example. DS', `NOERROR |  | ${SUB}`],
    ['sub.example. DS', 'NOERROR aa |  | SOA | '],
    ['signed.example. DS', `NOERROR aa | signed DS 1 8 2 ${'12'.repeat(32)} | NS | `],
    ['wref.example. A', 'NOERROR |  | wref NS any.wsub | '],
    ['signed.example. A', 'NOERROR |  | signed NS ns.sub | ns.sub A 192.0.2.7'],
  ])('%s', (question, expected) => expect(reply(question)).toBe(expected))
})

describe('DNAME (RFC 6672)', () => {
  test.each([
    ['dn.example. A', 'NOERROR aa | dn A 192.0.2.8 | NS | '],
    ['dn.example. DNAME', 'NOERROR aa | dn DNAME target | NS | '],
    ['x.dn.example. A', 'NOERROR aa | dn DNAME target, x.dn CNAME x.target, x.target A 192.0.2.10 | NS | '],
    ['x.dn.example. CNAME', 'NOERROR aa | dn DNAME target, x.dn CNAME x.target | NS | '],
    ['x.dn.example. TXT', 'NOERROR aa | dn DNAME target, x.dn CNAME x.target | SOA | '],
    ['hidden.dn.example. A', 'NXDOMAIN aa | dn DNAME target, hidden.dn CNAME hidden.target | SOA | '],
    ['x.selfdn.example. A', 'SERVFAIL |  |  | '],
    ['x.selfdn.example. CNAME', 'NOERROR aa | selfdn DNAME selfdn, x.selfdn CNAME x.selfdn | NS | '],
  ])('%s', (question, expected) => expect(reply(question)).toBe(expected))

  test('a name that gets too long is YXDOMAIN (RFC 6672 §2.2)', () => {
    const { rcode, aa, answer } = ask(zone, `${'x'.repeat(63)}.long.example. A`)
    expect({ rcode, aa, records: answer.length }).toEqual({ rcode: 'YXDOMAIN', aa: true, records: 1 })
    expect(ask(zone, 'x.long.example. A')).toMatchObject({ rcode: 'NOERROR', aa: true })
  })

  test('at the apex', () => {
    const apex = zoneOf('@ 300 SOA a. b. 1 2 3 4 5\n@ 300 DNAME other.\nwww 300 A 192.0.2.1\n')
    expect(ask(apex, 'www.example. A').answer).toEqual([
      'example. 300 IN DNAME other.',
      'www.example. 300 IN CNAME www.other.',
    ])
    expect(ask(apex, 'example. A')).toMatchObject({ rcode: 'NOERROR', answer: [] })
  })
})

test('the root zone', () => {
  const root = zoneOf(
    '. 300 SOA a. b. 1 2 3 4 5\n. 300 NS ns.\nns. 300 A 192.0.2.1\norg. 300 NS ns.org.\nns.org. 300 A 192.0.2.2\n',
    { origin: '.' },
  )
  expect(ask(root, '. NS')).toMatchObject({
    aa: true,
    answer: ['. 300 IN NS ns.'],
    additional: ['ns. 300 IN A 192.0.2.1'],
  })
  expect(ask(root, 'www.example.org. A')).toMatchObject({ aa: false, authority: ['org. 300 IN NS ns.org.'] })
  expect(ask(root, 'none. A')).toMatchObject({ rcode: 'NXDOMAIN' })
})

test('names of 40 and of 127 labels', () => {
  const owner = 'a.'.repeat(123)
  const deep = zoneOf(`@ 300 SOA a. b. 1 2 3 4 5\n${owner}example. 300 A 192.0.2.1\n`)
  expect(ask(deep, `${owner}example. A`).answer).toHaveLength(1)
  expect(ask(deep, `${'a.'.repeat(40)}example. A`)).toMatchObject({ rcode: 'NOERROR', answer: [] })
  expect(ask(deep, `b.${'a.'.repeat(40)}example. A`)).toMatchObject({ rcode: 'NXDOMAIN' })
})
