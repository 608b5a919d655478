import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseName } from '../../src/dns/name.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { NodeFiles } from '../../src/runtime/node-files.ts'
import { ZoneImage } from '../../src/zone/image.ts'
import { itWith, run } from '../e2e/tools.ts'
import { freePort, startCoredge } from '../e2e/transports.ts'
import { Asker, CHAINS, type Chain, signZone, startNamed, trustAnchor, type Words } from './signed.ts'
import { anyZone, namesIn, RICH } from './signedzones.ts'

/**
 * Signed zones, answered by coredge and by BIND side by side, and validated by tools of others. Where coredge differs on
 * purpose the list below says so.
 */

/** What is asked of every name. */
const TYPES = ['A', 'TXT', 'NS', 'DS', 'CNAME', 'NSEC', 'NSEC3', 'SOA', 'ANY']
const SEED = 29
const ANY_ZONES = 4

interface Difference {
  readonly why: string
  /** Is this how the two may differ? */
  readonly is: (theirs: Words, ours: Words, type: string) => boolean
}

const isOf = (types: string) => (line: string) => types.includes(` ${line.split(' ')[3]} `)
const without = (lines: readonly string[], others: readonly string[]): string[] =>
  lines.filter((line) => !others.includes(line))
const isSubset = (lines: readonly string[], others: readonly string[]): boolean => without(lines, others).length === 0
const sameBut = (section: 'answer' | 'authority', a: Words, b: Words): boolean =>
  JSON.stringify({ ...a, [section]: [] }) === JSON.stringify({ ...b, [section]: [] })

const DIFFERENCES: readonly Difference[] = [
  {
    why: 'positive answers have the name servers in authority, also where BIND leaves them out (RFC 1034 §6.2.1)',
    is: (theirs, ours) =>
      ours.answer.length > 0 &&
      sameBut('authority', theirs, ours) &&
      isSubset(theirs.authority, ours.authority) &&
      without(ours.authority, theirs.authority).every(isOf(' ns rrsig ')),
  },
  {
    why: 'ANY and RRSIG get one set of the name (RFC 8482 §4.1), and aliases of DNAMEs are followed as for other types',
    is: (theirs, ours, type) =>
      (type === 'ANY' || type === 'RRSIG') &&
      theirs.aa === ours.aa &&
      (isSubset(ours.answer, theirs.answer) || ours.answer.some(isOf(' dname '))) &&
      ours.answer.length > 0,
  },
  {
    why: 'at a cut only DS is answered by the parent (RFC 4035 §3.1.4.1); BIND does so with NSEC too',
    is: (theirs, ours, type) =>
      type === 'NSEC' && theirs.answer.some(isOf(' nsec ')) && !ours.answer.some(isOf(' nsec ')),
  },
  {
    why: "that a wildcard is there, but empty, is proved as well (RFC 4035 §3.1.3.4); without it BIND's own delv refuses the answer",
    is: (theirs, ours) =>
      sameBut('authority', theirs, ours) &&
      isSubset(theirs.authority, ours.authority) &&
      without(ours.authority, theirs.authority)
        .filter(isOf(' nsec '))
        .every((line) => /\.\*\./.test(line.split(' ')[4])),
  },
  {
    why: 'what stands beside SERVFAIL, which an alias loop gets (RFC 1034 §3.6.2), means nothing',
    is: (theirs, ours) => theirs.rcode === 'SERVFAIL' && ours.rcode === 'SERVFAIL',
  },
]

const isAllowed = (theirs: Words, ours: Words, type: string): boolean =>
  JSON.stringify(theirs) === JSON.stringify(ours) || DIFFERENCES.some(({ is }) => is(theirs, ours, type))

/** Both servers with the same zones: their ports. */
interface Pair {
  readonly named: number
  readonly coredge: number
}

const ends: (() => unknown)[] = []
let folder: string
let asker: Asker
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-dnssec-'))
  asker = new Asker()
  await asker.open()
})
afterAll(async () => {
  for (const end of ends) await end()
  asker.close()
  rmSync(folder, { recursive: true })
})

async function startPair(name: string, zones: Readonly<Record<string, string>>): Promise<Pair> {
  const pair = { named: await freePort(), coredge: await freePort() }
  const named = await startNamed(join(folder, `${name}.named`), pair.named, zones)
  ends.push(() => named.kill())
  const blocks = Object.entries(zones).map(([origin, file]) => `${origin} {\nbind 127.0.0.1\nfile ${file}\n}\n`)
  const corefile = join(folder, `${name}.Corefile`)
  writeFileSync(corefile, blocks.join(''))
  const coredge = await startCoredge(['-conf', corefile, '-p', String(pair.coredge)], pair.coredge)
  ends.push(() => coredge.stop())
  return pair
}

/** Asks both for all names and types; gives what differs and is not on the list. */
async function compare(
  pair: Pair,
  origin: string,
  names: readonly string[],
  types: readonly string[],
): Promise<string> {
  const differing: string[] = []
  const ask = async (question: string, type: string): Promise<void> => {
    const [theirs, ours] = await Promise.all([asker.ask(pair.named, question), asker.ask(pair.coredge, question)])
    if (!isAllowed(theirs, ours, type)) differing.push(`${question} ${JSON.stringify({ theirs, ours }, null, 1)}`)
  }
  for (const name of names) await Promise.all(types.map((type) => ask(`${absolute(name, origin)} ${type}`, type)))
  return differing.slice(0, 5).join('\n')
}

const absolute = (name: string, origin: string): string =>
  name === '' ? origin : `${name}.${origin === '.' ? '' : origin}`

const chains = Object.keys(CHAINS) as Chain[]
const originOf = (chain: Chain): string => `${chain}.test.`

/** The zone with something of everything, signed in all ways. */
const rich = once(async () => {
  const zones = chains.map((chain) => [originOf(chain), sign(chain, originOf(chain), RICH, chain)])
  return startPair('rich', Object.fromEntries(zones))
})

function sign(name: string, origin: string, zone: string, chain: Chain): string {
  return signZone(join(folder, name), origin, `$TTL 300\n${zone}`, chain)
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make()
    return made
  }
}

/** Some owners of NSEC3 records: as names of the zone they do not exist (RFC 5155 §7.2.8). */
function hashesIn(file: string): string[] {
  const owners = readFileSync(file, 'latin1').match(/^\w{32}(?=\.\S+\s+\d+\s+IN\s+NSEC3)/gm) ?? []
  return owners.slice(0, 4)
}

const itWithAll = (...tools: string[]): typeof it | typeof it.skip => tools.map(itWith).find((one) => one !== it) ?? it

describe('answers are those of BIND', () => {
  const itHere = itWithAll('dnssec-signzone', 'named')

  itHere.each(chains)('for a zone with something of everything, signed with %s', { timeout: 60_000 }, async (chain) => {
    const pair = await rich()
    const names = [...namesIn(RICH), ...hashesIn(join(folder, chain, 'zone.signed'))]
    expect(await compare(pair, originOf(chain), names, TYPES)).toBe('')
  })

  itHere('for any zone', { timeout: 60_000 }, async () => {
    const texts = fc.sample(anyZone, { numRuns: ANY_ZONES, seed: SEED })
    const signed = texts.flatMap((text, i) =>
      chains.map((chain) => {
        const origin = `${chain}.zone${i}.test.`
        return { text, origin, file: sign(`${chain}.zone${i}`, origin, text, chain) }
      }),
    )
    const pair = await startPair('any', Object.fromEntries(signed.map(({ origin, file }) => [origin, file])))
    for (const { text, origin } of signed)
      expect(await compare(pair, origin, namesIn(text), ['A', 'DS', 'NSEC', 'CNAME']), text).toBe('')
  })

  itHere.each(chains)('for the root, signed with %s', { timeout: 60_000 }, async (chain) => {
    const file = sign(`root.${chain}`, '.', ROOT_ZONE, chain)
    const pair = await startPair(`root.${chain}`, { '.': file })
    expect(await compare(pair, '.', namesIn(ROOT_ZONE), TYPES)).toBe('')
  })

  // Its NSEC3 records are below it, and still no names that it redirects.
  itHere.each(chains)('for a zone with a DNAME at its apex, signed with %s', { timeout: 60_000 }, async (chain) => {
    const origin = `${chain}.dname.test.`
    const file = sign(`dname.${chain}`, origin, DNAME_ZONE, chain)
    const pair = await startPair(`dname.${chain}`, { [origin]: file })
    expect(await compare(pair, origin, [...namesIn(DNAME_ZONE), ...hashesIn(file)], TYPES)).toBe('')
  })
})

const DNAME_ZONE = `
@           SOA   ns.other.invalid. h 1 3600 600 86400 60
            NS    ns.other.invalid.
            MX    10 mail.other.invalid.
            DNAME other.invalid.
`

const ROOT_ZONE = `
@           SOA a.root h.root 1 3600 600 86400 60
            NS  a.root
a.root      A   192.0.2.1
org         NS  ns.org
ns.org      A   192.0.2.2
net         NS  ns.org
            DS  1 13 2 ${'12'.repeat(32)}
*.test      TXT "wildcard"
`

describe('delv validates', () => {
  const itHere = itWithAll('dnssec-signzone', 'named', 'delv')

  itHere.each(chains)('every kind of answer from a zone signed with %s', { timeout: 60_000 }, async (chain) => {
    const origin = originOf(chain)
    const { coredge } = await rich()
    const anchor = join(folder, `${chain}.anchor`)
    writeFileSync(anchor, trustAnchor(join(folder, chain)))
    const validate = async (question: string): Promise<string> => {
      const [name, type] = question.split(' ')
      const at = ['@127.0.0.1', '-p', String(coredge), '-a', anchor, `+root=${origin}`]
      const output = await run('delv', [...at, absolute(name === '@' ? '' : name, origin), type])
      const verdicts = [...output.matchAll(/^; (.*(?:validated|unsigned answer))$/gm)].map(([, verdict]) => verdict)
      return `${question}: ${verdicts.length > 0 ? [...new Set(verdicts)].join(', ') : output}`
    }
    const outcomes = await Promise.all(PROVED.map(([question]) => validate(question)))
    const expected = PROVED.map(([question, closed, opted]) => [
      question,
      chain === 'optout' ? (opted ?? closed) : closed,
    ])
    expect(outcomes).toEqual(expected.map(([question, outcome]) => `${question}: ${outcome}`))
  })
})

const YES = 'fully validated'
const NO = 'negative response, fully validated'
/** Where a name might be an unsigned delegation that was left out, that a wildcard applies cannot be proved (RFC 5155 §9.2). */
const OPEN = 'unsigned answer'
/** A question, what delv says of the answer, and what with opt-out. */
const PROVED: readonly [string, string, string?][] = [
  ['@ MX', YES],
  ['@ DNSKEY', YES],
  ['@ A', NO],
  ['www A', YES],
  ['WWW A', YES],
  ['www MX', NO],
  ['\\000.bin A', YES],
  ['\\001.bin A', NO],
  ['! A', NO],
  ['zzzz A', NO],
  ['none A', NO],
  ['a.www A', NO],
  ['ent A', NO],
  ['b.c.ent A', NO],
  ['none.c.ent A', NO],
  ['any.w A', YES, OPEN],
  ['any.any.w A', YES, OPEN],
  ['any.w MX', NO],
  ['*.w A', YES],
  ['*.w MX', NO],
  ['any.x.w A', NO],
  ['any.y.w A', NO],
  ['y.w A', NO],
  ['any.went A', NO],
  ['*.went A', NO],
  ['any.*.went A', NO],
  ['any.wsub A', YES, OPEN],
  ['any.*.wsub A', NO],
  ['any.any.p.q.r TXT', YES, OPEN],
  ['al2 A', YES],
  ['alw A', YES, `${YES}, ${OPEN}`],
  ['aln A', YES],
  ['ale A', YES],
  ['any.wc A', YES, `${OPEN}, ${YES}`],
  ['any.wcx A', YES, `${OPEN}, ${NO}`],
  ['any.wcw A', YES, OPEN],
  ['any.wcd A', YES, `${OPEN}, ${YES}`],
  ['any.wce A', YES, `${OPEN}, ${NO}`],
  ['foo.dn A', YES, `${YES}, ${OPEN}`],
  ['any.dnx A', YES],
  ['any.dne A', YES],
  ['secure DS', YES],
  ['secure2 DS', YES],
  ['www DS', NO],
  ['insecure DS', NO],
]

describe('ldns-verify-zone', () => {
  itWithAll('dnssec-signzone', 'named', 'ldns-verify-zone').each(chains)(
    'finds nothing wrong in the records of an image, signed with %s',
    async (chain) => {
      await rich()
      const image = await new NodeFiles().zone(join(folder, chain, 'zone.signed'), parseName(originOf(chain)))
      if (!(image instanceof ZoneImage)) throw new Error('no image')
      const file = join(folder, `${chain}.records`)
      writeFileSync(file, `${[...image.rrsets()].flatMap(recordTexts).join('\n')}\n`)
      expect(await run('ldns-verify-zone', ['-V', '3', file])).toMatch(/Zone is verified and complete\n$/)
    },
  )
})
