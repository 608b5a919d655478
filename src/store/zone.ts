import { CLASS, TYPE } from '../dns/constants.ts'
import { type Name, nameFrom, nameText } from '../dns/name.ts'
import { RRset } from '../dns/rrset.ts'
import { Apex } from '../zone/apex.ts'
import type { IsElsewhere } from '../zone/lookup.ts'
import { againstHash, againstOwner } from '../zone/order.ts'
import { NODE, NONE, NotLoaded, type Nsec3Parameters, type ZoneView } from '../zone/view.ts'
import type { StoreAccess } from './access.ts'
import type { CachedName, NameCache } from './namecache.ts'
import { nameOf, ownerOf } from './owner.ts'
import { ROOT_OWNER } from './pages.ts'
import { likelyFor, nsec3sFor, nsecsFor, ProofTree, proofAt } from './prooftree.ts'
import { type Owner, ValueError } from './store.ts'
import { wildcardOf, ZoneNames, type ZoneRules } from './zonenames.ts'

/** The store has no such zone any more. */
export class ZoneGone extends Error {
  readonly apex: Name

  constructor(apex: Name) {
    super(`no zone ${nameText(apex)}`)
    this.apex = apex
  }
}

/** A zone in a store, of which the names in use are in memory. What is not there, or too old, is asked for: see ZoneNames. */
export class StoredZone implements ZoneView {
  readonly snapshot = 0
  readonly origin: Name
  /** Is a name in another zone of the store, below this? The catalog tells. */
  isElsewhere: IsElsewhere
  /** Since `begin`, has something been used that is too old, as the store is down? */
  isStale = false
  readonly #access: StoreAccess
  readonly #cache: NameCache
  readonly #names: ZoneNames
  readonly #proofs: ProofTree
  #top: Apex | undefined
  /** The apex that `#top` was made from. */
  #topOf: CachedName | undefined
  /** What was read later than this is good enough for the lookup under way. */
  #since = 0
  /** The name of the lookup under way. */
  #asked: Name | undefined
  /** The name that it is about by now, at the end of an alias. */
  #sought: Name | undefined
  #wantsProofs = false

  constructor(origin: Name, access: StoreAccess, cache: NameCache, rules: ZoneRules) {
    this.origin = origin
    this.#access = access
    this.#cache = cache
    this.#names = new ZoneNames(origin, access, cache, rules)
    this.#proofs = new ProofTree(this.#names, {
      isOld: (entry) => !this.#isCurrent(entry) || (!this.#isFresh(entry) && !this.#access.down),
      use: (entry) => this.#use(entry),
      missing: (owners) => this.#missing(...owners),
    })
  }

  /** Something may have changed: what was read so far is read again before it is used. */
  invalidate(): void {
    this.#names.invalidate()
  }

  /** Takes no more place in memory. */
  drop(): void {
    this.#names.drop()
  }

  /**
   * Before each lookup of a name. `since`: how many reads had begun when its query came. `wantsProofs`: is it likely to need them?
   * Throws NotLoaded and ZoneGone.
   */
  begin(name: Name, since: number, wantsProofs = false): void {
    this.isStale = false
    this.#since = since
    this.#asked = name
    this.#sought = name
    this.#wantsProofs = wantsProofs
    const { apex, isGone } = this.#names
    if (!apex || isGone) throw this.#missing(this.#wantedWith(apex))
    this.#use(apex)
    mustBeReadable(apex)
  }

  get apex(): number {
    return this.#names.apex!.number
  }

  get top(): Apex {
    const { apex } = this.#names
    if (!this.#top || apex !== this.#topOf) {
      this.#top = new Apex(this)
      this.#topOf = apex
    }
    return this.#top
  }

  get denial(): ZoneView['denial'] {
    return this.#root?.page?.denial ?? 'none'
  }

  get nsec3(): Nsec3Parameters | undefined {
    return this.#root?.page?.nsec3
  }

  /** The first page of proofs; undefined where the zone has none. */
  get #root(): CachedName | undefined {
    const { root, isSigned } = this.#names
    if (!isSigned) return undefined
    if (!root) throw this.#missing(ROOT_OWNER)
    this.#use(root)
    mustBeReadable(root)
    return root
  }

  find(name: Name, at: number): number {
    const end = name.length - this.origin.length
    if (at === 0 && !isWildcard(name)) this.#sought = name
    if (at === end) return this.apex
    const entry = this.#names.find(name, at, end)
    if (!entry) throw this.#missing(ownerOf(name, this.origin, at), ...this.#proofsAhead(name.subarray(at)))
    this.#use(entry)
    mustBeReadable(entry)
    asParent(this.#names.apex!)
    if (at > 0) asParent(entry)
    return entry.value === undefined ? NONE : entry.number
  }

  flags(node: number): number {
    const entry = this.#cache.at(node)
    if (entry.shape !== this.#names.shape || this.#access.now >= entry.until) this.#derive(entry)
    return entry.flags
  }

  owner(node: number): Name {
    return nameOf(this.#at(node).owner, this.origin)
  }

  rrset(node: number, type: number, owner: Name): RRset | undefined {
    const entry = this.#at(node)
    const { sets } = entry
    for (let i = 0; i < sets.length; i += 4) if (sets[i] === type) return rrsetOf(entry, i, owner)
    return undefined
  }

  signatures(node: number, covered: number, owner: Name): RRset | undefined {
    const entry = this.#at(node)
    const { sets, bytes } = entry
    // The first record's type covered stands behind its length (RFC 4034 §3.1.1).
    for (let i = 0; i < sets.length; i += 4)
      if (sets[i] === TYPE.RRSIG && ((bytes[sets[i + 2] + 2] << 8) | bytes[sets[i + 2] + 3]) === covered)
        return rrsetOf(entry, i, owner)
    return undefined
  }

  sets(node: number, owner: Name): RRset[] {
    const entry = this.#at(node)
    const out: RRset[] = []
    for (let i = 0; i < entry.sets.length; i += 4) out.push(rrsetOf(entry, i, owner))
    return out
  }

  nsecBefore(name: Name, at: number): number {
    if (this.denial !== 'nsec') return NONE
    const end = name.length - this.origin.length
    return this.#proofs.before(againstOwner(name, at, end), () => nsecsFor(this, nameFrom(name, at)))
  }

  nsec3Before(hash: Uint8Array): number {
    if (this.denial !== 'nsec3') return NONE
    const name = this.#sought
    return this.#proofs.before(againstHash(hash), () => (name ? nsec3sFor(this, name) : []))
  }

  /** What stands at a node: a name, or a proof. */
  #at(node: number): CachedName {
    return node < 0 ? proofAt(this.#cache, node) : this.#cache.at(node)
  }

  /** Sees to it that what is used is what the store has, or had not long ago. */
  #use(entry: CachedName): void {
    const access = this.#access
    const isCurrent = this.#isCurrent(entry)
    if (isCurrent && this.#isFresh(entry)) {
      if (access.now - entry.readAt >= access.early) this.#refresh(entry)
      return
    }
    if (!isCurrent) throw this.#missing(this.#wantedWith(entry))
    if (!access.down) throw new NotLoaded(this.#names.load(this.#wantedWith(entry)).catch(() => {}))
    if (access.mayTry) this.#refresh(entry)
    this.isStale = true
  }

  #isCurrent(entry: CachedName): boolean {
    return entry.version === this.#names.version
  }

  /** Was it read not long ago, or for the lookup under way? */
  #isFresh({ read, readAt }: CachedName): boolean {
    if (read > this.#since) return true
    return read > this.#names.invalid && this.#access.now - readAt < this.#access.options.refresh
  }

  /** The pages that a query with DO may need for a name of which nothing is known yet: they are read together with it. */
  #proofsAhead(name: Name): Owner[] {
    const { root, isSigned } = this.#names
    if (!this.#wantsProofs || !isSigned || !root?.page || !this.#isCurrent(root) || !this.#isFresh(root)) return []
    try {
      return this.#proofs.missing(likelyFor(this, name))
    } catch (error) {
      // Who needs the damaged one hears of it.
      if (error instanceof ValueError) return []
      throw error
    }
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
    this.#names.load(entry.owner).then(done, done)
  }

  #missing(...owners: readonly Owner[]): NotLoaded {
    if (this.#names.isGone) throw new ZoneGone(this.origin)
    const { down, mayTry } = this.#access
    const ready = down && !mayTry ? Promise.reject(down) : this.#names.load(...owners)
    // Whoever waits for it hears of it.
    ready.catch(() => {})
    return new NotLoaded(ready)
  }

  /** Works out a name's flags from the names around it. */
  #derive(entry: CachedName): void {
    const { owner } = entry
    const { refresh } = this.#access.options
    let flags = entry.own
    let until = entry.readAt + refresh
    const around = (name: Owner, at: number): CachedName => {
      const found = this.#names.find(name, at, name.length)
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
    if (owner.length > 0 && this.#names.apex!.own & NODE.DNAME) flags |= NODE.OCCLUDED
    entry.flags = flags
    entry.until = until
    entry.shape = this.#names.shape
  }
}

const isWildcard = (name: Name): boolean => name[0] === 1 && name[1] === 42

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
