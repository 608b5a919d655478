import { type Name, nameFrom } from '../dns/name.ts'
import { wildcardAt } from '../zone/denial.ts'
import { Encloser } from '../zone/encloser.ts'
import { base32hex, nsec3Hash } from '../zone/nsec3.ts'
import { type Against, againstHash, againstOwner } from '../zone/order.ts'
import { NONE, type NotLoaded, type ZoneView } from '../zone/view.ts'
import type { CachedName, NameCache } from './namecache.ts'
import { pageOwner, ROOT_PAGE } from './pages.ts'
import { MOST_LEVELS, placeIn } from './proofpage.ts'
import { type Owner, ValueError } from './store.ts'
import type { ZoneNames } from './zonenames.ts'

/** What is done with pages in memory, on behalf of the lookup under way. */
export interface PageAccess {
  /** Is an entry too old to be used, and can it be read again? */
  isOld(entry: CachedName): boolean
  /** Uses one that is not too old. */
  use(entry: CachedName): void
  /** What to throw where these are not at hand. */
  missing(owners: readonly Owner[]): NotLoaded
}

/** Nodes for proofs are negative: the number of the page in memory, and which one on it. */
const SPAN = 4096
/** Shared: no lookup waits. */
const encloser = new Encloser()

/** Finds proofs in the pages of a zone that are in memory (see proofs.ts). */
export class ProofTree {
  readonly #names: ZoneNames
  readonly #access: PageAccess

  constructor(names: ZoneNames, access: PageAccess) {
    this.#names = names
    this.#access = access
  }

  /**
   * The node with the last proof at or before what is looked for. What else the lookup is going to look for, `others`, is read in the
   * same round where the former is not at hand.
   */
  before(against: Against, others: () => readonly Against[]): number {
    const place = this.#walk(against, new Map())
    if (place) return this.#nodeAt(place.leaf, place.at)
    throw this.#access.missing(this.missing([against, ...others()]))
  }

  /** The pages next to be read to find these. Throws ValueError where one on the way is damaged. */
  missing(wanted: readonly Against[]): Owner[] {
    const missing = new Map<number, Owner>()
    for (const against of wanted) this.#walk(against, missing)
    return [...missing.values()]
  }

  /** Undefined where a page is not at hand, which is added to `missing`. */
  #walk(against: Against, missing: Map<number, Owner>): { leaf: CachedName; at: number } | undefined {
    let number = ROOT_PAGE
    let entry = this.#names.root
    let isLast = false
    for (let level = 0; level < MOST_LEVELS; level++) {
      if (!entry || this.#access.isOld(entry)) {
        missing.set(number, pageOwner(number))
        return undefined
      }
      this.#access.use(entry)
      const { page, fault } = entry
      if (!page) throw new ValueError(fault ?? `page ${number} of the proofs is missing`)
      const place: number = isLast ? -1 : placeIn(page, against)
      // The order is a circle: before the first comes the last.
      isLast = place < 0
      const at = isLast ? page.owners.length - 1 : place
      if (page.first === undefined) return { leaf: entry, at }
      number = page.first + at
      const owner = pageOwner(number)
      entry = this.#names.find(owner, 0, owner.length)
    }
    throw new ValueError('the pages of the proofs lead in a circle')
  }

  /** The node of the name where that is at hand, as a lookup knows it by that; else the one of the copy. */
  #nodeAt(leaf: CachedName, at: number): number {
    const owner = leaf.page!.owners[at]
    const entry = this.#names.find(owner, 0, owner.length)
    const isThere = entry !== undefined && entry.version === this.#names.version
    if (isThere && entry.value !== undefined) return entry.number
    if (leaf.proofs[at]) return -(leaf.number * SPAN + at + 1)
    if (!isThere) throw this.#access.missing([owner])
    return NONE
  }
}

/** What is looked for where nothing is known yet of a name: it, the one above, and the wildcard there. */
export function likelyFor({ denial, nsec3, origin }: ZoneView, name: Name): Against[] {
  if (denial === 'none' || name.length === origin.length) return []
  const parent = name[0] + 1
  const names = [name, wildcardAt(name, parent)]
  if (denial === 'nsec') return names.map((one) => againstOwner(one, 0, one.length - origin.length))
  return [...names, nameFrom(name, parent)].map((one) => againstHash(base32hex(nsec3Hash(one, nsec3!))))
}

/** What a node stands for that `before` gave. */
export function proofAt(cache: NameCache, node: number): CachedName {
  const place = -node - 1
  return cache.at(Math.floor(place / SPAN)).proofs[place % SPAN]!
}

/** What a proof that a name is absent takes besides the name itself (RFC 4035 §3.1.3): the wildcard at its closest encloser. */
export function nsecsFor(view: ZoneView, name: Name): Against[] {
  encloser.seek(view, name)
  const wildcard = wildcardAt(name, encloser.at)
  return [againstOwner(wildcard, 0, wildcard.length - view.origin.length)]
}

/**
 * What proofs about a name can take (RFC 5155 §7.2): the name or the one closer than its closest encloser, with opt-out those above
 * too, and the wildcard.
 */
export function nsec3sFor(view: ZoneView, name: Name): Against[] {
  const names: Name[] = []
  let from = 0
  if (view.find(name, 0) === NONE) {
    encloser.seek(view, name)
    names.push(wildcardAt(name, encloser.at))
    while (from + name[from] + 1 < encloser.at) from += name[from] + 1
  }
  const end = name.length - view.origin.length
  for (let at = from; at <= end; at += name[at] + 1) names.push(name.subarray(at))
  return names.map((one) => againstHash(base32hex(nsec3Hash(one, view.nsec3!))))
}
