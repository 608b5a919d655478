import { TYPE } from '../dns/constants.ts'
import { isWithin, type Name, nameText, parentOf, sameName } from '../dns/name.ts'
import { NameTable } from '../dns/nametable.ts'
import type { Query } from '../query.ts'
import { NotLoaded } from '../zone/view.ts'
import type { StoreAccess } from './access.ts'
import type { NameCache } from './namecache.ts'
import { StoredZone } from './zone.ts'
import type { ZoneRules } from './zonenames.ts'

/** Which zones a store has, of those that are wanted from it. */
export class Catalog {
  readonly #wanted: readonly Name[]
  readonly #access: StoreAccess
  readonly #cache: NameCache
  readonly #rules: ZoneRules
  #zones = new Map<string, StoredZone>()
  #table = new NameTable<StoredZone>()
  #listedAt = -Infinity
  /** By the how-manieth read it was listed; one that began before `#invalid` may be out of date. */
  #listed = 0
  #invalid = 0
  #listing: Promise<void> | undefined

  constructor(wanted: readonly Name[], access: StoreAccess, cache: NameCache, rules: ZoneRules) {
    this.#wanted = wanted
    this.#access = access
    this.#cache = cache
    this.#rules = rules
  }

  /** Is it known what zones there are? */
  get isListed(): boolean {
    return this.#listed > 0
  }

  /** Something may have changed, in one zone or anywhere. */
  changed(apex?: Name): void {
    const zone = apex && this.#zones.get(nameText(apex))
    if (zone) zone.invalidate()
    else {
      if (!apex) for (const one of this.#zones.values()) one.invalidate()
      this.#invalid = this.#access.reads
    }
  }

  /** The zone is not there any more. */
  forget(apex: Name): void {
    const zone = this.#zones.get(nameText(apex))
    if (!zone) return
    this.#adopt([...this.#zones.values()].map(({ origin }) => origin).filter((origin) => origin !== zone.origin))
  }

  /** The zone that a query belongs to. Throws NotLoaded. */
  find(query: Query): StoredZone | undefined {
    const access = this.#access
    access.tick()
    const isOld = access.now - this.#listedAt >= access.early
    const isInvalid = this.#listed <= this.#invalid
    const zone = this.#find(query)
    if (isOld || isInvalid) this.#listAgain(query, zone, isInvalid)
    return zone
  }

  /** Asks for the list ahead of time, or where it cannot be done without waits for it: throws NotLoaded. */
  #listAgain({ name }: Query, zone: StoredZone | undefined, isInvalid: boolean): void {
    const access = this.#access
    if (!zone && !this.#wanted.some((one) => isWithin(name, one))) return
    const isNone = this.#listed === 0
    if (isNone && !access.mayTry) throw access.down
    const listing = access.mayTry ? this.list() : undefined
    if (isNone) throw new NotLoaded(listing!)
    // What is not known may have come since; and what is known may have a zone of its own by now.
    const isTooOld = isInvalid || (!zone && access.now - this.#listedAt >= access.options.refresh)
    if (isTooOld && !access.down && listing) throw new NotLoaded(listing.catch(() => {}))
  }

  #find({ name, type }: Query): StoredZone | undefined {
    const zone = this.#table.longest(name)
    if (!zone || type !== TYPE.DS || name.length === 1 || !sameName(name, zone.origin)) return zone
    // DS records are on the parent's side of a cut (RFC 4035 §3.1.4.1), where that is here too.
    return this.#table.longest(parentOf(name)) ?? zone
  }

  /** Asks for the list, once for all who wait for it. Rejects with StoreError. */
  list(): Promise<void> {
    if (this.#listing) return this.#listing
    const read = this.#access.reads + 1
    const listing = this.#access
      .attempt(() => this.#access.options.store.zones())
      .then((apexes) => {
        this.#adopt(apexes.filter((apex) => this.#wanted.some((zone) => isWithin(apex, zone))))
        this.#listed = read
        this.#listedAt = Date.now()
      })
      .finally(() => {
        this.#listing = undefined
      })
    listing.catch(() => {})
    this.#listing = listing
    this.#access.options.keepAlive(listing)
    return listing
  }

  #adopt(apexes: readonly Name[]): void {
    const zones = new Map<string, StoredZone>()
    const table = new NameTable<StoredZone>()
    for (const apex of apexes) {
      const key = nameText(apex)
      const zone = this.#zones.get(key) ?? new StoredZone(apex, this.#access, this.#cache, this.#rules)
      zones.set(key, zone)
      table.set(apex, zone)
    }
    for (const [origin] of table) {
      const above = origin.length > 1 ? table.longest(parentOf(origin)) : undefined
      if (above) above.isElsewhere = (name) => this.#table.longest(name) !== above
    }
    for (const [key, zone] of this.#zones) if (!zones.has(key)) zone.drop()
    this.#zones = zones
    this.#table = table
  }
}
