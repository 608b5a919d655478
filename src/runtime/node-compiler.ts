import { createHash } from 'node:crypto'
import { parseName } from '../dns/name.ts'
import { reasonOf } from '../reason.ts'
import { compileZone } from '../zone/compile.ts'
import { ZoneErrors } from '../zone/error.ts'
import type { IncludedFile } from '../zone/master.ts'
import type { CompilerResult } from './node-compile.ts'
import { ImageCache } from './node-imagecache.ts'
import { writeAll } from './node-imagefile.ts'
import { includedPath } from './node-include.ts'
import { readWholeNow } from './node-read.ts'
import { systemReason } from './node-reason.ts'
import { stampNow } from './node-stamp.ts'

/**
 * The program that compiles one zone file, apart from the process that serves it: `node node-compiler.ts FILE ORIGIN [CACHE]`. What
 * comes of it goes to file descriptor 3: two u32, how long what follows is; a CompilerResult as JSON; the image, where it is not
 * kept in a file.
 */
const RESULT = 3
const NONE = new Uint8Array(0)
const [path, originText, cache] = process.argv.slice(2)
const origin = parseName(originText)

/** By path: what each file looked like when it was read, and the digest of its content. */
const stamps: [string, string][] = []
const digests: [string, string][] = []

function read(file: string): Uint8Array {
  stamps.push([file, stampNow(file)])
  try {
    const bytes = readWholeNow(file)
    digests.push([file, createHash('sha256').update(bytes).digest('hex')])
    return bytes
  } catch (error) {
    throw new Error(`cannot read ${file}: ${systemReason(error)}`)
  }
}

function include(named: string, from: string): IncludedFile {
  const file = includedPath(named, from, path)
  return { path: file, bytes: read(file) }
}

function compile(): { image: Uint8Array; result: CompilerResult } {
  try {
    const { bytes, warnings } = compileZone(read(path), { origin, file: path, include })
    const kept = cache ? keep(cache, bytes, warnings) : {}
    return { image: kept.kept ? NONE : bytes, result: { stamps, warnings, ...kept } }
  } catch (error) {
    if (!(error instanceof ZoneErrors)) return { image: NONE, result: { stamps, reason: systemReason(error) } }
    const errors = error.errors.map(({ reason, file, line, column }) => ({ reason, file, line, column }))
    return { image: NONE, result: { stamps, errors } }
  }
}

function keep(folder: string, image: Uint8Array, warnings: readonly string[]): { kept?: string; unkept?: string } {
  const [[, digest], ...includes] = digests
  try {
    return { kept: new ImageCache(folder).store(digest, origin, image, { path, warnings, includes }) }
  } catch (error) {
    return { unkept: reasonOf(error) }
  }
}

const { image, result } = compile()
const text = Buffer.from(JSON.stringify(result))
const lengths = Buffer.alloc(8)
lengths.writeUInt32BE(text.length, 0)
lengths.writeUInt32BE(image.length, 4)
for (const part of [lengths, text, image]) writeAll(RESULT, part)
