import { TYPE } from '../../dns/constants.ts'
import { u16 } from '../../dns/header.ts'
import type { Name } from '../../dns/name.ts'
import { RRset } from '../../dns/rrset.ts'
import type { Reply } from '../../reply.ts'
import { endOf } from './ends.ts'

/** What becomes of the name at `at` of some octets; undefined where it is not concerned. */
export type NameChange = (octets: Uint8Array, at: number) => Name | undefined

/** Changes a record set; gives the same one back where there is nothing to change. */
export type SetChange = (rrset: RRset) => RRset

/** Changes all record sets of a reply. */
export function changeSets(reply: Reply, change: SetChange): Reply {
  const answer = changeAll(reply.answer, change)
  const authority = changeAll(reply.authority, change)
  const additional = changeAll(reply.additional, change)
  if (answer === reply.answer && authority === reply.authority && additional === reply.additional) return reply
  return reply.with({ answer, authority, additional })
}

function changeAll(sets: readonly RRset[], change: SetChange): readonly RRset[] {
  let changed: RRset[] | undefined
  for (let i = 0; i < sets.length; i++) {
    const set = change(sets[i])
    if (set === sets[i]) continue
    changed ??= sets.slice()
    changed[i] = set
  }
  return changed ?? sets
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

/** Changes the owner of a set. */
export function changeOwner(set: RRset, change: NameChange): RRset {
  const owner = change(set.owner, 0)
  return owner === undefined ? set : set.withOwner(owner)
}

/** Changes the name in each record's data, in types that have one. */
export function changeTargets(set: RRset, change: NameChange): RRset {
  const { type, data, start, end } = set
  if (NAME_AT[type] === undefined && type !== TYPE.NAPTR) return set
  let records: Uint8Array[] | undefined
  for (let at = start, i = 0; at < end; at += 2 + u16(data, at), i++) {
    const nameAt = NAME_AT[type] ?? replacementAt(data, at + 2)
    const name = change(data, at + 2 + nameAt)
    if (name === undefined) continue
    records ??= set.rdata()
    records[i] = withName(records[i], nameAt, name)
  }
  return records ? RRset.of(set.owner, type, set.ttl, records, set.class) : set
}

/** RFC 3403 §4.1: order, preference, then flags, services and regexp as character strings. */
function replacementAt(data: Uint8Array, start: number): number {
  let at = start + 4
  for (let i = 0; i < 3; i++) at += 1 + data[at]
  return at - start
}

/** RDATA with another name in place of the one at `start`. */
function withName(rdata: Uint8Array, start: number, name: Name): Uint8Array {
  const rest = rdata.subarray(endOf(rdata, start))
  const out = new Uint8Array(start + name.length + rest.length)
  out.set(rdata.subarray(0, start))
  out.set(name, start)
  out.set(rest, start + name.length)
  return out
}
