import { HAS, OWNER, type ZoneData } from './data.ts'
import { isHashOnly, nsec3Record, type ZoneFacts } from './facts.ts'
import {
  FIELD,
  filterBits,
  HEADER_SIZE,
  IMAGE,
  KIND_SIZE,
  MAGIC,
  NODE_ALIGN,
  placeBits,
  slotOf,
  VERSION,
} from './format.ts'
import { compareOwners } from './order.ts'
import { NODE } from './view.ts'
import { mostOctets, NodeWriter } from './writenode.ts'

export type Allocate = (size: number) => ArrayBufferLike

/** Offsets fit in the numbers of the index with bits of the hash to spare, and in those that engines are quick with. */
const MOST_OCTETS = 0x7fffffff

/** Names per word of the filter: of those that are not there it lets 4 of 100 pass. */
const NAMES_PER_WORD = 4
/** Slots of the hash index per name: few, as a name that is not there, which takes the longest probes, is seldom looked for in it. */
const ROOMINESS = 1.25

/** Where the parts of an image start, and how long they are. */
interface Layout {
  readonly words: number
  readonly wordsAt: number
  readonly slots: number
  readonly slotsAt: number
  readonly orderAt: number
  readonly nodesAt: number
  readonly salt: Uint8Array
}

/** Lays out the image of a zone. `allocate` decides where it lives: an ArrayBuffer or a SharedArrayBuffer. */
export function writeImage(data: ZoneData, facts: ZoneFacts, allocate: Allocate): Uint8Array {
  const { nodes } = data
  const ordered = orderedNodes(data, facts)
  const layout = layOut(data, facts, ordered.length)
  // Room for the worst case: what is not used is never touched.
  const room = align(layout.nodesAt + mostOctets(data))
  if (room > MOST_OCTETS)
    throw new RangeError(`the zone is too large: it may need ${room} octets, at most ${MOST_OCTETS}`)
  const buffer = allocate(room)
  const bytes = new Uint8Array(buffer)
  bytes.set(data.origin, HEADER_SIZE)
  bytes[HEADER_SIZE + data.origin.length] = layout.salt.length
  bytes.set(layout.salt, HEADER_SIZE + data.origin.length + 1)

  const writer = new NodeWriter(data, bytes, layout.nodesAt)
  const places = new Uint32Array(nodes.rows)
  for (let node = 0, row = 0; row < nodes.rows; node += nodes.width, row++) places[row] = writer.write(node)
  const kindsAt = writer.at
  const size = kindsAt + writer.kinds.write(bytes, kindsAt) * KIND_SIZE
  fillFilter(new Uint32Array(buffer, layout.wordsAt, layout.words), data)
  fillIndex(new Uint32Array(buffer, layout.slotsAt, layout.slots), data, places, placeBits(size))
  const order = new Uint32Array(buffer, layout.orderAt, ordered.length)
  for (let i = 0; i < ordered.length; i++) order[i] = places[ordered[i] / nodes.width]

  const header = new Uint32Array(buffer, 0, HEADER_SIZE / 4)
  writeHeader(header, data, facts, layout)
  header[FIELD.SIZE] = size
  header[FIELD.RECORDS] = writer.records
  header[FIELD.ORDER] = ordered.length
  header[FIELD.APEX] = places[0]
  header[FIELD.KINDS_AT] = kindsAt
  return bytes.subarray(0, size)
}

function layOut(data: ZoneData, facts: ZoneFacts, ordered: number): Layout {
  const salt = facts.nsec3?.salt ?? new Uint8Array(0)
  const slots = Math.ceil(data.nodes.rows * ROOMINESS) + 1
  const words = Math.ceil(data.nodes.rows / NAMES_PER_WORD)
  const wordsAt = align(HEADER_SIZE + data.origin.length + 1 + salt.length)
  const slotsAt = wordsAt + words * 4
  const orderAt = slotsAt + slots * 4
  return { words, wordsAt, slots, slotsAt, orderAt, nodesAt: orderAt + ordered * 4, salt }
}

function writeHeader(header: Uint32Array, data: ZoneData, facts: ZoneFacts, layout: Layout): void {
  const { denial } = facts
  header[FIELD.MAGIC] = MAGIC
  header[FIELD.VERSION] = VERSION
  header[FIELD.FLAGS] =
    (facts.usable ? 0 : IMAGE.UNUSABLE) | (denial === 'nsec' ? IMAGE.NSEC : denial === 'nsec3' ? IMAGE.NSEC3 : 0)
  header[FIELD.SERIAL] = facts.serial
  header[FIELD.NAMES] = data.nodes.rows
  header[FIELD.SEED] = data.seed
  header[FIELD.WORDS] = layout.words
  header[FIELD.WORDS_AT] = layout.wordsAt
  header[FIELD.SLOTS] = layout.slots
  header[FIELD.SLOTS_AT] = layout.slotsAt
  header[FIELD.ORDER_AT] = layout.orderAt
  header[FIELD.NODES_AT] = layout.nodesAt
  header[FIELD.ITERATIONS] = facts.nsec3?.iterations ?? 0
}

const align = (size: number): number => (size + 3) & ~3

function fillFilter(filter: Uint32Array, data: ZoneData): void {
  const { nodes } = data
  for (let node = 0; node < nodes.rows * nodes.width; node += nodes.width) {
    if (isHashOnly(data, node)) continue
    const hash = nodes.cells[node + OWNER.HASH] >>> 0
    filter[slotOf(hash, filter.length)] |= filterBits(hash)
  }
}

function fillIndex(index: Uint32Array, data: ZoneData, places: Uint32Array, bits: number): void {
  const { nodes } = data
  for (let row = 0, node = 0; row < nodes.rows; row++, node += nodes.width) {
    if (isHashOnly(data, node)) continue
    const hash = nodes.cells[node + OWNER.HASH] >>> 0
    let slot = slotOf(hash, index.length)
    while (index[slot] !== 0) if (++slot === index.length) slot = 0
    index[slot] = (hash << bits) | (places[row] / NODE_ALIGN)
  }
}

/** The nodes of the NSEC or NSEC3 chain, in canonical order, which for hashes of one length is the order of hashes. */
function orderedNodes(data: ZoneData, { denial, nsec3 }: ZoneFacts): number[] {
  if (denial === 'none') return []
  const { nodes, names } = data
  const { cells } = nodes
  const out: number[] = []
  for (let node = 0; node < nodes.rows * nodes.width; node += nodes.width) {
    const flags = cells[node + OWNER.FLAGS]
    if (flags & NODE.OCCLUDED) continue
    if (nsec3 ? flags & HAS.NSEC3 && nsec3Record(data, node, nsec3) >= 0 : flags & HAS.NSEC) out.push(node)
  }
  const end = (node: number): number => cells[node + OWNER.AT] + cells[node + OWNER.LENGTH]
  const { bytes } = names
  return out.sort((a, b) => compareOwners(bytes, cells[a + OWNER.AT], end(a), bytes, cells[b + OWNER.AT], end(b)))
}
