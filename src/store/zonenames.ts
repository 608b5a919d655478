import { TYPE } from '../dns/constants.ts'
import { isWithin, type Name, nameText } from '../dns/name.ts'
import { nameAt, targetAt } from '../zone/additional.ts'
import { NODE } from '../zone/view.ts'
import type { StoreAccess } from './access.ts'
import { CachedName, type NameCache } from './namecache.ts'
import { above, ownerOf, ownerText } from './owner.ts'
import { isPage, isRoot, ROOT_OWNER } from './pages.ts'
import { readPage } from './proofpage.ts'
import { type Owner, type Snapshot, ValueError } from './store.ts'
import { type ReadValue, readValue, type StoredSet } from './value.ts'

/** What is asked for in a request that a Worker gives up never comes. Milliseconds. */
const LOST = 4000
/** More names that records lead to are not read ahead. */
const MOST_TARGETS = 32
/** A value that is longer is a mistake: no message holds its records. Characters. */
const MOST_VALUE = 4_000_000
const WILDCARD = Uint8Array.of(1, 42)

/** How values become records, where they leave something open. */
export interface ZoneRules {
  ttl(given: number | undefined): number
  /** The sets of the apex from those that stand there: an SOA record where there is none. */
  apexSets(apex: Name, sets: readonly StoredSet[], serial: number): readonly StoredSet[]
}

/**
 * The names of a zone that are in memory, and how others come there: read with everything that an answer can need around them, the
 * names above and the wildcard below each of these.
 */
export class ZoneNames {
  readonly origin: Name
  apex: CachedName | undefined
  /** The first page of proofs; it is read along with the apex of a zone that has NSEC or NSEC3 records. */
  root: CachedName | undefined
  /** Has the zone such records, as far as the apex tells? */
  isSigned = false
  /** What was read of another version is of no use any more. */
  version: string | undefined
  /** What was read by this read or an earlier one may be out of date. */
  invalid = 0
  /** Counts what may change the flags of other names. */
  shape = 0
  /** The store has no such zone any more. */
  isGone = false
  readonly #access: StoreAccess
  readonly #cache: NameCache
  readonly #rules: ZoneRules
  readonly #loading = new Map<string, { readonly promise: Promise<void>; readonly since: number }>()
  /** The read that brought the version. */
  #versionRead = 0

  constructor(origin: Name, access: StoreAccess, cache: NameCache, rules: ZoneRules) {
    this.origin = origin
    this.#access = access
    this.#cache = cache
    this.#rules = rules
  }

  /** Something may have changed: what was read so far is read again before it is used. */
  invalidate(): void {
    this.invalid = this.#access.reads
    this.shape++
  }

  /** Forgets all. */
  drop(): void {
    this.#cache.drop(this)
  }

  /** The name with the labels `name[from, to)`. */
  find(name: Name, from: number, to: number): CachedName | undefined {
    return this.#cache.find(this, name, from, to)
  }

  /** Reads names and all around them, or pages, at once and once for all who wait for it. */
  load(...owners: readonly Owner[]): Promise<void> {
    const key = owners.map((owner) => String.fromCharCode(...owner)).join()
    const { now } = this.#access
    const under = this.#loading.get(key)
    if (under && now - under.since < LOST) return under.promise
    const promise = this.#readAround(owners, true)
    this.#loading.set(key, { promise, since: now })
    const end = (): void => {
      if (this.#loading.get(key)?.promise === promise) this.#loading.delete(key)
    }
    this.#access.options.keepAlive(promise.then(end, end))
    return promise
  }

  async #readAround(owners: readonly Owner[], withTargets: boolean): Promise<void> {
    const { wanted, others } = this.#around(owners)
    const read = this.#access.reads + 1
    const snapshot = await this.#access.read(this.origin, wanted, others)
    if (!snapshot) {
      this.isGone = true
      return
    }
    const names = snapshot.values.length > wanted.length ? [...wanted, ...others] : wanted
    const targets = this.#keep(snapshot, names, read, owners)
    const missing = withTargets ? targets.filter((target) => !this.#has(target)) : []
    if (missing.length > 0) await this.#readAround(missing, false)
  }

  #has(owner: Owner): boolean {
    return this.#cache.find(this, owner, 0, owner.length) !== undefined
  }

  /** The names that answers for these can need: those that are not at hand, and those that are. */
  #around(owners: readonly Owner[]): { wanted: Owner[]; others: Owner[] } {
    const wanted = new Map<string, Owner>()
    const others = new Map<string, Owner>()
    const want = (owner: Owner, isSure: boolean): void => {
      const entry = this.#cache.find(this, owner, 0, owner.length)
      const isMissing = isSure || !entry || !this.#isYoung(entry)
      const list = isMissing ? wanted : others
      list.set(String.fromCharCode(...owner), owner)
    }
    for (const owner of owners) {
      want(owner, true)
      if (isPage(owner)) continue
      for (let name = owner; name.length > 0; ) {
        name = above(name)
        want(name, false)
        want(wildcardOf(name), false)
      }
    }
    if (this.isSigned || !this.apex) want(ROOT_OWNER, false)
    for (const key of wanted.keys()) others.delete(key)
    return { wanted: [...wanted.values()], others: [...others.values()] }
  }

  #isYoung(entry: CachedName): boolean {
    const { now, early } = this.#access
    return entry.version === this.version && entry.read > this.invalid && now - entry.readAt < early
  }

  /** Keeps what was read; gives the names within the zone where records lead that want addresses. */
  #keep({ version, values }: Snapshot, owners: readonly Owner[], read: number, asked: readonly Owner[]): Owner[] {
    if (version !== this.version) {
      // What was read before something newer came is of no use any more.
      if (read < this.#versionRead) return []
      this.version = version
      this.#versionRead = read
      this.shape++
    }
    const targets: Owner[] = []
    for (const [i, owner] of owners.entries()) {
      const entry = this.#entry(owner, version, values[i], read)
      // The apex's name servers are only wanted by who asks for it.
      if (owner.length > 0 || asked.includes(owner)) this.#addTargets(entry, targets)
    }
    return targets
  }

  /** The name's entry with this value: the one there is where nothing has changed. */
  #entry(owner: Owner, version: string, value: string | undefined, read: number): CachedName {
    const old = this.#cache.find(this, owner, 0, owner.length)
    const isSame = old !== undefined && old.version === version && old.value === value
    const entry = isSame ? old : this.#parse(owner, version, value)
    entry.readAt = Date.now()
    entry.read = read
    entry.isRefreshing = false
    if (isSame) return entry
    const changed = (old?.own ?? 0) ^ entry.own
    const isWildcard = owner[0] === 1 && owner[1] === WILDCARD[1]
    if (changed & (NODE.CUT | NODE.DNAME) || (isWildcard && (old?.value === undefined) !== (value === undefined)))
      this.shape++
    entry.isPinned = owner.length === 0 || isRoot(owner)
    this.#cache.put(entry)
    if (isRoot(owner)) this.root = entry
    if (owner.length === 0) {
      this.apex = entry
      this.isSigned = hasType(entry, TYPE.NSEC) || hasType(entry, TYPE.NSEC3PARAM)
    }
    return entry
  }

  /** A page of proofs. */
  #parsePage(owner: Owner, version: string, value: string | undefined): CachedName {
    if (value === undefined) return new CachedName(this, owner, version, undefined, [], 0)
    try {
      mustBeShort(value)
      const entry = new CachedName(this, owner, version, value, [], 0)
      const page = readPage(value, { ttl: this.#rules.ttl, serial: 0 })
      entry.page = page
      entry.proofs = page.sets.map((sets, i) => sets && new CachedName(this, page.owners[i], version, '', sets, 0))
      return entry
    } catch (error) {
      if (!(error instanceof ValueError)) throw error
      const fault = `${this.#place(owner)} ${error.message}`
      this.#access.complain(fault)
      return new CachedName(this, owner, version, value.slice(0, MOST_VALUE), [], 0, fault)
    }
  }

  #parse(owner: Owner, version: string, value: string | undefined): CachedName {
    if (isPage(owner)) return this.#parsePage(owner, version, value)
    const isApex = owner.length === 0
    const serial = Math.floor(Date.now() / 1000)
    let read: ReadValue = { sets: [], complaints: [] }
    try {
      if (value !== undefined) {
        mustBeShort(value)
        read = readValue(value, { ttl: this.#rules.ttl, serial })
      }
    } catch (error) {
      if (!(error instanceof ValueError)) throw error
      const fault = `${this.#place(owner)} ${error.message}`
      this.#access.complain(fault)
      return new CachedName(this, owner, version, value?.slice(0, MOST_VALUE), [], 0, fault)
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
}

function mustBeShort({ length }: string): void {
  if (length > MOST_VALUE) throw new ValueError(`has ${length} characters`)
}

function hasType({ sets }: CachedName, type: number): boolean {
  for (let i = 0; i < sets.length; i += 4) if (sets[i] === type) return true
  return false
}

/** The owner `*` below. */
export function wildcardOf(owner: Owner): Owner {
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
