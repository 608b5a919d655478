import { TYPE } from '../../dns/constants.ts'
import { compareNames, type Name, nameText } from '../../dns/name.ts'
import { recordTexts } from '../../dns/presentation.ts'
import type { RRset } from '../../dns/rrset.ts'
import { ownersIn } from '../../store/entries.ts'
import { findHash } from '../../store/findhash.ts'
import { nameOf, ownerOf } from '../../store/owner.ts'
import { recordsOf } from '../../store/records.ts'
import { ValueError, type ZoneStore } from '../../store/store.ts'
import { writeText } from '../files.ts'
import { zoneOf } from './open.ts'

/** `coredge zone list`: the zones of a store. */
export async function listZones(store: ZoneStore): Promise<void> {
  for (const zone of [...(await store.zones())].sort(compareNames)) console.log(nameText(zone))
}

/** `coredge zone list ORIGIN`: the names of a zone that own records, other than those that prove what is absent by hashes. */
export async function listNames(store: ZoneStore, apex: Name): Promise<void> {
  for (const { name, sets } of await contentOf(store, apex)) if (sets.some(isOfName)) console.log(nameText(name))
}

const isOfName = ({ type }: RRset): boolean => type !== TYPE.NSEC3 && type !== TYPE.RRSIG

/** `coredge zone get NAME [TYPE]`. Returns the exit code: 1 where there is nothing. */
export async function getRecords(store: ZoneStore, name: Name, type: number | undefined): Promise<number> {
  const apex = await zoneOf(store, name, type === TYPE.DS)
  const owner = ownerOf(name, apex)
  const value = (await store.read(apex, [owner]))?.values[0] ?? (await findHash(store, apex, owner))
  const sets = value === undefined ? [] : warned(value, name)
  const wanted = sets.filter((set) => type === undefined || set.type === type)
  for (const line of wanted.flatMap(recordTexts)) console.log(line)
  return wanted.length > 0 ? 0 : 1
}

/** `coredge zone export ORIGIN [FILE]`: a zone file, in canonical order with the SOA record first. */
export async function exportZone(store: ZoneStore, apex: Name, file: string | undefined): Promise<void> {
  const content = await contentOf(store, apex)
  const isSoa = ({ type }: RRset): boolean => type === TYPE.SOA
  const lines = content.flatMap(({ sets }) =>
    [...sets.filter(isSoa), ...sets.filter((set) => !isSoa(set))].flatMap(recordTexts),
  )
  const text = `${lines.join('\n')}\n`
  if (file === undefined) process.stdout.write(text)
  else writeText(file, text)
}

interface StoredName {
  readonly name: Name
  readonly sets: readonly RRset[]
}

/** All of a zone, in canonical order. What cannot be read is left out, with a warning. */
export async function contentOf(store: ZoneStore, apex: Name): Promise<StoredName[]> {
  const content: StoredName[] = []
  for await (const { owner, value } of ownersIn(store, apex)) {
    const name = nameOf(owner, apex)
    content.push({ name, sets: warned(value, name) })
  }
  return content.sort((a, b) => compareNames(a.name, b.name))
}

function warned(value: string, name: Name): RRset[] {
  try {
    const { sets, complaints } = recordsOf(value, name)
    for (const complaint of complaints) console.error(`warning: ${nameText(name)} ${complaint}`)
    return sets
  } catch (error) {
    if (!(error instanceof ValueError)) throw error
    console.error(`warning: ${nameText(name)} ${error.message}`)
    return []
  }
}
