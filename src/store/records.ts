import { CLASS, TYPE } from '../dns/constants.ts'
import { u32 } from '../dns/header.ts'
import type { Name } from '../dns/name.ts'
import { RRset } from '../dns/rrset.ts'
import { ownTtl } from './rules.ts'
import { type ReadRules, readValue } from './value.ts'

/** SERIAL and all behind it, of an SOA record's data (RFC 1035 §3.3.13). Octets. */
const NUMBERS = 20
/** For who looks at what is stored: nothing is made up but what must be. */
const AS_STORED: ReadRules = { ttl: ownTtl().ttl, serial: 0 }

/** The record sets of a value, and what in it makes no sense. Throws ValueError where nothing does. */
export function recordsOf(value: string, owner: Name): { sets: RRset[]; complaints: readonly string[] } {
  const { sets, complaints } = readValue(value, AS_STORED)
  return { sets: sets.map(({ type, ttl, data }) => new RRset(owner, type, CLASS.IN, ttl, data)), complaints }
}

/** The serial of an apex's sets; undefined without an SOA record. */
export function serialOf(sets: readonly RRset[]): number | undefined {
  const soa = sets.find(({ type }) => type === TYPE.SOA)
  return soa && u32(soa.data, soa.end - NUMBERS)
}

/** The sets with another serial in the SOA record, where there is one. */
export function withSerial(sets: readonly RRset[], serial: number): RRset[] {
  return sets.map((set) => {
    if (set.type !== TYPE.SOA) return set
    const data = set.data.slice(set.start, set.end)
    new DataView(data.buffer).setUint32(data.length - NUMBERS, serial)
    return new RRset(set.owner, set.type, set.class, set.ttl, data)
  })
}

/** Does a serial come after another one (RFC 1982 §3.2)? */
export function isNewer(serial: number, than: number): boolean {
  const ahead = (serial - than) >>> 0
  return ahead > 0 && ahead < 0x8000_0000
}

/** The serial after this one; never 0, which some take for none. */
export const nextSerial = (serial: number): number => (serial + 1) >>> 0 || 1
