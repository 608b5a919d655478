import { TYPE } from '../dns/constants.ts'
import { isWithin, type Name, sameName } from '../dns/name.ts'
import type { RRset } from '../dns/rrset.ts'
import { wildcardAt } from './denial.ts'
import { Encloser } from './encloser.ts'
import { nameLength } from './imageheader.ts'
import { NODE, NONE, type ZoneView } from './view.ts'

/** Where the name that wants an address starts in the data of these types; 0: the data is the name. */
const TARGET_AT: ReadonlyMap<number, number> = new Map([
  [TYPE.NS, 0],
  [TYPE.MX, 2],
  [TYPE.SRV, 6],
  [TYPE.SVCB, 2],
  [TYPE.HTTPS, 2],
])
/** More targets than this are not looked up for one answer. */
const MOST_TARGETS = 64
/** Shared: no lookup waits. */
const encloser = new Encloser()

/** Where in a type's data the name starts that wants an address; undefined where there is none. */
export function targetAt(type: number): number | undefined {
  return TARGET_AT.get(type)
}

/**
 * Adds the addresses of the names in `set` as far as the zone has them (RFC 1034 §4.3.2 step 6). Those below a cut are glue: only
 * name servers get them, and without signatures.
 */
export function addAddresses(view: ZoneView, set: RRset, dnssec: boolean, out: RRset[], isReferral = false): void {
  const offset = TARGET_AT.get(set.type)
  if (offset === undefined) return
  const hidden = set.type === TYPE.NS ? 0 : NODE.OCCLUDED | NODE.CUT
  const seen: Name[] = []
  for (let at = set.start; at < set.end && seen.length < MOST_TARGETS; ) {
    const next = at + 2 + ((set.data[at] << 8) | set.data[at + 1])
    const target = nameAt(set.data, at + 2 + offset)
    at = next
    if (!isWithin(target, view.origin) || seen.some((name) => sameName(name, target))) continue
    seen.push(target)
    const node = view.find(target, 0)
    if (node === NONE) {
      // Glue is never made of wildcards.
      if (!isReferral) addOf(view, wildcardFor(view, target), target, dnssec, out)
    } else if ((view.flags(node) & hidden) === 0) addOf(view, node, target, dnssec, out)
  }
}

/** The node of the wildcard that a name which is not there matches (RFC 4592 §3.3.1); NONE where there is none. */
function wildcardFor(view: ZoneView, name: Name): number {
  encloser.seek(view, name)
  const flags = view.flags(encloser.node)
  if (flags & (NODE.CUT | NODE.DNAME | NODE.OCCLUDED) || !(flags & NODE.WILD)) return NONE
  return view.find(wildcardAt(name, encloser.at), 0)
}

function addOf(view: ZoneView, node: number, owner: Name, dnssec: boolean, out: RRset[]): void {
  if (node === NONE) return
  for (const type of [TYPE.A, TYPE.AAAA]) {
    const set = view.rrset(node, type, owner)
    if (!set) continue
    out.push(set)
    const signatures = dnssec ? view.signatures(node, type, owner) : undefined
    if (signatures) out.push(signatures)
  }
}

/** The uncompressed name at `at`, as a view. Throws Error where there is none. */
export function nameAt(data: Uint8Array, at: number): Name {
  return data.subarray(at, at + nameLength(data, at))
}
