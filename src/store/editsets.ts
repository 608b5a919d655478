import { TYPE } from '../dns/constants.ts'
import { type Name, nameText } from '../dns/name.ts'
import type { RRset } from '../dns/rrset.ts'
import { clearing, placing } from './edit.ts'
import { nameOf, ownerOf } from './owner.ts'
import { ROOT_OWNER } from './pages.ts'
import { nextSerial, recordsOf, serialOf, withSerial } from './records.ts'
import { type Change, StoreError, type ZoneReader, type ZoneStore } from './store.ts'
import { writeValue } from './writevalue.ts'

export interface SetsEdit {
  readonly apex: Name
  readonly name: Name
  /** Gives the name's sets as they are to be, from those that are there and the apex's; may throw, and be called again. */
  change(sets: readonly RRset[], apexSets: readonly RRset[]): readonly RRset[]
  /** Is the SOA record's serial to be raised too? */
  readonly raisesSerial: boolean
}

/** Changes the records of one name. Rejects with StoreError where the zone is signed. */
export async function editSets(store: ZoneStore, edit: SetsEdit): Promise<void> {
  const owner = ownerOf(edit.name, edit.apex)
  const atApex = new Uint8Array(0)
  await store.edit(edit.apex, async (zone) => {
    const [value, apexValue, proofs] = await zone.get([owner, atApex, ROOT_OWNER])
    const setsIn = (text: string | undefined, name: Name): RRset[] => (text ? recordsOf(text, name).sets : [])
    const apexSets = setsIn(apexValue, edit.apex)
    // No signature would fit any more, and no proof that something is absent.
    if (proofs !== undefined || apexSets.some(({ type }) => type === TYPE.RRSIG))
      throw new StoreError(`${nameText(edit.apex)} is signed: change its zone file, sign that again, and import it`)
    let sets = edit.change(setsIn(value, nameOf(owner, edit.apex)), apexSets)
    if (!edit.raisesSerial) return changesTo(zone, owner, sets)
    const serial = nextSerial(serialOf(apexSets) ?? 0)
    if (owner.length === 0) sets = withSerial(sets, serial)
    const changes = await changesTo(zone, owner, sets)
    return owner.length === 0
      ? changes
      : [...changes, { owner: atApex, value: writeValue(withSerial(apexSets, serial)) }]
  })
}

const changesTo = (zone: ZoneReader, owner: Uint8Array, sets: readonly RRset[]): Promise<Change[]> =>
  sets.length === 0 ? clearing(zone, owner) : placing(zone, owner, writeValue(sets))
