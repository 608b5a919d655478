import { above } from './owner.ts'
import { type Change, EMPTY, type Owner, type ZoneReader } from './store.ts'

/** The changes that put a value at a name: the names above it that are new become empty non-terminals. */
export async function placing(zone: ZoneReader, owner: Owner, value: string): Promise<Change[]> {
  const parents = ancestors(owner)
  const values = await zone.get(parents)
  const empty = parents.filter((_, i) => values[i] === undefined)
  return [{ owner, value }, ...empty.map((parent) => ({ owner: parent, value: EMPTY }))]
}

/** The changes that take all records from a name: it goes, and with it the empty non-terminals above that have no other use. */
export async function clearing(zone: ZoneReader, owner: Owner): Promise<Change[]> {
  const gone: Owner[] = []
  if (await zone.hasBelow(owner, gone)) return [{ owner, value: EMPTY }]
  gone.push(owner)
  const parents = ancestors(owner)
  const values = await zone.get(parents)
  for (const [i, parent] of parents.entries()) {
    if (values[i] !== EMPTY || (await zone.hasBelow(parent, gone))) break
    gone.push(parent)
  }
  return gone.map((name) => ({ owner: name, value: undefined }))
}

/** The names between an owner and the apex, from below. */
function ancestors(owner: Owner): Owner[] {
  const out: Owner[] = []
  for (let name = above(owner); name.length > 0; name = above(name)) out.push(name)
  return out
}
