import type { ZoneImage } from '../zone/image.ts'
import { ownerOf } from './owner.ts'
import { EMPTY, type Entry } from './store.ts'
import { writeValue } from './writevalue.ts'

/** What a store keeps of a zone: each name with its value, empty non-terminals too, made as they are asked for. */
export function* entriesOf(image: ZoneImage): Generator<Entry> {
  for (const node of image.nodes()) {
    const name = image.owner(node)
    const sets = image.sets(node, name)
    yield { owner: ownerOf(name, image.origin), value: sets.length === 0 ? EMPTY : writeValue(sets) }
  }
}
