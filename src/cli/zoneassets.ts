import { MAX_ASSET, type ZoneAssets } from '../runtime/manifest.ts'
import { cutImage } from '../zone/cut.ts'
import { openImage } from '../zone/image.ts'

/** What becomes of compiled zones. Octets. */
export interface ZonePacking {
  /** A larger image is cut. */
  readonly whole: number
  /** So much of images that are not cut there may be, since a Worker holds all of it from its start. */
  readonly allWhole: number
  /** About what a piece has: the less the sooner it is there, the more the fewer assets a zone takes. */
  readonly piece: number
}

const MEBI = 1024 * 1024
export const PACKING: ZonePacking = { whole: 2 * MEBI, allWhole: 16 * MEBI, piece: MEBI / 16 }

/** Writes one asset and gives its name. */
export type WriteAsset = (content: Uint8Array) => Promise<string>

/** Writes images as assets: small ones together, large ones in pieces. Throws Error where a name has more than an asset holds. */
export async function writeZones(
  images: ReadonlyMap<string, Uint8Array>,
  write: WriteAsset,
  packing: ZonePacking = PACKING,
): Promise<Record<string, ZoneAssets>> {
  const heads = new Map<string, Uint8Array>()
  const cuts = new Map<string, ZoneAssets['cut']>()
  let whole = 0
  // The small ones first, so that as many as possible are not cut.
  for (const [key, bytes] of [...images].sort(([, a], [, b]) => a.length - b.length)) {
    if (bytes.length <= packing.whole && whole + bytes.length <= packing.allWhole) {
      heads.set(key, bytes)
      whole += bytes.length
      continue
    }
    const { head, plan, pieces } = cutImage(openImage(bytes), packing.piece)
    const names: string[] = []
    for (const piece of pieces) names.push(await writePiece(piece, key, write))
    heads.set(key, head)
    cuts.set(key, { plan, pieces: names })
  }
  const places = await writePacks(heads, write)
  return Object.fromEntries(
    [...images.keys()].map((key) => {
      const cut = cuts.get(key)
      return [key, { ...places.get(key)!, ...(cut && { cut }) }]
    }),
  )
}

async function writePiece(piece: Uint8Array, key: string, write: WriteAsset): Promise<string> {
  if (piece.length > MAX_ASSET)
    throw new Error(`zone ${key}: a name has ${piece.length} octets of records, at most ${MAX_ASSET} fit into an asset`)
  return write(piece)
}

/** Puts contents one behind the other into as few assets as they fit into, each at a multiple of eight. */
async function writePacks(
  contents: ReadonlyMap<string, Uint8Array>,
  write: WriteAsset,
): Promise<ReadonlyMap<string, ZoneAssets>> {
  const places = new Map<string, ZoneAssets>()
  for (const pack of packsOf(contents)) {
    const asset = await write(joined(pack.map(([, content]) => content)))
    let at = 0
    for (const [key, { length }] of pack) {
      places.set(key, { asset, at, size: length })
      at += padded(length)
    }
  }
  return places
}

function packsOf(contents: ReadonlyMap<string, Uint8Array>): [string, Uint8Array][][] {
  const packs: [string, Uint8Array][][] = []
  let size = Number.POSITIVE_INFINITY
  for (const entry of contents) {
    size += padded(entry[1].length)
    if (size > MAX_ASSET) {
      packs.push([])
      size = padded(entry[1].length)
    }
    packs.at(-1)!.push(entry)
  }
  return packs
}

function joined(contents: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(contents.reduce((size, { length }) => size + padded(length), 0))
  let at = 0
  for (const content of contents) {
    bytes.set(content, at)
    at += padded(content.length)
  }
  return bytes
}

const padded = (size: number): number => (size + 7) & ~7
