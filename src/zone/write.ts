import { HAS, OWNER, RECORD, type ZoneData } from './data.ts'
import { isHashOnly, nsec3Record, type ZoneFacts } from './facts.ts'
import { FIELD, HEADER_SIZE, IMAGE, MAGIC, SET_HEADER, VERSION } from './format.ts'
import { compareOwners } from './order.ts'
import { setsOf } from './sets.ts'
import { NODE } from './view.ts'

export type Allocate = (size: number) => ArrayBufferLike

/** Where the parts of an image start, and how long they are. */
interface Layout {
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
  // Room for the case that no two records share a set: what is not used is never touched.
  const room = nodes.rows * 4 + data.names.length + data.records.rows * (SET_HEADER + 2) + data.rdata.length
  const buffer = allocate(align(layout.nodesAt + room))
  const bytes = new Uint8Array(buffer)
  bytes.set(data.origin, HEADER_SIZE)
  bytes[HEADER_SIZE + data.origin.length] = layout.salt.length
  bytes.set(layout.salt, HEADER_SIZE + data.origin.length + 1)

  const index = new Uint32Array(buffer, layout.slotsAt, layout.slots * 2)
  const places = new Uint32Array(nodes.rows)
  const counts = { at: layout.nodesAt, records: 0 }
  for (let node = 0, row = 0; row < nodes.rows; node += nodes.width, row++) {
    places[row] = counts.at
    if (!isHashOnly(data, node)) enter(index, nodes.cells[node + OWNER.HASH] >>> 0, counts.at)
    writeNode(data, node, bytes, counts)
  }
  const order = new Uint32Array(buffer, layout.orderAt, ordered.length)
  for (let i = 0; i < ordered.length; i++) order[i] = places[ordered[i] / nodes.width]

  const header = new Uint32Array(buffer, 0, HEADER_SIZE / 4)
  writeHeader(header, data, facts, layout)
  header[FIELD.SIZE] = counts.at
  header[FIELD.RECORDS] = counts.records
  header[FIELD.ORDER] = ordered.length
  header[FIELD.APEX] = places[0]
  return bytes.subarray(0, counts.at)
}

function layOut(data: ZoneData, facts: ZoneFacts, ordered: number): Layout {
  const salt = facts.nsec3?.salt ?? new Uint8Array(0)
  let slots = 4
  while (slots < data.nodes.rows * 1.5) slots *= 2
  const slotsAt = align(HEADER_SIZE + data.origin.length + 1 + salt.length)
  const orderAt = slotsAt + slots * 8
  return { slots, slotsAt, orderAt, nodesAt: orderAt + ordered * 4, salt }
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
  header[FIELD.SLOTS] = layout.slots
  header[FIELD.SLOTS_AT] = layout.slotsAt
  header[FIELD.ORDER_AT] = layout.orderAt
  header[FIELD.NODES_AT] = layout.nodesAt
  header[FIELD.ITERATIONS] = facts.nsec3?.iterations ?? 0
}

const align = (size: number): number => (size + 3) & ~3

function enter(index: Uint32Array, hash: number, offset: number): void {
  const mask = index.length / 2 - 1
  let slot = hash & mask
  while (index[slot * 2 + 1] !== 0) slot = (slot + 1) & mask
  index[slot * 2] = hash
  index[slot * 2 + 1] = offset
}

function writeNode(data: ZoneData, node: number, bytes: Uint8Array, counts: { at: number; records: number }): void {
  const cells = data.nodes.cells
  const length = cells[node + OWNER.LENGTH]
  const first = cells[node + OWNER.FIRST]
  let at = counts.at
  bytes[at++] = (cells[node + OWNER.FLAGS] & 31) | (first < 0 ? NODE.EMPTY : 0)
  bytes[at++] = length
  const names = data.names.bytes
  for (let i = cells[node + OWNER.AT], end = i + length; i < end; i++) bytes[at++] = names[i]
  const countAt = at
  at += 2
  let sets = 0
  if (first >= 0)
    for (const records of setsOf(data, first)) {
      at = writeSet(data, records, bytes, at)
      counts.records += records.length
      sets++
    }
  bytes[countAt] = sets >> 8
  bytes[countAt + 1] = sets
  counts.at = at
}

function writeSet(data: ZoneData, records: readonly number[], bytes: Uint8Array, at: number): number {
  const cells = data.records.cells
  const rdata = data.rdata.bytes
  const type = cells[records[0] + RECORD.TYPE]
  // One TTL for the set: the first's (RFC 2181 §5.2).
  const ttl = cells[records[0] + RECORD.TTL]
  let out = at + SET_HEADER
  for (const record of records) {
    const from = cells[record + RECORD.AT]
    const length = cells[record + RECORD.LENGTH]
    bytes[out] = length >> 8
    bytes[out + 1] = length
    out += 2
    if (length < 32) for (let i = from; i < from + length; i++) bytes[out++] = rdata[i]
    else {
      bytes.set(rdata.subarray(from, from + length), out)
      out += length
    }
  }
  const size = out - at - SET_HEADER
  bytes[at] = type >> 8
  bytes[at + 1] = type
  bytes[at + 2] = ttl >> 24
  bytes[at + 3] = ttl >> 16
  bytes[at + 4] = ttl >> 8
  bytes[at + 5] = ttl
  bytes[at + 6] = size >> 16
  bytes[at + 7] = size >> 8
  bytes[at + 8] = size
  return out
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
