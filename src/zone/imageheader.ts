import type { NameLayout } from '../dns/rdata/define.ts'
import { FIELD, HEADER_SIZE, KIND_SIZE, MAGIC, MOST_ITERATIONS, NODE_ALIGN, OTHER_KIND, VERSION } from './format.ts'

/** The error for octets that no compiler wrote. */
export function damaged(what: string): Error {
  return new Error(`damaged zone image: ${what}`)
}

/** The header of an image, whose parts lie one behind the other as format.ts has it. Throws Error where they do not. */
export function readHeader(bytes: Uint8Array): Uint32Array {
  // Numbers are read in place: the image must start at a multiple of four of its buffer.
  if (bytes.byteOffset % 4 !== 0) throw new Error('a zone image must be aligned to four octets')
  if (bytes.length < HEADER_SIZE) throw new Error('no zone image: too short')
  const header = words(bytes, 0, HEADER_SIZE / 4)
  if (header[FIELD.MAGIC] !== MAGIC) throw new Error('no zone image: wrong magic number')
  if (header[FIELD.VERSION] !== VERSION) throw new Error(`zone image of another version: ${header[FIELD.VERSION]}`)
  if (header[FIELD.SIZE] !== bytes.length) throw damaged(`${bytes.length} octets instead of ${header[FIELD.SIZE]}`)
  const filter = header[FIELD.WORDS]
  const filterAt = header[FIELD.WORDS_AT]
  const slots = header[FIELD.SLOTS]
  const slotsAt = header[FIELD.SLOTS_AT]
  const nodesAt = header[FIELD.NODES_AT]
  const kindsAt = header[FIELD.KINDS_AT]
  const apex = header[FIELD.APEX]
  if (header[FIELD.ITERATIONS] > MOST_ITERATIONS) throw damaged('number of NSEC3 iterations')
  const kinds = (bytes.length - kindsAt) / KIND_SIZE
  if (
    filter === 0 ||
    filterAt % 4 !== 0 ||
    slotsAt !== filterAt + filter * 4 ||
    slots === 0 ||
    header[FIELD.ORDER_AT] !== slotsAt + slots * 4 ||
    nodesAt !== header[FIELD.ORDER_AT] + header[FIELD.ORDER] * 4 ||
    nodesAt > apex ||
    apex % NODE_ALIGN !== 0 ||
    apex >= kindsAt ||
    kinds < 0 ||
    kinds >= OTHER_KIND ||
    !Number.isInteger(kinds)
  )
    throw damaged('offsets out of range')
  const saltAt = HEADER_SIZE + nameLength(bytes, HEADER_SIZE)
  if (saltAt >= filterAt || saltAt + 1 + bytes[saltAt] > filterAt) throw damaged('origin out of range')
  return header
}

/** How long the uncompressed name at `at` is: at most 255 octets. Throws Error where it is no name. */
export function nameLength(bytes: Uint8Array, at: number): number {
  let i = at
  while (bytes[i] > 0 && bytes[i] < 64 && i < at + 254) i += bytes[i] + 1
  if (bytes[i] !== 0 || i > at + 254) throw damaged('a name is none')
  return i + 1 - at
}

/** Throws Error where a record's data in `bytes[at, end)` does not have the names that those of its type have. */
export function checkNames(bytes: Uint8Array, at: number, end: number, { prefix, count }: NameLayout): void {
  at += prefix
  for (let n = 0; n < count; n++) at += nameLength(bytes, at)
  if (at > end) throw damaged('a name out of range')
}

/** Numbers of the header or of an index, in place. */
export function words(bytes: Uint8Array, at: number, count: number): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset + at, count)
}
