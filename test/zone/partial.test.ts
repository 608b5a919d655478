import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { compareNames, type Name, nameText, parentOf, parseName } from '../../src/dns/name.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { rcodeName } from '../../src/dns/rdata/registry.ts'
import type { RRset } from '../../src/dns/rrset.ts'
import type { Query } from '../../src/query.ts'
import type { Reply } from '../../src/reply.ts'
import { answerFrom, isNowhere } from '../../src/zone/answer.ts'
import { cutImage, FENCE_EVERY } from '../../src/zone/cut.ts'
import { openImage, type ZoneImage } from '../../src/zone/image.ts'
import { base32hex, nsec3Hash } from '../../src/zone/nsec3.ts'
import { PartialImage } from '../../src/zone/partial.ts'
import { PieceCache } from '../../src/zone/piececache.ts'
import { NODE, type ZoneView } from '../../src/zone/view.ts'
import { anyZone, namesIn } from './signedzones.ts'
import { APEX, queryOf, zoneOf } from './zones.ts'

interface Opened {
  readonly view: PartialImage
  readonly cache: PieceCache
  /** Which pieces were fetched, in order. */
  readonly fetched: number[]
  readonly pieces: readonly Uint8Array[]
}

/** A zone cut into pieces of so many octets, of which so many octets may be in memory. */
function open(image: ZoneImage, size: number, budget = 1e9, fail: (piece: number) => boolean = () => false): Opened {
  const { head, plan, pieces } = cutImage(image, size)
  const cache = new PieceCache(budget)
  const fetched: number[] = []
  const fetch = async (piece: number): Promise<Uint8Array> => {
    await Promise.resolve()
    if (fail(piece)) throw new Error(`no piece ${piece}`)
    fetched.push(piece)
    return pieces[piece]
  }
  return { view: new PartialImage(openImage(head), plan, { cache, fetch }), cache, fetched, pieces }
}

/** What there is outside of the zone: nothing, but it says for what it was asked. */
const resolve = (query: Query): Reply => query.reply({ rcode: 3 })

async function answer(view: ZoneView, question: string): Promise<object> {
  const reply = await answerFrom(view, queryOf(question), resolve)
  const texts = (sets: readonly RRset[]): string[] => sets.flatMap(recordTexts)
  return {
    rcode: rcodeName(reply.rcode),
    aa: reply.aa,
    answer: texts(reply.answer),
    authority: texts(reply.authority),
    additional: texts(reply.additional),
    isNowhere: await isNowhere(view, queryOf(question), reply),
  }
}

const names = Array.from({ length: 500 }, (_, i) => `n${String(i).padStart(3, '0')}.x`)
const LARGE = `${APEX}${names.map((name, i) => `${name} 300 A 192.0.2.${i & 255}\n`).join('')}*.w 300 TXT wildcard\n`

/** Names with data, in canonical order. */
function namesOf(text: string): Name[] {
  const image = zoneOf(text)
  const withData = [...image.nodes()].filter((node) => (image.flags(node) & NODE.EMPTY) === 0)
  return withData.map((node) => image.owner(node)).sort(compareNames)
}

/** The zone with a chain of NSEC records, but no signatures. */
function chained(text: string): string {
  const owners = namesOf(text).map(nameText)
  return text + owners.map((owner, i) => `${owner} 60 NSEC ${owners[(i + 1) % owners.length]} A NSEC\n`).join('')
}

/** The zone with a chain of NSEC3 records, but no signatures. */
function hashed(text: string): string {
  const salt = Uint8Array.of(0xab)
  const decoder = new TextDecoder()
  const ends = new Set(namesOf(text).flatMap((name) => [nameText(name), nameText(parentOf(name))]))
  const names = [...ends].filter((name) => name.endsWith('example.'))
  const hashes = names
    .map((name) => decoder.decode(base32hex(nsec3Hash(parseName(name), { iterations: 1, salt }))))
    .sort()
  const chain = hashes.map((hash, i) => `${hash} 60 NSEC3 1 0 1 ab ${hashes[(i + 1) % hashes.length]} A\n`)
  return `${text}@ 0 NSEC3PARAM 1 0 1 ab\n${chain.join('')}`
}

describe('a partial image answers as a whole one', () => {
  test('for any zone and question, however small the pieces and the memory', async () => {
    const size = fc.constantFrom(1, 40, 300, 5000)
    const type = fc.constantFrom('A', 'TXT', 'NS', 'CNAME', 'MX', 'ANY', 'DS')
    await fc.assert(
      fc.asyncProperty(anyZone, type, size, fc.constantFrom(1, 1e9), async (text, type, size, budget) => {
        const image = zoneOf(`$TTL 300\n${text}`)
        const { view } = open(image, size, budget)
        for (const name of namesIn(text)) {
          const question = `${name === '' ? '' : `${name}.`}example. ${type}`
          expect(await answer(view, question), question).toEqual(await answer(image, question))
        }
      }),
      { numRuns: 150 },
    )
  }, 60_000)

  test.each([
    ['NSEC', chained],
    ['NSEC3', hashed],
  ])('with proofs by %s, which it finds by its fences', async (_, sign) => {
    const image = zoneOf(sign(LARGE))
    expect(image.order.length).toBeGreaterThan(3 * FENCE_EVERY)
    const { view } = open(image, 500)
    const asked = [
      ...names,
      '!',
      '0',
      'zzzz',
      'a.n001.x',
      'n001.x.y',
      '*',
      'any.w',
      'x.any.w',
      'w',
      'x',
      'm.x',
      'o.x',
      'n49a.x',
    ]
    for (const name of asked)
      for (const type of ['A', 'MX']) {
        const question = `${name}.example. ${type} +do`
        expect(await answer(view, question), question).toEqual(await answer(image, question))
      }
    expect(await answer(view, 'example. MX +do')).toEqual(await answer(image, 'example. MX +do'))
  })

  test('a search costs few pieces', async () => {
    const { view, fetched } = open(zoneOf(chained(LARGE)), 2000)
    await answer(view, 'n333a.x.example. A +do')
    // The fences, one or two of each index, and the nodes of two names.
    expect(fetched.length).toBeLessThan(10)
  })

  test('about itself', () => {
    const image = zoneOf(LARGE)
    const { view } = open(image, 1000)
    const { apex, denial, nsec3, serial, usable, warnings } = image
    expect(view).toMatchObject({ apex, denial, nsec3, serial, usable, warnings })
    expect(nameText(view.origin)).toBe('example.')
    expect(view.top.negative.flatMap(recordTexts)).toEqual(image.top.negative.flatMap(recordTexts))
  })
})

describe('of its pieces', () => {
  test('none is much larger than asked for, and each image stands for itself', () => {
    const image = zoneOf(LARGE)
    const { head, plan, pieces } = cutImage(image, 1000)
    expect(pieces).toHaveLength(plan.starts.length)
    for (const piece of [head, ...pieces]) expect(piece.length).toBeLessThan(1300)
    const nodes = plan.starts.findIndex((start) => start >= image.apex)
    const owners = pieces.slice(nodes).flatMap((piece) => {
      const part = openImage(piece)
      return [...part.nodes()].map((node) => nameText(part.owner(node)))
    })
    expect(owners).toEqual([...image.nodes()].map((node) => nameText(image.owner(node))))
  })

  test('only those are fetched that a query needs, and each once', async () => {
    const { view, fetched, pieces } = open(zoneOf(LARGE), 1000)
    const ask = (name: string): Promise<object> => answer(view, `${name}.example. A`)
    await Promise.all([ask('n007.x'), ask('n007.x'), ask('n007.x')])
    expect(fetched).toHaveLength(2)
    await ask('n007.x')
    expect(fetched).toHaveLength(2)
    expect(pieces.length).toBeGreaterThan(10)
  })

  test('a query for which all are there is answered at once', async () => {
    const { view } = open(zoneOf(LARGE), 1000)
    const query = queryOf('n007.x.example. A')
    expect(answerFrom(view, query, resolve)).toBeInstanceOf(Promise)
    await answerFrom(view, query, resolve)
    expect(answerFrom(view, query, resolve)).not.toBeInstanceOf(Promise)
  })

  test('no more are kept than there is room for; the least used go first', async () => {
    const { view, cache, fetched } = open(zoneOf(LARGE), 1000, 8000)
    for (const name of names) {
      await answer(view, `${name}.example. A`)
      await answer(view, 'n007.x.example. A')
      expect(cache.size).toBeLessThanOrEqual(8000)
    }
    fetched.length = 0
    await answer(view, 'n007.x.example. A')
    expect(fetched).toEqual([])
  })

  test('one that cannot be had fails the query, and is tried again for the next', async () => {
    let isBroken = true
    const { view } = open(zoneOf(LARGE), 1000, 1e9, () => isBroken)
    const query = queryOf('n007.x.example. A')
    await expect(answerFrom(view, query, resolve)).rejects.toThrow('no piece ')
    isBroken = false
    expect(await answer(view, 'n007.x.example. A')).toMatchObject({ answer: ['n007.x.example. 300 IN A 192.0.2.7'] })
  })

  test('one that never comes is asked for again', async () => {
    vi.useFakeTimers()
    try {
      const image = zoneOf(LARGE)
      const { head, plan, pieces } = cutImage(image, 1000)
      let isLost = true
      const fetch = (piece: number): Promise<Uint8Array> =>
        isLost ? new Promise(() => {}) : Promise.resolve(pieces[piece])
      const view = new PartialImage(openImage(head), plan, { cache: new PieceCache(1e9), fetch })
      const late = answer(view, 'n007.x.example. A')
      isLost = false
      await vi.advanceTimersByTimeAsync(10_000)
      expect(await late).toMatchObject({ answer: ['n007.x.example. 300 IN A 192.0.2.7'] })
    } finally {
      vi.useRealTimers()
    }
  })
})
