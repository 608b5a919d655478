import { CLASS, TYPE } from '../dns/constants.ts'
import { isWithin, type Name, nameText } from '../dns/name.ts'
import { RRset } from '../dns/rrset.ts'
import { nameAt, targetAt } from '../zone/additional.ts'
import { Apex } from '../zone/apex.ts'
import { NODE, NONE, NotLoaded, type Nsec3Parameters, type ZoneView } from '../zone/view.ts'
import type { StoreAccess } from './access.ts'
import { CachedName, type NameCache } from './namecache.ts'
import { above, nameOf, ownerOf, ownerText } from './owner.ts'
import { type Owner, type Snapshot, ValueError } from './store.ts'
import { type ReadValue, readValue, type StoredSet } from './value.ts'

/** What is asked for in a request that a Worker gives up never comes. Milliseconds. */
const LOST = 4000
/** More names that records lead to are not read ahead. */
const MOST_TARGETS = 32
const WILDCARD = Uint8Array.of(1, 42)

/** How values become records, where they leave something open. */
export interface ZoneRules {
  ttl(given: number | undefined): number
  /** The sets of the apex from those that stand there: an SOA record where there is none. */
  apexSets(apex: Name, sets: readonly StoredSet[], serial: number): readonly StoredSet[]
}

/** The store has no such zone any more. */
export class ZoneGone extends Error {
  readonly apex: Name

  constructor(apex: Name) {
    super(`no zone ${nameText(apex)}`)
    this.apex = apex
  }
}

/**
 * A zone in a store, of which the names in use are in memory. What is not there, or too old, is asked for with everything that an
 * answer can need around it: the names above, and the wildcards below each of these. Unsigned.
 */
export class StoredZone implements ZoneView {
  readonly origin: Name
  readonly denial = 'none' as const
  readonly nsec3: Nsec3Parameters | undefined = undefined
  /** Since `begin`, has something been used that is too old, as the store is down? */
  isStale = false
  readonly #access: StoreAccess
  readonly #cache: NameCache
  readonly #rules: ZoneRules
  readonly #loading = new Map<string, { readonly promise: Promise<void>; readonly since: number }>()
  #apex: CachedName | undefined
  #top: Apex | undefined
  #version: string | undefined
  /** The read that brought the version. */
  #versionRead = 0
  /** What was read by this read or an earlier one may be out of date. */
  #invalid = 0
  /** What was read later than this is good enough for the lookup under way. */
  #since = 0
  /** The name of the lookup under way. */
  #asked: Name | undefined
  /** Counts what may change the flags of other names. */
  #shape = 0
  #isGone = false

  constructor(origin: Name, access: StoreAccess, cache: NameCache, rules: ZoneRules) {
    this.origin = origin
    this.#access = access
    this.#cache = cache
    this.#rules = rules
  }

  /** Something may have changed: what was read so far is read again before it is used. */
  invalidate(): void {
    this.#invalid = this.#access.reads
    this.#shape++
  }

  /** Before each lookup of a name. `since`: how many reads had begun when its query came. Throws NotLoaded and ZoneGone. */
  begin(name: Name, since: number): void {
    this.isStale = false
    this.#since = since
    this.#asked = name
    const apex = this.#apex
    if (!apex || this.#isGone) throw this.#missing(this.#wantedWith(apex))
    this.#use(apex)
    mustBeReadable(apex)
  }

  get apex(): number {
    return this.#apex!.number
  }

  get top(): Apex {
    this.#top ??= new Apex(this)
    return this.#top
  }

  find(name: Name, at: number): number {
    const end = name.length - this.origin.length
    if (at === end) return this.apex
    const entry = this.#cache.find(this, name, at, end)
    if (!entry) throw this.#missing(ownerOf(name, this.origin, at))
    this.#use(entry)
    mustBeReadable(entry)
    asParent(this.#apex!)
    if (at > 0) asParent(entry)
    return entry.value === undefined ? NONE : entry.number
  }

  flags(node: number): number {
    const entry = this.#cache.at(node)
    if (entry.shape !== this.#shape || this.#access.now >= entry.until) this.#derive(entry)
    return entry.flags
  }

  owner(node: number): Name {
    return nameOf(this.#cache.at(node).owner, this.origin)
  }

  rrset(node: number, type: number, owner: Name): RRset | undefined {
    const entry = this.#cache.at(node)
    const { sets } = entry
    for (let i = 0; i < sets.length; i += 4) if (sets[i] === type) return rrsetOf(entry, i, owner)
    return undefined
  }

  signatures(): undefined {
    return undefined
  }

  sets(node: number, owner: Name): RRset[] {
    const entry = this.#cache.at(node)
    const out: RRset[] = []
    for (let i = 0; i < entry.sets.length; i += 4) out.push(rrsetOf(entry, i, owner))
    return out
  }

  nsecBefore(): number {
    return NONE
  }

  nsec3Before(): number {
    return NONE
  }

  /** Sees to it that what is used is what the store has, or had not long ago. */
  #use(entry: CachedName): void {
    const access = this.#access
    const isCurrent = entry.version === this.#version
    if (isCurrent && (entry.read > this.#invalid || entry.read > this.#since)) {
      const age = access.now - entry.readAt
      if (age < access.early) return
      if (age < access.options.refresh || entry.read > this.#since) {
        this.#refresh(entry)
        return
      }
    }
    if (!isCurrent) throw this.#missing(this.#wantedWith(entry))
    if (!access.down) throw new NotLoaded(this.#load(this.#wantedWith(entry)).catch(() => {}))
    if (access.mayTry) this.#refresh(entry)
    this.isStale = true
  }

  /** What to read where this is not at hand: without the apex, the first thing looked at, the name asked for is not either. */
  #wantedWith(entry: CachedName | undefined): Owner {
    if (entry && entry.size > 0) return entry.owner
    return this.#asked ? ownerOf(this.#asked, this.origin) : new Uint8Array(0)
  }

  /** Reads it again while what there is is in use. */
  #refresh(entry: CachedName): void {
    if (entry.isRefreshing || !this.#access.mayTry) return
    entry.isRefreshing = true
    const done = (): void => {
      entry.isRefreshing = false
    }
    this.#load(entry.owner).then(done, done)
  }

  #missing(owner: Owner): NotLoaded {
    if (this.#isGone) throw new ZoneGone(this.origin)
    const { down, mayTry } = this.#access
    const ready = down && !mayTry ? Promise.reject(down) : this.#load(owner)
    // Whoever waits for it hears of it.
    ready.catch(() => {})
    return new NotLoaded(ready)
  }

  /** Reads a name and all around it, once for all who wait for it. */
  #load(owner: Owner): Promise<void> {
    const key = String.fromCharCode(...owner)
    const { now } = this.#access
    const under = this.#loading.get(key)
    if (under && now - under.since < LOST) return under.promise
    const promise = this.#readAround([owner], true)
    this.#loading.set(key, { promise, since: now })
    const end = (): void => {
      if (this.#loading.get(key)?.promise === promise) this.#loading.delete(key)
    }
    this.#access.options.keepAlive(promise.then(end, end))
    return promise
  }

  async #readAround(owners: readonly Owner[], withTargets: boolean): Promise<void> {
    const wanted = this.#around(owners)
    const read = this.#access.reads + 1
    const snapshot = await this.#access.read(this.origin, wanted)
    if (!snapshot) {
      this.#isGone = true
      return
    }
    const targets = this.#keep(snapshot, wanted, read, owners)
    const missing = withTargets ? targets.filter((target) => !this.#has(target)) : []
    if (missing.length > 0) await this.#readAround(missing, false)
  }

  #has(owner: Owner): boolean {
    return this.#cache.find(this, owner, 0, owner.length) !== undefined
  }

  /** The names that answers for these can need, as far as they are not at hand. */
  #around(owners: readonly Owner[]): Owner[] {
    const wanted = new Map<string, Owner>()
    const want = (owner: Owner, isSure: boolean): void => {
      const entry = this.#cache.find(this, owner, 0, owner.length)
      if (isSure || !entry || !this.#isYoung(entry)) wanted.set(String.fromCharCode(...owner), owner)
    }
    for (const owner of owners) {
      want(owner, true)
      for (let name = owner; name.length > 0; ) {
        name = above(name)
        want(name, false)
        want(wildcardOf(name), false)
      }
    }
    return [...wanted.values()]
  }

  #isYoung(entry: CachedName): boolean {
    const { now, early } = this.#access
    return entry.version === this.#version && entry.read > this.#invalid && now - entry.readAt < early
  }

  /** Keeps what was read; gives the names within the zone where records lead that want addresses. */
  #keep({ version, values }: Snapshot, owners: readonly Owner[], read: number, asked: readonly Owner[]): Owner[] {
    if (version !== this.#version) {
      // What was read before something newer came is of no use any more.
      if (read < this.#versionRead) return []
      this.#version = version
      this.#versionRead = read
      this.#shape++
    }
    const targets: Owner[] = []
    for (const [i, owner] of owners.entries()) {
      const entry = this.#entry(owner, version, values[i])
      entry.readAt = Date.now()
      entry.read = read
      entry.isRefreshing = false
      // The apex's name servers are only wanted by who asks for it.
      if (owner.length > 0 || asked.includes(owner)) this.#addTargets(entry, targets)
    }
    return targets
  }

  /** The name's entry with this value: the one there is where nothing has changed. */
  #entry(owner: Owner, version: string, value: string | undefined): CachedName {
    const old = this.#cache.find(this, owner, 0, owner.length)
    if (old && old.version === version && old.value === value) return old
    const entry = this.#parse(owner, version, value)
    const changed = (old?.own ?? 0) ^ entry.own
    const isWildcard = owner[0] === 1 && owner[1] === WILDCARD[1]
    if (changed & (NODE.CUT | NODE.DNAME) || (isWildcard && (old?.value === undefined) !== (value === undefined)))
      this.#shape++
    entry.isPinned = owner.length === 0
    this.#cache.put(entry)
    if (owner.length === 0) {
      this.#apex = entry
      this.#top = undefined
    }
    return entry
  }

  #parse(owner: Owner, version: string, value: string | undefined): CachedName {
    const isApex = owner.length === 0
    const serial = Math.floor(Date.now() / 1000)
    let read: ReadValue = { sets: [], complaints: [] }
    try {
      if (value !== undefined) read = readValue(value, { ttl: this.#rules.ttl, serial })
    } catch (error) {
      if (!(error instanceof ValueError)) throw error
      const fault = `${this.#place(owner)} ${error.message}`
      this.#access.complain(fault)
      return new CachedName(this, owner, version, value, [], 0, fault)
    }
    for (const complaint of read.complaints) this.#access.complain(`${this.#place(owner)} ${complaint}`)
    const sets = isApex ? this.#rules.apexSets(this.origin, read.sets, serial) : read.sets
    return new CachedName(this, owner, version, value ?? (isApex ? '' : undefined), sets, ownFlags(sets, isApex))
  }

  #place(owner: Owner): string {
    return `${this.#access.options.store.label}: zone ${nameText(this.origin)}: ${ownerText(owner)}:`
  }

  #addTargets({ bytes, sets }: CachedName, targets: Owner[]): void {
    for (let i = 0; i < sets.length; i += 4) {
      const offset = sets[i] === TYPE.CNAME ? 0 : targetAt(sets[i])
      if (offset === undefined) continue
      const end = sets[i + 3]
      for (
        let at = sets[i + 2];
        at < end && targets.length < MOST_TARGETS;
        at += 2 + ((bytes[at] << 8) | bytes[at + 1])
      ) {
        const target = nameAt(bytes, at + 2 + offset)
        if (isWithin(target, this.origin)) targets.push(ownerOf(target, this.origin))
      }
    }
  }

  /** Works out a name's flags from the names around it. */
  #derive(entry: CachedName): void {
    const { owner } = entry
    const { refresh } = this.#access.options
    let flags = entry.own
    let until = entry.readAt + refresh
    const around = (name: Owner, at: number): CachedName => {
      const found = this.#cache.find(this, name, at, name.length)
      if (!found) throw this.#missing(name.slice(at))
      this.#use(found)
      until = Math.min(until, found.readAt + refresh)
      return found
    }
    if (entry.isParent && around(wildcardOf(owner), 0).value !== undefined) flags |= NODE.WILD
    for (let at = owner.length === 0 ? 0 : owner[0] + 1; at < owner.length; at += owner[at] + 1) {
      const parent = around(owner, at)
      mustBeReadable(parent)
      if (parent.own & (NODE.CUT | NODE.DNAME)) flags |= NODE.OCCLUDED
    }
    if (owner.length > 0 && this.#apex!.own & NODE.DNAME) flags |= NODE.OCCLUDED
    entry.flags = flags
    entry.until = until
    entry.shape = this.#shape
  }
}

/** The set at a place of an entry's list. */
const rrsetOf = ({ bytes, sets }: CachedName, i: number, owner: Name): RRset =>
  new RRset(owner, sets[i], CLASS.IN, sets[i + 1], bytes, sets[i + 2], sets[i + 3])

/** Only of the names above those asked for it matters whether they have a wildcard: their flags tell of it from now on. */
function asParent(entry: CachedName): void {
  if (entry.isParent) return
  entry.isParent = true
  entry.shape = -1
}

function mustBeReadable({ fault }: CachedName): void {
  if (fault !== undefined) throw new ValueError(fault)
}

/** The owner `*` below. */
function wildcardOf(owner: Owner): Owner {
  const wildcard = new Uint8Array(2 + owner.length)
  wildcard.set(WILDCARD)
  wildcard.set(owner, 2)
  return wildcard
}

function ownFlags(sets: readonly StoredSet[], isApex: boolean): number {
  let flags = 0
  for (const { type } of sets) {
    if (type === TYPE.NS && !isApex) flags |= NODE.CUT
    if (type === TYPE.DNAME) flags |= NODE.DNAME
    if (type === TYPE.CNAME) flags |= NODE.ALIAS
  }
  return flags
}
