import fc from 'fast-check'

/** Zones, relative to any origin, and the questions that they invite. */

/** Something of everything: wildcards, empty non-terminals, aliases into all of it, cuts with and without DS. */
export const RICH = `
@            SOA   ns h 1 3600 600 86400 60
             NS    ns
             NS    ns.other.invalid.
             MX    10 mail
ns           A     192.0.2.1
             AAAA  2001:db8::1
mail         A     192.0.2.2
www          A     192.0.2.3
             TXT   "www"
Upper.Case   A     192.0.2.4
a.b.c.ent    A     192.0.2.5
*.w          A     192.0.2.6
             TXT   "w"
x.w          A     192.0.2.7
below.y.w    A     192.0.2.8
*.wmx        MX    10 mail
a.*.went     A     192.0.2.9
*.wsub       A     192.0.2.10
b.*.wsub     TXT   "below a wildcard"
*.p.q.r      TXT   "deep"
*.wc         CNAME www
*.wcx        CNAME none
*.wco        CNAME out.other.invalid.
*.wcw        CNAME foo.w
*.wcd        CNAME foo.dn
*.wce        CNAME ent
al           CNAME www
al2          CNAME al
aln          CNAME none.ent
ale          CNAME ent
alo          CNAME x.other.invalid.
alw          CNAME any.w
alc          CNAME host.insecure
als          CNAME host.secure
ald          CNAME foo.dn
dn           A     192.0.2.11
             DNAME w
dnx          DNAME none
dno          DNAME other.invalid.
dne          DNAME ent
dnc          DNAME insecure
insecure     NS    ns.insecure
ns.insecure  A     192.0.2.12
only.deep    NS    ns.other.invalid.
in.between   NS    ns.other.invalid.
x.between    A     192.0.2.13
d.*.wcut     NS    ns.other.invalid.
secure       NS    ns.secure
             DS    1 13 2 ${'12'.repeat(32)}
ns.secure    A     192.0.2.14
secure2      NS    ns
             DS    2 13 2 ${'34'.repeat(32)}
\\000.bin     A     192.0.2.15
\\255.bin     A     192.0.2.16
b\\.c.bin     A     192.0.2.17
zzz          A     192.0.2.18
`

interface ZoneRecord {
  readonly owner: string
  readonly type: string
  readonly data: string
}

const SOA = '@ SOA ns h 1 3600 600 86400 60\n@ NS ns.elsewhere.invalid.\n'
const plainLabel = fc.constantFrom('a', 'b', 'c', 'd')
/** Few labels, so that names meet. */
const label = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', '*') },
  { weight: 1, arbitrary: fc.constantFrom('A', 'x\\.y', '\\000', '\\255', '**', 'l'.repeat(60)) },
)
const owner = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'))
/** What is no wildcard: BIND loads no zone cuts there. */
const plainOwner = fc
  .tuple(plainLabel, fc.array(label, { maxLength: 3 }))
  .map(([first, others]) => [first, ...others].join('.'))
const target = fc.oneof({ weight: 6, arbitrary: owner }, fc.constantFrom('elsewhere.invalid.', '@'))

const records = (owner: fc.Arbitrary<string>, type: string, data: fc.Arbitrary<string>): fc.Arbitrary<ZoneRecord> =>
  fc.record({ owner, type: fc.constant(type), data })

const record = fc.oneof(
  { weight: 5, arbitrary: records(owner, 'A', fc.constantFrom('192.0.2.1', '192.0.2.2')) },
  { weight: 3, arbitrary: records(owner, 'TXT', fc.constantFrom('"x"', '"y"')) },
  { weight: 1, arbitrary: records(plainOwner, 'DS', fc.constant(`1 13 2 ${'12'.repeat(32)}`)) },
  { weight: 1, arbitrary: records(owner, 'AAAA', fc.constant('2001:db8::1')) },
  {
    weight: 2,
    arbitrary: records(
      owner,
      'MX',
      target.map((name) => `10 ${name}`),
    ),
  },
  {
    weight: 1,
    arbitrary: records(
      owner,
      'SRV',
      target.map((name) => `1 2 3 ${name}`),
    ),
  },
  { weight: 2, arbitrary: records(owner, 'CNAME', target) },
  { weight: 3, arbitrary: records(plainOwner, 'NS', target) },
  { weight: 1, arbitrary: records(plainOwner, 'DNAME', target) },
)

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** Leaves out what no server loads, DS records without a cut, and DNAMEs that lead to themselves without an end. */
function sane(found: readonly ZoneRecord[]): ZoneRecord[] {
  const kept: ZoneRecord[] = []
  for (const one of found) {
    const there = kept.filter((other) => isSame(other.owner, one.owner))
    const has = (type: string): boolean => there.some((other) => other.type === type)
    if (has('CNAME') || (one.type === 'CNAME' && there.length > 0)) continue
    if (
      one.type === 'DNAME' &&
      (has('DNAME') || has('NS') || isSame(`.${one.data}`.slice(-one.owner.length - 1), `.${one.owner}`))
    )
      continue
    if (one.type === 'NS' && has('DNAME')) continue
    if (!there.some((other) => other.type === one.type && other.data === one.data)) kept.push(one)
  }
  return kept.filter(
    (one) => one.type !== 'DS' || kept.some(({ type, owner }) => type === 'NS' && isSame(owner, one.owner)),
  )
}

/** The text of any zone. */
export const anyZone: fc.Arbitrary<string> = fc.array(record, { minLength: 1, maxLength: 16 }).map(
  (found) =>
    SOA +
    sane(found)
      .map(({ owner, type, data }) => `${owner} ${type} ${data}\n`)
      .join(''),
)

/** Names that owners in a zone invite to ask for: they, what is above, below and beside them. Relative; '' is the apex. */
export function namesIn(zone: string): string[] {
  const names = new Set<string>(['', '!', 'zzzz'])
  for (const owner of zone.match(/^[^\s@]+/gm) ?? []) {
    const labels = owner.split(/(?<!\\)\./)
    for (const [i, label] of labels.entries()) {
      const name = labels.slice(i).join('.')
      for (const found of [name, `0.${name}`, `zz.yy.${name}`, `*.${name}`]) names.add(found)
      names.add([`${label}-`, ...labels.slice(i + 1)].join('.'))
    }
  }
  return [...names]
}
