import { createHash, type Hash } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** What a file has beside the image. */
export interface ImageNote {
  /** The zone file, as it was named. */
  readonly path: string
  readonly warnings: readonly string[]
  /** What it included: path and digest. */
  readonly includes: readonly (readonly [path: string, digest: string])[]
}

/** Read at once, with other work between: what takes a thread half a millisecond to digest. Octets. */
const CHUNK = 1024 * 1024
const MAGIC = 0x5a_44_43_46
/** Magic number, length of the note, length of the image, each u32; and the digest of all before it. */
const NUMBERS = 12
const DIGEST = 32

/**
 * Writes an image and its note to a new file that only its owner can read. Image first, so that it can be read to where it is
 * used; the digest last, so that what was cut off or damaged is found out.
 */
export function writeImageFile(file: string, image: Uint8Array, note: ImageNote): void {
  const text = Buffer.from(JSON.stringify(note))
  const end = Buffer.alloc(NUMBERS + DIGEST)
  end.writeUInt32BE(MAGIC, 0)
  end.writeUInt32BE(text.length, 4)
  end.writeUInt32BE(image.length, 8)
  const hash = createHash('sha256').update(image).update(text)
  hash.update(end.subarray(0, NUMBERS)).digest().copy(end, NUMBERS)
  const handle = openSync(file, 'wx', 0o600)
  try {
    for (const part of [image, text, end]) writeAll(handle, part)
  } finally {
    closeSync(handle)
  }
}

/** Writes octets as often as it takes. */
export function writeAll(handle: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at)
}

/** Reads what `writeImageFile` wrote; undefined where the file is anything else. The image is in memory that threads can share. */
export async function readImageFile(file: string): Promise<{ image: Uint8Array; note: ImageNote } | undefined> {
  const handle = await open(file, 'r')
  try {
    const { size } = await handle.stat()
    if (size < NUMBERS + DIGEST) return undefined
    const end = Buffer.from(await readPart(handle, size - NUMBERS - DIGEST, NUMBERS + DIGEST))
    const noteLength = end.readUInt32BE(4)
    const imageLength = end.readUInt32BE(8)
    if (end.readUInt32BE(0) !== MAGIC || size !== imageLength + noteLength + NUMBERS + DIGEST) return undefined
    const hash = createHash('sha256')
    const image = await readPart(handle, 0, imageLength, hash)
    const text = await readPart(handle, imageLength, noteLength, hash)
    const digest = hash.update(end.subarray(0, NUMBERS)).digest()
    if (!digest.equals(end.subarray(NUMBERS))) return undefined
    return { image, note: JSON.parse(Buffer.from(text).toString()) }
  } finally {
    await handle.close()
  }
}

/** The SHA-256 of a file in hexadecimal, of which no more than two chunks are held at a time. */
export async function digestFile(path: string): Promise<string> {
  const handle = await open(path, 'r')
  try {
    const hash = createHash('sha256')
    let [next, spare] = [Buffer.allocUnsafeSlow(CHUNK), Buffer.allocUnsafeSlow(CHUNK)]
    let reading = handle.read(next, 0, CHUNK)
    for (;;) {
      const { bytesRead } = await reading
      if (bytesRead === 0) return hash.digest('hex')
      const chunk = next
      next = spare
      spare = chunk
      // One is read while the other is digested.
      reading = handle.read(next, 0, CHUNK)
      hash.update(chunk.subarray(0, bytesRead))
    }
  } finally {
    await handle.close()
  }
}

async function readPart(handle: FileHandle, from: number, length: number, hash?: Hash): Promise<Uint8Array> {
  const bytes = new Uint8Array(new SharedArrayBuffer(length))
  const read = (at: number) => handle.read(bytes, at, Math.min(CHUNK, length - at), from + at)
  let reading = read(0)
  for (let at = 0; at < length; ) {
    const { bytesRead } = await reading
    if (bytesRead === 0) throw new Error('it became shorter while it was read')
    const chunk = bytes.subarray(at, at + bytesRead)
    at += bytesRead
    reading = read(at)
    hash?.update(chunk)
  }
  await reading
  return bytes
}
