import { stat } from 'node:fs/promises'
import type { Name } from '../dns/name.ts'
import { compileZoneAsync } from '../zone/compile.ts'
import type { ZoneImage } from '../zone/image.ts'
import { compileApart } from './node-compile.ts'
import { ImageCache } from './node-imagecache.ts'
import { includedPath } from './node-include.ts'
import { releaseReplaced } from './node-memory.ts'

/** What is compiled between two queries: more would keep them waiting. Octets, and records made by `$GENERATE`. */
const LIGHT = 256 * 1024
const LIGHT_RECORDS = 5000
const GENERATE = /^\$GENERATE\s+(\d{1,10})-(\d{1,10})/gim

/** What reading a zone needs. */
export interface ZoneReading {
  /** Reads a file, having told `stamped` what it looks like. */
  readonly read: (path: string) => Promise<Uint8Array>
  readonly stamp: (path: string) => Promise<void>
  readonly stamped: (path: string, stamp: string) => void
  /** Where compiled zones are kept. */
  readonly cache: string | undefined
  readonly warn: (line: string) => void
}

/** Thrown when a zone turns out to be larger than it seemed. */
class Heavy extends Error {}

/**
 * Reads a zone file: a small one is compiled here, a large one in another process, unless its image is kept from the last time.
 * Rejects with ZoneErrors, or with a one-line reason.
 */
export async function readZone(path: string, origin: Name, reading: ZoneReading): Promise<ZoneImage> {
  try {
    return await compileHere(path, origin, reading)
  } catch (error) {
    if (!(error instanceof Heavy)) throw error
  }
  const { cache, stamp } = reading
  const kept = cache ? await new ImageCache(cache).find(path, origin, stamp).catch(() => undefined) : undefined
  const image = kept ?? (await compileApart(path, origin, reading))
  releaseReplaced()
  return image
}

async function compileHere(path: string, origin: Name, reading: ZoneReading): Promise<ZoneImage> {
  let left = LIGHT
  const read = async (file: string): Promise<Uint8Array> => {
    left -= await sizeOf(file)
    if (left < 0) throw new Heavy()
    const bytes = await reading.read(file)
    if (isProlific(bytes)) throw new Heavy()
    return bytes
  }
  let heavy: Heavy | undefined
  const image = compileZoneAsync(await read(path), { origin, file: path }, async (named, from) => {
    const file = includedPath(named, from, path)
    try {
      return { path: file, bytes: await read(file) }
    } catch (error) {
      if (error instanceof Heavy) heavy = error
      throw error
    }
  })
  return image.finally(() => {
    if (heavy) throw heavy
  })
}

/** What cannot be looked at is left to reading to tell. */
async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() ? found.size : 0
}

function isProlific(bytes: Uint8Array): boolean {
  let records = 0
  for (const [, start, stop] of Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString('latin1')
    .matchAll(GENERATE))
    records += Math.max(0, Number(stop) - Number(start))
  return records > LIGHT_RECORDS
}
