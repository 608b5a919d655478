import { TYPE } from '../dns/constants.ts'
import { FOLD } from '../dns/name.ts'
import { canonicalRdata } from '../dns/rdata/registry.ts'
import { RECORD, type ZoneData } from './data.ts'

/** Above this many records duplicates are found by hash. */
const FEW = 8

/**
 * Groups the records of one node, a chain from `first` on, into record sets: in the order in which their first records
 * stand, without duplicates (RFC 2181 §5). Signatures make a set per type covered, behind the set that they cover.
 */
export function setsOf(data: ZoneData, first: number): number[][] {
  const cells = data.records.cells
  const second = cells[first + RECORD.NEXT]
  if (second < 0) return [[first]]
  // An address of each family is what most names have.
  if (cells[second + RECORD.NEXT] < 0 && cells[first + RECORD.TYPE] !== cells[second + RECORD.TYPE])
    return cells[first + RECORD.TYPE] === TYPE.RRSIG ? [[second], [first]] : [[first], [second]]
  const groups = new Map<number, number[]>()
  for (let record = first; record >= 0; record = cells[record + RECORD.NEXT]) {
    const type = cells[record + RECORD.TYPE]
    const key = type === TYPE.RRSIG ? SIGNATURES + coveredType(data, record) : type
    const group = groups.get(key)
    if (group) group.push(record)
    else groups.set(key, [record])
  }
  const sets: number[][] = []
  for (const [key, group] of groups) {
    if (key >= SIGNATURES && groups.has(key - SIGNATURES)) continue
    sets.push(withoutDuplicates(data, group))
    const signatures = groups.get(key + SIGNATURES)
    if (signatures) sets.push(withoutDuplicates(data, signatures))
  }
  return sets
}

/** Added to the type that signatures cover, to tell their group from that of the type itself. */
const SIGNATURES = 65_536

/** The type that a signature covers: it stands first in its data (RFC 4034 §3.1.1). */
function coveredType(data: ZoneData, record: number): number {
  const at = data.records.cells[record + RECORD.AT]
  return (data.rdata.bytes[at] << 8) | data.rdata.bytes[at + 1]
}

/** The TTL of a set: where its records differ the lowest counts (RFC 2181 §5.2). */
export function ttlOf({ records: { cells } }: ZoneData, set: readonly number[]): number {
  let ttl = cells[set[0] + RECORD.TTL]
  for (const record of set) if (cells[record + RECORD.TTL] < ttl) ttl = cells[record + RECORD.TTL]
  return ttl
}

/** The octets of a record's data, as a view. */
export function rdataOf(data: ZoneData, record: number): Uint8Array {
  const { cells } = data.records
  const at = cells[record + RECORD.AT]
  return data.rdata.bytes.subarray(at, at + cells[record + RECORD.LENGTH])
}

function withoutDuplicates(data: ZoneData, group: number[]): number[] {
  if (group.length === 1) return group
  const seen = new Map<number, number[]>()
  return group.filter((record) => {
    const hash = group.length > FEW ? hashData(data, record) : 0
    const alike = seen.get(hash)
    if (!alike) seen.set(hash, [record])
    else if (alike.some((other) => sameData(data, other, record))) return false
    else alike.push(record)
    return true
  })
}

/** Names in the data compare without regard to case, for the types where they do so (RFC 4034 §6.2). */
function sameData(data: ZoneData, a: number, b: number): boolean {
  const left = rdataOf(data, a)
  const right = rdataOf(data, b)
  if (left.length !== right.length) return false
  let same = true
  for (let i = 0; i < left.length; i++) {
    if (FOLD[left[i]] !== FOLD[right[i]]) return false
    if (left[i] !== right[i]) same = false
  }
  if (same) return true
  const type = data.records.cells[a + RECORD.TYPE]
  const canonical = canonicalRdata(type, left)
  return canonicalRdata(type, right).every((octet, i) => octet === canonical[i])
}

function hashData(data: ZoneData, record: number): number {
  let hash = 0
  for (const octet of rdataOf(data, record)) hash = Math.imul(hash ^ FOLD[octet], 0x01000193)
  return hash
}
