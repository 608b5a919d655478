import type { Name } from '../dns/name.ts'
import { againstOwner } from '../zone/order.ts'
import { ownerText } from './owner.ts'
import { pageOwner, ROOT_PAGE } from './pages.ts'
import { MOST_LEVELS, placeIn, readPage } from './proofpage.ts'
import { hashesOn } from './proofs.ts'
import { ownTtl } from './rules.ts'
import type { Owner, ZoneStore } from './store.ts'

/** The value of an owner of NSEC3 records that is no name of the zone; undefined where there is none. Throws ValueError. */
export async function findHash(store: ZoneStore, apex: Name, owner: Owner): Promise<string | undefined> {
  let number = ROOT_PAGE
  for (let level = 0; level < MOST_LEVELS; level++) {
    const value = (await store.read(apex, [pageOwner(number)]))?.values[0]
    if (value === undefined) return undefined
    const page = readPage(value, { ttl: ownTtl().ttl, serial: 0 })
    const place = placeIn(page, againstOwner(owner))
    if (place < 0) return undefined
    if (page.first === undefined) return hashesOn(value).find((one) => ownerText(one.owner) === ownerText(owner))?.value
    number = page.first + place
  }
  return undefined
}
