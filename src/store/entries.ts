import type { Name } from '../dns/name.ts'
import type { RRset } from '../dns/rrset.ts'
import type { ZoneImage } from '../zone/image.ts'
import { ownerOf } from './owner.ts'
import { withSerial } from './records.ts'
import { EMPTY, type Entry } from './store.ts'
import { writeValue } from './writevalue.ts'

/** What a store keeps of a zone: each name with its value, empty non-terminals too, made as they are asked for. */
export function* entriesOf(image: ZoneImage, serial: number = image.serial): Generator<Entry> {
  for (const node of image.nodes()) {
    const name = image.owner(node)
    yield { owner: ownerOf(name, image.origin), value: valueFor(setsAt(image, node, name, serial)) }
  }
}

/** A node's sets; the SOA record with this serial. */
export function setsAt(image: ZoneImage, node: number, name: Name, serial: number): readonly RRset[] {
  const sets = image.sets(node, name)
  return node === image.apex && serial !== image.serial ? withSerial(sets, serial) : sets
}

export const valueFor = (sets: readonly RRset[]): string => (sets.length === 0 ? EMPTY : writeValue(sets))
