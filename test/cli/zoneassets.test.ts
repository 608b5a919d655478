import { describe, expect, it } from 'vitest'
import { PACKING, writeZones, type ZonePacking } from '../../src/cli/zoneassets.ts'
import { parseName } from '../../src/dns/name.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { MAX_ASSET, type Manifest, type ZoneAssets, zoneKey } from '../../src/runtime/manifest.ts'
import { AssetFiles } from '../../src/runtime/workers-files.ts'
import { answerFrom } from '../../src/zone/answer.ts'
import { ZoneImage } from '../../src/zone/image.ts'
import { PartialImage } from '../../src/zone/partial.ts'
import type { LoadedZone } from '../../src/zone/view.ts'
import { APEX, queryOf, zoneOf } from '../zone/zones.ts'

const RECORD = { file: '', text: '', env: {}, imports: {}, globs: {} }

/** A zone with so many names. */
const zone = (names: number): ZoneImage =>
  zoneOf(APEX + Array.from({ length: names }, (_, i) => `n${i} 300 A 192.0.2.${i & 255}\n`).join(''))

interface Packed {
  readonly zones: Readonly<Record<string, ZoneAssets>>
  readonly contents: ReadonlyMap<string, Uint8Array>
  /** Assets that were fetched, in order. */
  readonly fetched: string[]
  open(name: string): Promise<LoadedZone>
}

async function pack(images: Readonly<Record<string, ZoneImage>>, packing?: Partial<ZonePacking>): Promise<Packed> {
  const contents = new Map<string, Uint8Array>()
  const write = async (content: Uint8Array): Promise<string> => {
    const name = String(contents.size)
    contents.set(name, content)
    return name
  }
  const entries = Object.entries(images).map(([name, { bytes }]) => [zoneKey(name, ORIGIN), bytes] as const)
  const zones = await writeZones(new Map(entries), write, { ...PACKING, ...packing })
  const manifest: Manifest = { corefile: RECORD, files: {}, folders: {}, zones, small: {} }
  const fetched: string[] = []
  const fetch = async (url: string): Promise<Response> => {
    fetched.push(new URL(url).pathname.slice(1))
    return new Response(contents.get(fetched.at(-1)!) as BodyInit)
  }
  const files = new AssetFiles({ fetch }, manifest)
  return { zones, contents, fetched, open: (name) => files.zone(name, ORIGIN) }
}
const ORIGIN = parseName('example.')

async function addressOf(view: LoadedZone, name: string): Promise<string[]> {
  const reply = await answerFrom(view, queryOf(`${name}.example. A`), () => {
    throw new Error('nothing is to be resolved')
  })
  return reply.answer.flatMap(recordTexts)
}

describe('zones', () => {
  it('that are small lie together, and are fetched together', async () => {
    const { open, fetched, contents } = await pack({ a: zone(1), b: zone(2), c: zone(3) })
    expect(contents.size).toBe(1)
    for (const [name, names] of [['a', 1] as const, ['b', 2] as const, ['c', 3] as const]) {
      const image = await open(name)
      expect(image).toBeInstanceOf(ZoneImage)
      expect((image as ZoneImage).records).toBe(names + 2)
      expect(await addressOf(image, 'n0')).toEqual(['n0.example. 300 IN A 192.0.2.0'])
    }
    expect(fetched).toEqual(['0'])
  })

  it('that are large are cut, and only the pieces in need are fetched', async () => {
    const { open, fetched, contents } = await pack({ large: zone(2000), small: zone(1) }, { whole: 4096, piece: 4096 })
    for (const content of contents.values()) expect(content.length).toBeLessThan(5000)
    expect(contents.size).toBeGreaterThan(10)
    const view = await open('large')
    expect(view).toBeInstanceOf(PartialImage)
    expect(await open('small')).toBeInstanceOf(ZoneImage)
    expect(fetched).toHaveLength(1)
    expect(await addressOf(view, 'n1234')).toEqual(['n1234.example. 300 IN A 192.0.2.210'])
    expect(fetched).toHaveLength(3)
    expect(await addressOf(view, 'none')).toEqual([])
  })

  it('are cut as well where there are many of them', async () => {
    const image = zone(50)
    const size = image.bytes.length
    const images = { a: image, b: image, c: image, d: zone(1) }
    const { zones } = await pack(images, { whole: 2 * size, allWhole: 2 * size })
    const isCut = Object.values(zones).map(({ cut }) => cut !== undefined)
    expect(isCut).toEqual([false, true, true, false])
  })

  it('do not fit where a name has more than an asset holds', async () => {
    const string = `"${'x'.repeat(255)}"`
    const record = (i: number): string => `big 300 TXT ${i} ${Array.from({ length: 200 }, () => string).join(' ')}\n`
    const types = ['TXT', 'SPF'].flatMap((type) =>
      Array.from({ length: 300 }, (_, i) => record(i).replace('TXT', type)),
    )
    const image = zoneOf(APEX + types.join(''))
    expect(image.bytes.length).toBeGreaterThan(MAX_ASSET)
    await expect(pack({ big: image })).rejects.toThrow(
      /^zone example\. big: a name has \d+ octets of records, at most 25165824 fit into an asset$/,
    )
  })
})
