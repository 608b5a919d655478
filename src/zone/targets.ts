import { TYPE } from '../dns/constants.ts'
import { isWithin, type Name, nameText } from '../dns/name.ts'
import { typeName } from '../dns/rdata/registry.ts'
import { nameAt, targetAt } from './additional.ts'
import { OWNER, RECORD, type ZoneData } from './data.ts'
import { rdataOf } from './sets.ts'
import { NODE } from './view.ts'

type Warn = (record: number, message: string) => void

/** Types whose names must have addresses and be no aliases (RFC 2181 §10.3, RFC 2782, RFC 5321 §5.1). */
const STRICT: ReadonlySet<number> = new Set([TYPE.NS, TYPE.MX, TYPE.SRV])

/** Warns where the names that NS, MX and SRV records lead to are in the zone and have no address there. */
export function checkTargets(data: ZoneData, node: number, set: readonly number[], warn: Warn): void {
  const { cells } = data.records
  const type = cells[set[0] + RECORD.TYPE]
  if (!STRICT.has(type) || data.nodes.cells[node + OWNER.FLAGS] & NODE.OCCLUDED) return
  for (const record of set) {
    const target = nameAt(rdataOf(data, record), targetAt(type)!)
    const problem = isWithin(target, data.origin) ? problemOf(data, target, type === TYPE.NS) : undefined
    if (problem) warn(record, `${typeName(type)}: ${nameText(target)} ${problem}`)
  }
}

function problemOf(data: ZoneData, target: Name, wantsGlue: boolean): string | undefined {
  const end = target.length - data.origin.length
  // RFC 7505 §3: MX 0 . means that there is no mail; in the root zone that name is its apex.
  if (end === 0 && target.length === 1) return undefined
  let at = 0
  let node = data.find(target, 0, end)
  while (node < 0) {
    at += target[at] + 1
    node = data.find(target, at, end)
  }
  const flags = data.nodes.cells[node + OWNER.FLAGS]
  // What lies in a child zone is known there, except for the addresses of its name servers.
  const isBelow = (flags & NODE.OCCLUDED) !== 0 || (flags & (NODE.CUT | NODE.DNAME) && (at > 0 || flags & NODE.CUT))
  if (isBelow && !wantsGlue) return undefined
  if (at > 0) return flags & NODE.WILD && !isBelow ? undefined : isBelow ? 'has no glue' : 'has no address'
  if (flags & NODE.ALIAS) return 'is an alias'
  return hasAddress(data, node) ? undefined : isBelow ? 'has no glue' : 'has no address'
}

function hasAddress(data: ZoneData, node: number): boolean {
  const { cells } = data.records
  for (let record = data.nodes.cells[node + OWNER.FIRST]; record >= 0; record = cells[record + RECORD.NEXT]) {
    const type = cells[record + RECORD.TYPE]
    if (type === TYPE.A || type === TYPE.AAAA) return true
  }
  return false
}
