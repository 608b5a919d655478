import { TYPE } from '../dns/constants.ts'
import type { Name } from '../dns/name.ts'
import { rdataText } from '../dns/rdata/registry.ts'
import type { RRset } from '../dns/rrset.ts'
import type { ZoneImage } from '../zone/image.ts'
import { ownerOf, ownerText, parseOwner } from './owner.ts'
import { pageOwner, ROOT_OWNER, ROOT_PAGE } from './pages.ts'
import type { Entry } from './store.ts'
import { writeValue } from './writevalue.ts'

/**
 * How the proofs of a signed zone are stored: the names with NSEC records, or NSEC3 records, in order, as a tree of pages in which the
 * last one at or before any name is found by reading one page of each level. A zone of 4,096 names has two levels, of a million
 * three. Page 0 is the root, and says how the zone proves; the pages below a page are numbered one after the other.
 *
 *     root    {"denial":"nsec3","parameters":"1 0 0 AABB","first":1,"fences":["…"]}
 *     branch  {"first":1,"fences":["a","f"]}: pages 1 and 2, which start at these names
 *     leaf    {"nsec":[["a",{"nsec":[…],"rrsig":[…]}]]}: copies, as one read then gives the proof
 *             {"nsec3":[["0p9m…",{"nsec3":[…],"rrsig":[…]}]]}: such an owner is no name of the zone (RFC 5155 §7.2.8) and has its
 *             records here only; where it is one its records stand with it, and here the owner alone
 */
const LEAF = 16
const BRANCH = 256
/** The one hash algorithm of NSEC3 (RFC 5155 §11). */
const SHA1 = 1

interface Proof {
  readonly owner: string
  /** JSON; undefined where the records stand with the name. */
  readonly value: string | undefined
}

/** The pages of a zone's tree; nothing where the zone proves nothing. `hashes`: the nodes that only NSEC3 records make. */
export function* pagesOf(image: ZoneImage, hashes: ReadonlySet<number>): Generator<Entry> {
  const { denial } = image
  let next = ROOT_PAGE + 1
  let fences: string[] = []
  if (denial !== 'none') {
    for (let at = 0; at < image.order.length; at += LEAF) {
      const proofs = Array.from(image.order.subarray(at, at + LEAF), (node) => proofAt(image, node, hashes))
      fences.push(proofs[0].owner)
      yield { owner: pageOwner(next++), value: leaf(denial, proofs) }
    }
    let first = ROOT_PAGE + 1
    while (fences.length > BRANCH) {
      const above: string[] = []
      const from = next
      for (let at = 0; at < fences.length; at += BRANCH) {
        above.push(fences[at])
        const branch = { first: first + at, fences: fences.slice(at, at + BRANCH) }
        yield { owner: pageOwner(next++), value: JSON.stringify(branch) }
      }
      fences = above
      first = from
    }
    yield { owner: ROOT_OWNER, value: JSON.stringify({ denial, ...parameters(image), first, fences }) }
  }
  yield* strays(image, hashes, next)
}

/** The owners of NSEC3 records that are no names of the zone, with their values, on a page; none where it is damaged. */
export function hashesOn(page: string): Entry[] {
  try {
    const { nsec3 = [] }: { nsec3?: readonly (readonly [string, object?])[] } = JSON.parse(page)
    return nsec3.flatMap(([owner, value]) =>
      value ? [{ owner: parseOwner(owner), value: JSON.stringify(value) }] : [],
    )
  } catch {
    return []
  }
}

/** Hashes of another chain than the one that is served: kept, so that all of the zone is, and never looked up. */
function* strays(image: ZoneImage, hashes: ReadonlySet<number>, next: number): Generator<Entry> {
  if (hashes.size === 0) return
  const served = new Set(image.order)
  const left = [...hashes].filter((node) => !served.has(node))
  for (let at = 0; at < left.length; at += LEAF) {
    const proofs = left.slice(at, at + LEAF).map((node) => proofAt(image, node, hashes))
    yield { owner: pageOwner(next++), value: leaf('nsec3', proofs) }
  }
}

const leaf = (denial: string, proofs: readonly Proof[]): string =>
  `{"${denial}":[${proofs.map(({ owner, value }) => `[${JSON.stringify(owner)}${value ? `,${value}` : ''}]`).join()}]}`

function proofAt(image: ZoneImage, node: number, hashes: ReadonlySet<number>): Proof {
  const name = image.owner(node)
  const owner = ownerText(ownerOf(name, image.origin))
  if (hashes.has(node)) return { owner, value: writeValue(image.sets(node, name)) }
  return { owner, value: image.denial === 'nsec' ? writeValue(nsecAt(image, node, name)) : undefined }
}

function nsecAt(image: ZoneImage, node: number, name: Name): RRset[] {
  const sets = [image.rrset(node, TYPE.NSEC, name), image.signatures(node, TYPE.NSEC, name)]
  return sets.filter((set) => set !== undefined)
}

/** As the data of an NSEC3PARAM record (RFC 5155 §4.2). */
function parameters({ nsec3 }: ZoneImage): object {
  if (!nsec3) return {}
  const { iterations, salt } = nsec3
  const rdata = Uint8Array.of(SHA1, 0, iterations >> 8, iterations, salt.length, ...salt)
  return { parameters: rdataText(TYPE.NSEC3PARAM, rdata) }
}
