import { type Name, nameText } from '../../dns/name.ts'
import { recordTexts } from '../../dns/presentation.ts'
import { NodeFiles } from '../../runtime/node-files.ts'
import { planImport } from '../../store/compare.ts'
import { entriesOf } from '../../store/entries.ts'
import type { ZoneStore } from '../../store/store.ts'
import { ZoneError } from '../../zone/error.ts'
import { ZoneImage } from '../../zone/image.ts'

/** Zones of fewer names are there before one could read how far it is. */
const LARGE = 10_000
/** How many lines tell of the progress. */
const STEPS = 10

/** `coredge zone import FILE ORIGIN`. */
export async function importZone(store: ZoneStore, file: string, origin: Name): Promise<void> {
  const image = await readZone(file, origin)
  const zone = nameText(origin)
  const { isNeeded, serial, isLate } = await planImport(store, image)
  if (!isNeeded) {
    console.log(`${zone}: nothing to change, serial ${serial}`)
    return
  }
  if (isLate)
    console.error(
      `warning: ${zone}: serial ${serial} is not later than the store's, and signed: raise it before signing`,
    )
  await store.replace(origin, entriesOf(image, serial), progressOf(zone, image.names))
  console.log(`${zone}: imported ${image.records} records of ${image.names} names, serial ${serial}`)
}

/** `coredge zone diff FILE ORIGIN`. */
export async function diffZone(store: ZoneStore, file: string, origin: Name): Promise<void> {
  const image = await readZone(file, origin)
  const { changes } = await planImport(store, image)
  if (changes) for (const { removed, added } of changes) print(removed, added)
  else for (const set of image.rrsets()) print([], recordTexts(set))
}

function print(removed: readonly string[], added: readonly string[]): void {
  for (const line of removed) console.log(`-${line}`)
  for (const line of added) console.log(`+${line}`)
}

/** Reads a zone file that a store can hold. Throws ZoneErrors. */
async function readZone(file: string, origin: Name): Promise<ZoneImage> {
  const image = await new NodeFiles().zone(file, origin)
  if (!(image instanceof ZoneImage)) throw new Error(`${file}: not a whole zone`)
  for (const warning of image.warnings) console.error(`warning: ${warning}`)
  if (!image.usable) throw new ZoneError(`no SOA record for the zone ${nameText(origin)}`, file)
  return image
}

function progressOf(zone: string, total: number): ((done: number) => void) | undefined {
  if (total < LARGE) return undefined
  let told = 0
  return (done) => {
    const step = Math.floor((done / total) * STEPS)
    if (step === told) return
    told = step
    // Of a signed zone there is more to write than its names.
    console.error(`${zone}: ${Math.min(done, total)} of ${total} names`)
  }
}
