import { TYPE } from '../dns/constants.ts'
import { type Name, nameText } from '../dns/name.ts'
import type { RRset } from '../dns/rrset.ts'
import type { ZoneImage } from '../zone/image.ts'
import { ownerOf } from './owner.ts'
import { isPage } from './pages.ts'
import { hashesOn, pagesOf } from './proofs.ts'
import { withSerial } from './records.ts'
import { EMPTY, type Entry, type ZoneStore } from './store.ts'
import { writeValue } from './writevalue.ts'

/**
 * What a store keeps of a zone: each name with its value, empty non-terminals too, made as they are asked for, and where the zone
 * is signed the pages of its proofs.
 */
export function* entriesOf(image: ZoneImage, serial: number = image.serial): Generator<Entry> {
  const hashes = new Set<number>()
  for (const node of image.nodes()) {
    const name = image.owner(node)
    if (isHash(image, node, name)) hashes.add(node)
    else yield { owner: ownerOf(name, image.origin), value: valueFor(setsAt(image, node, name, serial)) }
  }
  yield* pagesOf(image, hashes)
}

/** Is this a node that only NSEC3 records make, and no name of the zone (RFC 5155 §7.2.8)? */
const isHash = (image: ZoneImage, node: number, name: Name): boolean =>
  image.rrset(node, TYPE.NSEC3, name) !== undefined && image.find(name, 0) !== node

/** The nodes that only NSEC3 records make, by name. */
export function hashesOf(image: ZoneImage): Map<string, number> {
  const hashes = new Map<string, number>()
  for (const node of image.nodes()) {
    const name = image.owner(node)
    if (isHash(image, node, name)) hashes.set(nameText(name), node)
  }
  return hashes
}

/** Every owner of records in a stored zone: its names, and the owners of NSEC3 records. */
export async function* ownersIn(store: ZoneStore, apex: Name): AsyncGenerator<Entry> {
  for await (const entry of store.entries(apex)) {
    if (isPage(entry.owner)) yield* hashesOn(entry.value)
    else yield entry
  }
}

/** A node's sets; the SOA record with this serial. */
export function setsAt(image: ZoneImage, node: number, name: Name, serial: number): readonly RRset[] {
  const sets = image.sets(node, name)
  return node === image.apex && serial !== image.serial ? withSerial(sets, serial) : sets
}

export const valueFor = (sets: readonly RRset[]): string => (sets.length === 0 ? EMPTY : writeValue(sets))
