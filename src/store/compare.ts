import { TYPE } from '../dns/constants.ts'
import { compareNames, type Name, nameText } from '../dns/name.ts'
import { recordTexts } from '../dns/presentation.ts'
import type { RRset } from '../dns/rrset.ts'
import type { ZoneImage } from '../zone/image.ts'
import { NONE } from '../zone/view.ts'
import { hashesOf, ownersIn, setsAt, valueFor } from './entries.ts'
import { nameOf } from './owner.ts'
import { ROOT_OWNER } from './pages.ts'
import { isNewer, nextSerial, recordsOf, serialOf } from './records.ts'
import { ValueError, type ZoneStore } from './store.ts'

/** What changes at one name, as lines of a zone file. */
export interface NameChange {
  readonly name: Name
  readonly removed: readonly string[]
  readonly added: readonly string[]
}

/** What an import would do. */
export interface ImportPlan {
  /** False: the store has the zone as it is in the file, or with a later serial. */
  readonly isNeeded: boolean
  /**
   * The serial afterwards: the file's where that is later than the store's, else the one after the store's. One that is signed
   * stays as it is.
   */
  readonly serial: number
  /** Is it signed, and not later than the store's, although something changes? */
  readonly isLate: boolean
  /** In canonical order; undefined where the store has no such zone. */
  readonly changes: readonly NameChange[] | undefined
}

/** Compares a zone with the one in a store. */
export async function planImport(store: ZoneStore, image: ZoneImage): Promise<ImportPlan> {
  const apex = await store.read(image.origin, [new Uint8Array(0), ROOT_OWNER])
  const { serial: own } = image
  if (!apex) return { isNeeded: true, serial: own, isLate: false, changes: undefined }
  const stored = serialOf(setsIn(apex.values[0], image.origin)) ?? 0
  const isLater = isNewer(own, stored)
  const isSigned = image.signatures(image.apex, TYPE.SOA, image.origin) !== undefined
  const changes = await compare(store, image, isSigned ? own : stored)
  const isSame = changes.length === 0 && (apex.values[1] === undefined) === (image.denial === 'none')
  if (isSame && !isLater) return { isNeeded: false, serial: stored, isLate: false, changes }
  if (isSigned) return { isNeeded: true, serial: own, isLate: !isLater, changes }
  const serial = isLater ? own : nextSerial(stored)
  const others = changes.filter(({ name }) => name.length > image.origin.length)
  const atApex = changeAt(image.origin, apex.values[0], setsAt(image, image.apex, image.origin, serial))
  return { isNeeded: true, serial, isLate: false, changes: atApex ? [atApex, ...others] : others }
}

/** What is not the same in the store as in the image, were its serial this one. */
async function compare(store: ZoneStore, image: ZoneImage, serial: number): Promise<NameChange[]> {
  const changes: NameChange[] = []
  const seen = new Set<number>()
  const look = (name: Name, value: string | undefined, sets: readonly RRset[]): void => {
    const change = value === valueFor(sets) ? undefined : changeAt(name, value, sets)
    if (change) changes.push(change)
  }
  const hashes = hashesOf(image)
  for await (const { owner, value } of ownersIn(store, image.origin)) {
    const name = nameOf(owner, image.origin)
    const node = image.find(name, 0) || (hashes.get(nameText(name)) ?? NONE)
    seen.add(node)
    look(name, value, node === NONE ? [] : setsAt(image, node, name, serial))
  }
  for (const node of image.nodes()) {
    if (seen.has(node)) continue
    const name = image.owner(node)
    look(name, undefined, setsAt(image, node, name, serial))
  }
  return changes.sort((a, b) => compareNames(a.name, b.name))
}

function changeAt(name: Name, value: string | undefined, sets: readonly RRset[]): NameChange | undefined {
  const before = setsIn(value, name).flatMap(recordTexts)
  const after = sets.flatMap((set) => recordTexts(set.withOwner(name)))
  const removed = before.filter((line) => !after.includes(line))
  const added = after.filter((line) => !before.includes(line))
  return removed.length + added.length === 0 ? undefined : { name, removed, added }
}

/** What cannot be read is as good as not there: an import replaces it. */
function setsIn(value: string | undefined, name: Name): RRset[] {
  try {
    return value === undefined ? [] : recordsOf(value, name).sets
  } catch (error) {
    if (error instanceof ValueError) return []
    throw error
  }
}
