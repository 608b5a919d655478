import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Name, nameText, parseName } from '../../src/dns/name.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { rcodeName } from '../../src/dns/rdata/registry.ts'
import type { RRset } from '../../src/dns/rrset.ts'
import type { Query } from '../../src/query.ts'
import type { Reply } from '../../src/reply.ts'
import { StoreAccess } from '../../src/store/access.ts'
import { clearing, placing } from '../../src/store/edit.ts'
import { editSets } from '../../src/store/editsets.ts'
import { entriesOf } from '../../src/store/entries.ts'
import { NameCache } from '../../src/store/namecache.ts'
import { ownerText, parseOwner } from '../../src/store/owner.ts'
import { ownTtl } from '../../src/store/rules.ts'
import type { ZoneStore } from '../../src/store/store.ts'
import { StoredZone } from '../../src/store/zone.ts'
import { answerFrom } from '../../src/zone/answer.ts'
import type { ZoneImage } from '../../src/zone/image.ts'
import { lookup } from '../../src/zone/lookup.ts'
import type { ZoneView } from '../../src/zone/view.ts'
import { text } from '../zone/model.ts'
import { name, type, zone } from '../zone/modelzones.ts'
import { anyZone, namesIn, RICH } from '../zone/signedzones.ts'
import { APEX, queryOf, recordsOf, zoneOf } from '../zone/zones.ts'
import { SIGNINGS, signed } from './signing.ts'

/** A store that a test may do with as it likes. */
export interface TestStore {
  readonly store: ZoneStore
  /** The same zones, as another process sees them. */
  again(): Promise<ZoneStore>
}

/** More names than a page of proofs holds, an empty non-terminal, a wildcard, and delegations. */
const LARGE = `${APEX}$GENERATE 1-300 n$ 300 A 192.0.2.1
*.w 300 TXT wildcard
x.y.e 300 A 192.0.2.2
$GENERATE 1-20 cut$ 300 NS ns.elsewhere.
secure 300 NS ns.elsewhere.
secure 300 DS 1 13 2 ${'12'.repeat(32)}
`

export const EXAMPLE: Name = parseName('example.')
const A = (n: number): string => `{"a":[{"ttl":300,"ip":"192.0.2.${n}"}]}`

/** A zone of a store as plain data: values by owner. */
export async function contentOf(store: ZoneStore, apex: Name = EXAMPLE): Promise<Record<string, unknown>> {
  const content: Record<string, unknown> = {}
  for await (const { owner, value } of store.entries(apex)) content[ownerText(owner)] = JSON.parse(value)
  return content
}

export const importText = (store: ZoneStore, zone: string, origin = 'example.'): Promise<void> =>
  store.replace(parseName(origin), entriesOf(zoneOf(zone, { origin })))

export function viewOf(store: ZoneStore, apex: Name = EXAMPLE, refresh = 30_000): StoredZone {
  const quiet = { info: () => {}, warn: () => {}, error: () => {} }
  const access = new StoreAccess({ store, refresh, timeout: 3000, plugin: 'test', log: quiet, keepAlive: () => {} })
  access.tick()
  return new StoredZone(apex, access, new NameCache(1e6), ownTtl())
}

const resolve = (query: Query): Reply => query.reply({ rcode: 3 })

/** What a view answers, in words. */
export async function answer(view: ZoneView, question: string): Promise<object> {
  const query = queryOf(question)
  const look = (): ReturnType<typeof lookup> => {
    if (view instanceof StoredZone) view.begin(query.name, 0)
    return lookup(view, query)
  }
  const reply = await answerFrom(view, query, resolve, look)
  const texts = (sets: readonly RRset[]): string[] => sets.flatMap(recordTexts)
  return {
    rcode: rcodeName(reply.rcode),
    aa: reply.aa,
    answer: texts(reply.answer),
    authority: texts(reply.authority),
    additional: texts(reply.additional),
  }
}

const lower = (answer: object): object => JSON.parse(JSON.stringify(answer).toLowerCase())

/** What every store must do. `runs`: how many random zones it is to be tried with. */
export function storeSuite(open: () => Promise<TestStore>, runs = 300): void {
  describe('zones', () => {
    test('there are none at first; replace makes them, remove takes them away', async () => {
      const { store, again } = await open()
      const zones = async (): Promise<string[]> => [...(await (await again()).zones())].map(nameText).sort()
      expect(await zones()).toEqual([])
      await importText(store, APEX)
      await importText(store, APEX, 'a\\.b.example.')
      await importText(store, APEX, '.')
      expect(await zones()).toEqual(['.', 'a\\.b.example.', 'example.'])
      await store.remove(EXAMPLE)
      expect(await zones()).toEqual(['.', 'a\\.b.example.'])
      expect(await store.read(EXAMPLE, [parseOwner('@')])).toBeUndefined()
      expect(await contentOf(store)).toEqual({})
      await importText(store, APEX)
      expect(await zones()).toContain('example.')
    })

    test('replace leaves nothing of what was before, and touches no other zone', async () => {
      const { store } = await open()
      await importText(store, `${APEX}old 300 A 192.0.2.1\nboth 300 A 192.0.2.2\n`)
      await importText(store, `${APEX}other 300 A 192.0.2.3\n`, 'example.org.')
      await importText(store, `${APEX}both 300 A 192.0.2.4\nnew.x 300 A 192.0.2.5\n`)
      expect(Object.keys(await contentOf(store)).sort()).toEqual(['@', 'both', 'new.x', 'x'])
      expect((await contentOf(store)).both).toEqual(JSON.parse(A(4)))
      expect(Object.keys(await contentOf(store, parseName('example.org.'))).sort()).toEqual(['@', 'other'])
    })

    test('a replace that fails half way leaves the zone as it was', async () => {
      const { store, again } = await open()
      await importText(store, `${APEX}old 300 A 192.0.2.1\n`)
      const broken = function* (): ReturnType<typeof entriesOf> {
        let count = 0
        for (const entry of entriesOf(zoneOf(`${APEX}new 300 A 192.0.2.1\nmore 300 A 192.0.2.1\n`))) {
          if (++count === 3) throw new Error('the reader gave up')
          yield entry
        }
      }
      await expect(store.replace(EXAMPLE, broken())).rejects.toThrow('the reader gave up')
      expect(Object.keys(await contentOf(await again())).sort()).toEqual(['@', 'old'])
      await importText(store, `${APEX}new 300 A 192.0.2.1\n`)
      expect(Object.keys(await contentOf(await again())).sort()).toEqual(['@', 'new'])
    })

    test('what was edited does not come back with the same import', async () => {
      const { store, again } = await open()
      const zone = `${APEX}www 300 A 192.0.2.1\n`
      await importText(store, zone)
      await store.edit(EXAMPLE, (reader) => placing(reader, parseOwner('www'), A(9)))
      await store.remove(EXAMPLE)
      await importText(store, zone)
      expect((await contentOf(await again())).www).toEqual(JSON.parse(A(1)))
      await store.edit(EXAMPLE, (reader) => placing(reader, parseOwner('www'), A(9)))
      await importText(store, zone)
      await importText(store, zone)
      expect((await contentOf(await again())).www).toEqual(JSON.parse(A(1)))
    })

    test('replace tells how far it is', async () => {
      const { store } = await open()
      const told: number[] = []
      const image = zoneOf(`${APEX}$GENERATE 1-2500 n$ 300 A 192.0.2.1\n`)
      await store.replace(EXAMPLE, entriesOf(image), (done) => void told.push(done))
      expect(told.at(-1)).toBe(2501)
      expect(told).toEqual([...told].sort((a, b) => a - b))
    })
  })

  describe('reading', () => {
    test('gives values in the order asked for, nothing for what is not there, and capitals are one', async () => {
      const { store } = await open()
      await importText(store, `${APEX}WWW 300 A 192.0.2.1\na.b 300 A 192.0.2.2\n`)
      const snapshot = await store.read(EXAMPLE, ['nowhere', 'www', 'b', 'a.b'].map(parseOwner))
      expect(snapshot?.values).toEqual([undefined, A(1), '{}', A(2)])
    })

    test('another version after each replace, the same after an edit', async () => {
      const { store, again } = await open()
      const version = async (): Promise<string | undefined> =>
        (await (await again()).read(EXAMPLE, [parseOwner('www')]))?.version
      await importText(store, APEX)
      const first = await version()
      await store.edit(EXAMPLE, (reader) => placing(reader, parseOwner('www'), A(1)))
      expect(await version()).toBe(first)
      await importText(store, APEX.replace(' 1 7200', ' 2 7200'))
      expect(await version()).not.toBe(first)
      // With the same signatures at the apex too.
      const zone = signed(APEX, 'nsec')
      await importText(store, zone)
      const signedFirst = await version()
      await importText(store, zone)
      expect(await version()).not.toBe(signedFirst)
    })

    test.each([
      ['the longest labels', `${'x'.repeat(63)}.${'y'.repeat(63)}.${'z'.repeat(63)}.${'w'.repeat(53)}`],
      ['the most labels', Array.from({ length: 123 }, () => 'a').join('.')],
      ['any octets', `${'\\255'.repeat(60)}.${'\\000'.repeat(60)}.${'\\001\\032'.repeat(30)}.${'\\200'.repeat(50)}`],
      ['dots, slashes and quotes', 'a\\.b.0/25.\\"x\\".\\@.\\\\.\\*\\;'],
    ])('names of %s', async (_, owner) => {
      const { store } = await open()
      await importText(store, `${APEX}${owner} 300 A 192.0.2.1\n`)
      const image = zoneOf(`${APEX}${owner} 300 A 192.0.2.1\n`)
      const content = await contentOf(store)
      expect(Object.keys(content)).toHaveLength(image.names)
      expect((await store.read(EXAMPLE, [parseOwner(owner)]))?.values).toEqual([A(1)])
      // It can go, and all that it kept above.
      await store.edit(EXAMPLE, (reader) => clearing(reader, parseOwner(owner)))
      expect(Object.keys(await contentOf(store))).toEqual(['@'])
    })
  })

  describe('editing', () => {
    const EDITS: [string, (string | [string])[], string[]][] = [
      ['a name', ['www'], ['www']],
      ['what is above is there too', ['a.b.c'], ['a.b.c', 'b.c', 'c']],
      ['and goes with it', ['a.b.c', ['a.b.c']], []],
      ['but not where something else needs it', ['a.b.c', 'x.c', ['a.b.c']], ['c', 'x.c']],
      ['nor where it has records of its own', ['b.c', 'a.b.c', ['a.b.c']], ['b.c', 'c']],
      ['a name with others below stays as an empty one', ['a', 'x.a', ['a']], ['a', 'x.a']],
      ['names that only look as if they were below', ['b', 'ab', ['b']], ['ab']],
      ['neither do these', ['a/x', 'a-x', 'ax', 'a', ['a']], ['a-x', 'a/x', 'ax']],
      ['what is not there may go', [['nowhere']], []],
      ['a wildcard', ['*.a', ['*.a']], []],
    ]
    test.each(EDITS)('%s', async (_, edits, left) => {
      const { store, again } = await open()
      await importText(store, APEX)
      for (const edit of edits)
        await store.edit(EXAMPLE, (reader) =>
          typeof edit === 'string' ? placing(reader, parseOwner(edit), A(1)) : clearing(reader, parseOwner(edit[0])),
        )
      expect(Object.keys(await contentOf(await again())).sort()).toEqual(['@', ...left].sort())
    })

    test('a zone that is not there cannot be edited', async () => {
      const { store } = await open()
      await expect(store.edit(EXAMPLE, (reader) => placing(reader, parseOwner('www'), A(1)))).rejects.toThrow('no zone')
    })

    test('any edits leave what an import of the result would', async () => {
      const { store } = await open()
      const owner = fc
        .array(fc.constantFrom('a', 'b', '*'), { minLength: 1, maxLength: 4 })
        .map((labels) => labels.join('.'))
      const edits = fc.array(fc.tuple(owner, fc.boolean()), { maxLength: 12 })
      await fc.assert(
        fc.asyncProperty(edits, async (edits) => {
          await importText(store, APEX)
          const left = new Set<string>()
          for (const [owner, isAdded] of edits) {
            if (isAdded) left.add(owner)
            else left.delete(owner)
            await store.edit(EXAMPLE, (reader) =>
              isAdded ? placing(reader, parseOwner(owner), A(1)) : clearing(reader, parseOwner(owner)),
            )
          }
          const edited = await contentOf(store)
          await importText(store, APEX + [...left].map((owner) => `${owner} 300 A 192.0.2.1\n`).join(''))
          expect(edited).toEqual(await contentOf(store))
        }),
        { numRuns: Math.ceil(runs / 10) },
      )
    }, 60_000)
  })

  describe('answers', () => {
    test('what a zone file would', async () => {
      const { store, again } = await open()
      await fc.assert(
        fc.asyncProperty(
          zone,
          fc.array(fc.tuple(name, type), { minLength: 1, maxLength: 6 }),
          async (model, questions) => {
            const image = zoneOf(model.toString())
            await store.replace(EXAMPLE, entriesOf(image))
            const view = viewOf(await again())
            for (const [question, type] of questions) {
              const asked = `${text(question)} ${type}`
              expect(await answer(view, asked), asked).toEqual(await answer(image, asked))
            }
          },
        ),
        { numRuns: runs },
      )
    }, 120_000)
  })

  describe.each(SIGNINGS)('signed zones, by %s', (signing) => {
    /** What both say, of all names that the zone invites to ask for. */
    async function compare(view: ZoneView, image: ZoneImage, text: string, types: readonly string[]): Promise<void> {
      for (const name of namesIn(text))
        for (const type of types) {
          const asked = `${name === '' ? '' : `${name}.`}example. ${type} +do`
          // Stores have names in small letters.
          expect(lower(await answer(view, asked)), asked).toEqual(lower(await answer(image, asked)))
        }
    }

    test('answers are those of the file', async () => {
      const { store, again } = await open()
      await fc.assert(
        fc.asyncProperty(anyZone, async (text) => {
          const image = zoneOf(signed(`$TTL 300\n${text}`, signing))
          await store.replace(EXAMPLE, entriesOf(image))
          await compare(viewOf(await again()), image, text, ['A', 'DS', 'NS', 'TXT'])
        }),
        { numRuns: Math.ceil(runs / 15) },
      )
      const image = zoneOf(signed(`$TTL 300\n${RICH}`, signing))
      await store.replace(EXAMPLE, entriesOf(image))
      await compare(viewOf(await again()), image, RICH, ['A', 'DS', 'NS', 'MX', 'ANY', 'RRSIG', 'NSEC', 'NSEC3', 'SOA'])
    }, 120_000)

    test('with more names than a page holds, and a root above them', async () => {
      const { store, again } = await open()
      const image = zoneOf(signed(LARGE, signing))
      await store.replace(EXAMPLE, entriesOf(image))
      const view = viewOf(await again())
      const asked = [
        'n7',
        'n7.x',
        '!',
        '0',
        'zzzz',
        'a.n1',
        'n49a',
        'x.any.w',
        'any.w',
        'w',
        '*',
        'm.n',
        'e',
        'x.e',
        'y.e',
      ]
      // The owner of an NSEC3 record is no name of the zone (RFC 5155 §7.2.8).
      const hash = recordsOf(image).find((line) => / IN NSEC3 /.test(line))
      if (hash) asked.push(hash.slice(0, 32), `x.${hash.slice(0, 32)}`)
      for (const name of asked)
        for (const type of ['A', 'MX', 'NSEC3']) {
          const question = `${name}.example. ${type} +do`
          expect(await answer(view, question), question).toEqual(await answer(image, question))
        }
    }, 60_000)

    test('nothing is left of it when an unsigned one is imported, and the other way round', async () => {
      const { store, again } = await open()
      const image = zoneOf(signed(LARGE, signing))
      await store.replace(EXAMPLE, entriesOf(image))
      const view = viewOf(await again())
      // Each time another name: one that is not in memory shows the new version.
      expect(await answer(view, 'a.example. A +do')).toEqual(await answer(image, 'a.example. A +do'))
      await importText(store, APEX)
      expect(await answer(view, 'b.example. A +do')).toEqual(await answer(zoneOf(APEX), 'b.example. A +do'))
      expect(Object.keys(await contentOf(store))).toEqual(['@'])
      await store.replace(EXAMPLE, entriesOf(image))
      expect(await answer(view, 'c.example. A +do')).toEqual(await answer(image, 'c.example. A +do'))
    }, 60_000)

    test('an import is seen as a whole while queries come: no answer has signatures of two', async () => {
      const { store, again } = await open()
      const text = `${APEX}$GENERATE 1-100 n$ 300 A 192.0.2.1\nalias 300 CNAME n7\n`
      const images = [2038, 2039, 2040].map((year) => zoneOf(signed(text, signing).replaceAll('2038', String(year))))
      await store.replace(EXAMPLE, entriesOf(images[0]))
      const view = viewOf(await again())
      const seen = new Set<string>()
      for (const [i, image] of [...images, ...images].entries()) {
        const questions = Array.from(
          { length: 12 },
          (_, n) => `n${i * 7 + n}${n % 2 ? 'x' : ''}.example. ${n % 3 ? 'A' : 'TXT'} +do`,
        )
        const importing = store.replace(EXAMPLE, entriesOf(image))
        const answers = await Promise.all([...questions, 'alias.example. A +do'].map((asked) => answer(view, asked)))
        for (const found of answers) {
          const years = new Set(JSON.stringify(found).match(/20(38|39|40)0101/g))
          expect(years.size, JSON.stringify(found, null, 1)).toBe(1)
          for (const year of years) seen.add(year)
        }
        await importing
      }
      expect(seen.size).toBeGreaterThan(1)
    }, 60_000)

    test('one edit is refused: it would need new signatures', async () => {
      const { store } = await open()
      await store.replace(EXAMPLE, entriesOf(zoneOf(signed(`${APEX}n1 300 A 192.0.2.1\n`, signing))))
      const before = await contentOf(store)
      const edit = { apex: EXAMPLE, name: parseName('n1.example.'), change: () => [], raisesSerial: false }
      await expect(editSets(store, edit)).rejects.toThrow('example. is signed: change its zone file, sign that again')
      expect(await contentOf(store)).toEqual(before)
    })
  })
}
