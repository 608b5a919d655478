import { TYPE } from '../../dns/constants.ts'
import type { Name } from '../../dns/name.ts'
import { RRset } from '../../dns/rrset.ts'
import type { Reply } from '../../reply.ts'

/** Changes all record sets of a reply; `change` gives the same set back where there is nothing to change. */
export function changeSets(reply: Reply, change: (rrset: RRset) => RRset): Reply {
  const sections = [reply.answer, reply.authority, reply.additional].map((sets) => changeAll(sets, change))
  const [answer, authority, additional] = sections
  if (answer === reply.answer && authority === reply.authority && additional === reply.additional) return reply
  return reply.with({ answer, authority, additional })
}

function changeAll(sets: readonly RRset[], change: (rrset: RRset) => RRset): readonly RRset[] {
  const changed = sets.map(change)
  return changed.every((rrset, i) => rrset === sets[i]) ? sets : changed
}

/** Where in the RDATA of these types the name begins that `answer value` is about; NAPTR's is behind three texts. */
const NAME_AT: { readonly [type: number]: number } = {
  [TYPE.CNAME]: 0,
  [TYPE.NS]: 0,
  [TYPE.PTR]: 0,
  [TYPE.DNAME]: 0,
  [TYPE.SOA]: 0,
  [TYPE.MX]: 2,
  [TYPE.SRV]: 6,
}

/** Changes the name in each record's data, in types that have one. */
export function changeValues(rrset: RRset, change: (name: Name) => Name): RRset {
  if (NAME_AT[rrset.type] === undefined && rrset.type !== TYPE.NAPTR) return rrset
  const before = rrset.rdata()
  const after = before.map((rdata) => changeValue(rrset.type, rdata, change))
  if (after.every((rdata, i) => rdata === before[i])) return rrset
  return RRset.of(rrset.owner, rrset.type, rrset.ttl, after, rrset.class)
}

function changeValue(type: number, rdata: Uint8Array, change: (name: Name) => Name): Uint8Array {
  const start = NAME_AT[type] ?? replacementAt(rdata)
  const end = nameEnd(rdata, start)
  const name = rdata.subarray(start, end)
  const changed = change(name)
  if (changed === name) return rdata
  const out = new Uint8Array(rdata.length - name.length + changed.length)
  out.set(rdata.subarray(0, start))
  out.set(changed, start)
  out.set(rdata.subarray(end), start + changed.length)
  return out
}

/** RFC 3403 §4.1: order, preference, then flags, services and regexp as character strings. */
function replacementAt(rdata: Uint8Array): number {
  let at = 4
  for (let i = 0; i < 3; i++) at += 1 + rdata[at]
  return at
}

function nameEnd(rdata: Uint8Array, start: number): number {
  let at = start
  while (rdata[at] !== 0) at += 1 + rdata[at]
  return at + 1
}
