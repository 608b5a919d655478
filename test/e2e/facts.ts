/**
 * What coredge does, whatever it runs on: one list, asked over every transport of the site in ./site. A fact is a query and
 * what must come back, in presentation form. Sections that are not mentioned are not looked at; flags are: `flags` holds
 * those of aa, tc, rd, ra, ad, cd that must be set, all others must not.
 */
export interface Fact {
  readonly title: string
  /** `NAME TYPE [CLASS]` and options: +do, +norec, +cd, +ad, +edns[=VERSION], +bufsize=N, +opt=CODE:HEX. */
  readonly ask?: string
  /** In place of `ask`: the message's octets as hex; blanks are left out. */
  readonly raw?: string
  readonly rcode?: string
  readonly flags?: string
  readonly answer?: readonly string[]
  readonly authority?: readonly string[]
  readonly additional?: readonly string[]
  readonly answers?: number
  readonly additionals?: number
  /** Octets of the whole reply. */
  readonly size?: number
  /** An EDNS option that must be there: `CODE` or `CODE:HEX`. */
  readonly option?: string
  /** Whether the reply has an OPT record, and of which size. */
  readonly edns?: boolean | number
  /** Nothing may come back. DoH answers with this HTTP status instead. */
  readonly silent?: boolean
  /** The reply is a header alone, or with `edns` a header and an OPT record. */
  readonly headerOnly?: boolean
  /** What is different over UDP, where replies are cut. */
  readonly udp?: Partial<Fact>
  /** Only on these transports. */
  readonly on?: readonly ('process' | 'udp' | 'tcp' | 'tls' | 'https' | 'workerd')[]
}

const header = '1234 0100 0001 0000 0000 0000'
const wwwA = '03777777 076578616d706c65 036f7267 00 0001 0001'
const soa = 'example.org. 300 IN SOA sns.dns.icann.org. noc.dns.icann.org. 2017042745 7200 3600 1209600 300'
const ns = ['example.org. 3600 IN NS ns1.example.org.', 'example.org. 3600 IN NS ns2.example.net.']
const answered = { rcode: 'NOERROR', flags: 'aa rd' }
const nxdomain = { rcode: 'NXDOMAIN', flags: 'aa rd', answer: [], authority: [soa] }
const nodata = { rcode: 'NOERROR', flags: 'aa rd', answer: [], authority: [soa] }
const refused = { rcode: 'REFUSED', flags: 'rd', answer: [], authority: [], additional: [] }

const zone: Fact[] = [
  { title: 'an address', ask: 'www.example.org A', ...answered, answer: ['www.example.org. 300 IN A 127.0.0.1'] },
  { title: 'an IPv6 address', ask: 'www.example.org AAAA', ...answered, answer: ['www.example.org. 300 IN AAAA ::1'] },
  { title: 'the apex NS in authority', ask: 'www.example.org A', authority: ns },
  { title: 'no RD, no RD back', ask: 'www.example.org A +norec', rcode: 'NOERROR', flags: 'aa' },
  { title: 'CD is copied', ask: 'www.example.org A +cd', rcode: 'NOERROR', flags: 'aa rd cd' },
  { title: 'AD is not', ask: 'www.example.org A +ad', rcode: 'NOERROR', flags: 'aa rd' },
  {
    title: 'case of the question is kept',
    ask: 'wWw.eXaMple.ORG A',
    ...answered,
    answer: ['wWw.eXaMple.ORG. 300 IN A 127.0.0.1'],
  },
  { title: 'several records', ask: 'many.example.org A', ...answered, answers: 3 },
  {
    title: 'SOA',
    ask: 'example.org SOA',
    ...answered,
    answer: [soa.replace(' 300 ', ' 3600 ')],
  },
  { title: 'NS', ask: 'example.org NS', ...answered, answer: ns },
  {
    title: 'NS brings addresses of servers inside the zone',
    ask: 'example.org NS',
    additional: ['ns1.example.org. 3600 IN A 192.0.2.1', 'ns1.example.org. 3600 IN AAAA 2001:db8::1'],
  },
  { title: 'MX', ask: 'example.org MX', ...answered, answer: ['example.org. 3600 IN MX 10 mail.example.org.'] },
  {
    title: 'MX brings addresses',
    ask: 'example.org MX',
    additional: ['mail.example.org. 3600 IN A 192.0.2.25'],
  },
  {
    title: 'TXT of two strings',
    ask: 'example.org TXT',
    ...answered,
    answer: ['example.org. 3600 IN TXT "v=spf1 -all" "second string"'],
  },
  {
    title: 'CAA',
    ask: 'example.org CAA',
    ...answered,
    answer: ['example.org. 3600 IN CAA 0 issue "ca.example.net"'],
  },
  {
    title: 'SRV',
    ask: '_sip._tcp.example.org SRV',
    ...answered,
    answer: ['_sip._tcp.example.org. 3600 IN SRV 10 20 5060 mail.example.org.'],
    additional: ['mail.example.org. 3600 IN A 192.0.2.25'],
  },
  {
    title: 'HTTPS',
    ask: 'https.example.org HTTPS',
    ...answered,
    answer: ['https.example.org. 3600 IN HTTPS 1 . alpn="h2,h3" ipv4hint=192.0.2.80'],
  },
  {
    title: 'a type without a name',
    ask: 'custom.example.org TYPE65280',
    ...answered,
    answer: ['custom.example.org. 3600 IN TYPE65280 \\# 4 0A000001'],
  },
  {
    title: 'a dot inside a label',
    ask: 'esc\\.aped.example.org A',
    ...answered,
    answer: ['esc\\.aped.example.org. 3600 IN A 192.0.2.70'],
  },
  { title: 'which is not two labels', ask: 'esc.aped.example.org A', ...nxdomain },
  {
    title: 'octets outside ASCII',
    ask: '\\000odd.example.org TXT',
    ...answered,
    answer: ['\\000odd.example.org. 3600 IN TXT "quote \\" and \\\\ and \\200"'],
  },
  { title: 'no such name', ask: 'missing.example.org A', ...nxdomain },
  { title: 'no such name, deep', ask: 'a.b.missing.example.org A', ...nxdomain },
  { title: 'no such type', ask: 'www.example.org MX', ...nodata },
  { title: 'no such type at the apex', ask: 'example.org A', ...nodata },
  { title: 'an empty non-terminal exists', ask: 'b.c.deep.example.org A', ...nodata },
  { title: 'and so does the one above', ask: 'deep.example.org A', ...nodata },
  { title: 'an underscore empty non-terminal', ask: '_tcp.example.org SRV', ...nodata },
  { title: 'nothing beside an empty non-terminal', ask: 'x.c.deep.example.org A', ...nxdomain },
]

const aliases: Fact[] = [
  {
    title: 'CNAME is followed',
    ask: 'alias.example.org A',
    ...answered,
    answer: ['alias.example.org. 3600 IN CNAME www.example.org.', 'www.example.org. 300 IN A 127.0.0.1'],
  },
  {
    title: 'over two steps',
    ask: 'chain.example.org AAAA',
    ...answered,
    answer: [
      'chain.example.org. 3600 IN CNAME alias.example.org.',
      'alias.example.org. 3600 IN CNAME www.example.org.',
      'www.example.org. 300 IN AAAA ::1',
    ],
  },
  {
    title: 'not when asked for itself',
    ask: 'alias.example.org CNAME',
    ...answered,
    answer: ['alias.example.org. 3600 IN CNAME www.example.org.'],
  },
  {
    title: 'into another block',
    ask: 'away.example.org A',
    rcode: 'NOERROR',
    answer: [
      'away.example.org. 3600 IN CNAME one.hosts.test.',
      'one.hosts.test. 77 IN A 10.0.0.1',
      'one.hosts.test. 77 IN A 10.0.0.2',
    ],
  },
  {
    title: 'to a name that is not there',
    ask: 'nowhere.example.org A',
    rcode: 'NXDOMAIN',
    answer: ['nowhere.example.org. 3600 IN CNAME missing.example.org.'],
    authority: [soa],
  },
  {
    title: 'DNAME and the CNAME made from it',
    ask: 'x.dn.example.org A',
    ...answered,
    answer: [
      'dn.example.org. 3600 IN DNAME other.example.org.',
      'x.dn.example.org. 3600 IN CNAME x.other.example.org.',
      'x.other.example.org. 3600 IN A 192.0.2.60',
    ],
  },
  {
    title: 'DNAME itself',
    ask: 'dn.example.org DNAME',
    ...answered,
    answer: ['dn.example.org. 3600 IN DNAME other.example.org.'],
  },
  { title: 'DNAME does not redirect its owner', ask: 'dn.example.org A', ...nodata },
]

const wildcards: Fact[] = [
  {
    title: 'a wildcard',
    ask: 'any.wild.example.org A',
    ...answered,
    answer: ['any.wild.example.org. 3600 IN A 192.0.2.99'],
  },
  {
    title: 'over several labels',
    ask: 'so.many.wild.example.org A',
    ...answered,
    answer: ['so.many.wild.example.org. 3600 IN A 192.0.2.99'],
  },
  { title: 'without that type', ask: 'any.wild.example.org AAAA', ...nodata },
  { title: 'not for its parent', ask: 'wild.example.org A', ...nodata },
  {
    title: 'not where the name is',
    ask: 'fixed.wild.example.org A',
    ...answered,
    answer: ['fixed.wild.example.org. 3600 IN A 192.0.2.98'],
  },
  { title: 'nor for its other types', ask: 'fixed.wild.example.org TXT', ...nodata },
  { title: 'nor below it', ask: 'below.fixed.wild.example.org A', ...nxdomain },
  {
    title: 'asked for literally',
    ask: '*.wild.example.org TXT',
    ...answered,
    answer: ['*.wild.example.org. 3600 IN TXT "wild"'],
  },
]

const referral = {
  rcode: 'NOERROR',
  flags: 'rd',
  answer: [],
  authority: ['child.example.org. 3600 IN NS ns.child.example.org.'],
  additional: ['ns.child.example.org. 3600 IN A 192.0.2.53'],
}
const delegation: Fact[] = [
  { title: 'a referral', ask: 'www.child.example.org A', ...referral },
  { title: 'at the cut', ask: 'child.example.org A', ...referral },
  { title: 'glue is no answer', ask: 'ns.child.example.org A', ...referral },
  { title: 'NS at the cut', ask: 'child.example.org NS', ...referral },
  {
    title: "DS is the parent's",
    ask: 'child.example.org DS',
    ...answered,
    answer: [
      'child.example.org. 3600 IN DS 12345 13 2 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF',
    ],
  },
  { title: "a child's name is not the parent's to deny", ask: 'a.b.c.child.example.org AAAA', ...referral },
  { title: 'DS of a zone whose parent is not served here', ask: 'example.org DS', ...nodata },
]

const routing: Fact[] = [
  { title: 'no block for the name', ask: 'www.nowhere.invalid A', ...refused },
  { title: 'the root has no block', ask: '. NS', ...refused },
  { title: 'a block without plugins', ask: 'www.empty.test A', ...refused },
  {
    title: 'nobody answered',
    ask: 'unknown.silent.test A +edns',
    rcode: 'SERVFAIL',
    flags: 'rd',
    answer: [],
    option: '15',
  },
  {
    title: 'a plugin that knows the name',
    ask: 'known.silent.test A',
    ...answered,
    answer: ['known.silent.test. 3600 IN A 192.0.2.8'],
  },
  { title: 'passing on down the chain', ask: 'other.through.test A', ...answered, answer: [] },
  {
    title: 'or not',
    ask: 'here.through.test A',
    ...answered,
    answer: ['here.through.test. 3600 IN A 192.0.2.7'],
  },
  { title: 'reverse zone of an odd prefix', ask: '127.2.0.192.in-addr.arpa PTR', ...answered },
  { title: 'ends where the prefix does', ask: '128.2.0.192.in-addr.arpa PTR', ...refused },
  { title: 'a refusal says why', ask: 'www.nowhere.invalid A +edns', rcode: 'REFUSED', option: '15' },
  { title: 'class CH where no plugin asks for it', ask: 'www.example.org TXT CH', ...refused },
  { title: 'a zone has nothing of class CH, where another plugin has', ask: 'full.cut.test TXT CH', ...refused },
  { title: 'class ANY', ask: 'www.example.org A ANY', ...refused },
  { title: 'class NONE', ask: 'www.example.org A NONE', ...refused },
  { title: '127 labels', ask: `${'a.'.repeat(127)} A`, ...refused },
  {
    title: 'a name of 255 octets',
    ask: `${`${'y'.repeat(63)}.`.repeat(3)}${'z'.repeat(49)}.example.org A`,
    ...nxdomain,
  },
]

const plugins: Fact[] = [
  {
    title: 'hosts: all addresses of a name',
    ask: 'one.hosts.test A',
    ...answered,
    answer: ['one.hosts.test. 77 IN A 10.0.0.1', 'one.hosts.test. 77 IN A 10.0.0.2'],
  },
  {
    title: 'hosts: IPv6',
    ask: 'one.hosts.test AAAA',
    ...answered,
    answer: ['one.hosts.test. 77 IN AAAA 2001:db8::1'],
  },
  {
    title: 'hosts: names of an address',
    ask: '2.0.0.10.in-addr.arpa PTR',
    ...answered,
    answer: ['2.0.0.10.in-addr.arpa. 77 IN PTR one.hosts.test.', '2.0.0.10.in-addr.arpa. 77 IN PTR two.hosts.test.'],
  },
  { title: 'hosts: no such type', ask: 'two.hosts.test AAAA', ...answered, answer: [] },
  { title: 'whoami', ask: 'any.whoami.test A', ...answered, answer: [] },
  {
    title: 'template with groups',
    ask: 'ip-2-44.template.test A',
    ...answered,
    answer: ['ip-2-44.template.test. 60 IN A 192.0.2.44'],
  },
  {
    title: 'template without a match',
    ask: 'other.template.test A',
    rcode: 'NXDOMAIN',
    authority: ['template.test. 300 IN SOA ns.template.test. host.template.test. 1 60 60 60 60'],
  },
  { title: 'cache: the TTL is capped', ask: 'a.cached.test A', answer: ['a.cached.test. 30 IN A 192.0.2.9'] },
  {
    title: 'chaos: version',
    ask: 'version.bind TXT CH',
    rcode: 'NOERROR',
    answer: ['version.bind. 0 CH TXT "coredge-1"'],
  },
  {
    title: 'chaos: authors',
    ask: 'authors.bind TXT CH',
    rcode: 'NOERROR',
    answer: ['authors.bind. 0 CH TXT "somebody"'],
  },
]

const edns: Fact[] = [
  { title: 'no OPT in, none out', ask: 'www.example.org A', edns: false },
  { title: 'OPT in, OPT out, of our size', ask: 'www.example.org A +bufsize=512', edns: 1232 },
  { title: 'DO comes back', ask: 'www.example.org A +do', edns: true, ...answered },
  { title: 'unknown version', ask: 'www.example.org A +edns=1', rcode: 'BADVERS', flags: 'rd', answer: [], edns: true },
  { title: 'unknown version, outside all zones', ask: 'nowhere.invalid A +edns=255', rcode: 'BADVERS', flags: 'rd' },
  {
    title: 'the same option thrice',
    ask: 'www.example.org A +opt=10:01 +opt=65001: +opt=10:',
    ...answered,
    edns: true,
  },
  {
    title: 'less than 512 octets count as 512',
    ask: 'many.example.org A +bufsize=0',
    ...answered,
    answers: 3,
    edns: 1232,
  },
  {
    title: 'OPT before another record',
    raw: `1234 0100 0001 0000 0000 0002 ${wwwA} 00 0029 1000 00000000 0000 c00c 0001 0001 00000000 0004 01020304`,
    ...answered,
    edns: 4096,
  },
  { title: 'unknown option', ask: 'www.example.org A +opt=65001:0102', ...answered, edns: true },
  { title: 'a cookie is not echoed', ask: 'www.example.org A +opt=10:0011223344556677', ...answered, edns: true },
  { title: 'OPT in a refusal', ask: 'www.nowhere.invalid A +edns', rcode: 'REFUSED', edns: true },
  { title: 'OPT in an NXDOMAIN', ask: 'missing.example.org A +edns', rcode: 'NXDOMAIN', edns: true },
  {
    title: 'padding over encrypted transports',
    ask: 'www.example.org A +opt=12:00000000',
    option: '12',
    size: 468,
    on: ['tls', 'https', 'workerd'],
  },
]

const child = (name: string): string[] =>
  Array.from({ length: 8 }, (_, i) => `${name}.cut.test. 600 IN NS ns${i + 1}.child.cut.test.`)
const size: Fact[] = [
  {
    title: 'sixty addresses',
    ask: 'big.example.net A',
    ...answered,
    answers: 60,
    udp: { flags: 'aa tc rd', answers: 0 },
  },
  { title: 'sixty addresses in 1232 octets', ask: 'big.example.net A +bufsize=1232', ...answered, answers: 60 },
  {
    title: 'the same with 512',
    ask: 'big.example.net A +bufsize=512',
    answers: 60,
    udp: { answers: 0, flags: 'aa tc rd' },
  },
  { title: 'eight texts', ask: 'text.example.net TXT +bufsize=4096', ...answered, answers: 8 },
  {
    title: 'fifty-five thousand octets',
    ask: 'huge.example.net TXT +bufsize=4096',
    ...answered,
    answers: 255,
    udp: { flags: 'aa tc rd', answers: 0 },
  },
  {
    title: 'name servers beside an answer are no reason for TC',
    ask: 'full.cut.test TXT',
    ...answered,
    answers: 1,
    authority: [`cut.test. 600 IN NS ${'a'.repeat(60)}.${'b'.repeat(60)}.example.`],
    udp: { authority: [] },
  },
  { title: 'a signed set', ask: 'signed.cut.test TXT +do', ...answered, answers: 2 },
  {
    title: 'a signature that does not fit takes its set along',
    ask: 'signed.cut.test TXT +do +bufsize=512',
    ...answered,
    answers: 2,
    udp: { answers: 0, authority: [], flags: 'aa tc rd' },
  },
  {
    title: 'a referral with all addresses',
    ask: 'www.child.cut.test A +edns',
    rcode: 'NOERROR',
    flags: 'rd',
    additionals: 16,
  },
  {
    title: 'that does not fit',
    ask: 'www.child.cut.test A',
    rcode: 'NOERROR',
    flags: 'rd',
    udp: { flags: 'tc rd', authority: child('child') },
  },
  {
    title: 'addresses of servers in a sister zone are no reason for TC',
    ask: 'www.sister.cut.test A',
    rcode: 'NOERROR',
    flags: 'rd',
    authority: [...child('sister'), 'sister.cut.test. 600 IN NS ns.sister.cut.test.'],
  },
]

const formerr = { rcode: 'FORMERR', headerOnly: true } as const
const unreadable = { rcode: 'FORMERR', flags: 'rd', answer: [], authority: [], edns: false }
const damaged: Fact[] = [
  { title: 'a whole query, by hand', raw: `${header} ${wwwA}`, ...answered, answers: 1 },
  { title: 'opcode STATUS', raw: `1234 1000 0001 0000 0000 0000 ${wwwA}`, rcode: 'NOTIMP', headerOnly: true },
  { title: 'opcode UPDATE', raw: `1234 2800 0001 0000 0000 0000 ${wwwA}`, rcode: 'NOTIMP', headerOnly: true },
  {
    title: 'an opcode unknown here, with EDNS',
    raw: `1234 2800 0001 0000 0000 0001 ${wwwA} 00 0029 1000 0000 8000 0000`,
    rcode: 'NOTIMP',
    headerOnly: true,
    edns: true,
  },
  { title: 'opcode 15', raw: `1234 7800 0001 0000 0000 0000 ${wwwA}`, rcode: 'NOTIMP', headerOnly: true },
  { title: 'no question', raw: '1234 0100 0000 0000 0000 0000', ...formerr },
  {
    title: 'no question, with EDNS',
    raw: '1234 0100 0000 0000 0000 0001 00 0029 1000 00000000 0000',
    ...formerr,
    edns: true,
  },
  { title: 'two questions', raw: `1234 0100 0002 0000 0000 0000 ${wwwA} ${wwwA}`, ...formerr },
  { title: 'a name that runs out', raw: `${header} 03777777 0765`, ...formerr },
  { title: 'a question without a class', raw: `${header} 03777777 00 0001`, ...formerr },
  { title: 'a label of 64 octets', raw: `${header} 40${'61'.repeat(64)} 00 0001 0001`, ...formerr },
  { title: 'a name that points at itself', raw: `${header} c00c 0001 0001`, ...formerr },
  { title: 'a name of 256 octets', raw: `${header} ${`3f${'61'.repeat(63)}`.repeat(4)} 00 0001 0001`, ...formerr },
  { title: 'octets after the question', raw: `${header} ${wwwA} 00 ff`, ...answered, answers: 1 },
  {
    title: 'bits that only replies have',
    raw: `1234 07ff 0001 0000 0000 0000 ${wwwA}`,
    ...answered,
    flags: 'aa rd cd',
  },
  {
    title: 'records that mean nothing in a query',
    raw: `1234 0100 0001 0001 0001 0001 ${wwwA} ${'c00c 0001 0001 00000000 0004 01020304'.repeat(3)}`,
    ...answered,
    answers: 1,
  },
  { title: 'a record that is not there', raw: `1234 0100 0001 0000 0000 0001 ${wwwA}`, ...unreadable },
  {
    title: 'two OPT records',
    raw: `1234 0100 0001 0000 0000 0002 ${wwwA} 00 0029 1000 00000000 0000 00 0029 1000 00000000 0000`,
    ...unreadable,
  },
  {
    title: 'an OPT record with a name',
    raw: `1234 0100 0001 0000 0000 0001 ${wwwA} 0161 00 0029 1000 00000000 0000`,
    ...unreadable,
  },
  {
    title: 'an EDNS option that runs out',
    raw: `1234 0100 0001 0000 0000 0001 ${wwwA} 00 0029 1000 00000000 0006 000a 0009 0102`,
    ...unreadable,
  },
  { title: 'type OPT in the question', ask: 'www.example.org TYPE41', rcode: 'FORMERR', flags: 'rd' },
  { title: 'type 0', ask: 'www.example.org TYPE0', rcode: 'FORMERR', flags: 'rd' },
  { title: 'MAILA', ask: 'www.example.org TYPE254', rcode: 'NOTIMP', flags: 'rd' },
  { title: 'a response', raw: `1234 8180 0001 0000 0000 0000 ${wwwA}`, silent: true },
  { title: 'less than a header', raw: '1234 0100 0001', silent: true },
]

export const facts: readonly Fact[] = [
  ...zone,
  ...aliases,
  ...wildcards,
  ...delegation,
  ...routing,
  ...plugins,
  ...edns,
  ...size,
  ...damaged,
]
