import { TYPE } from '../dns/constants.ts'
import type { Name } from '../dns/name.ts'
import { HAS, OWNER, RECORD, type ZoneData } from './data.ts'
import { MOST_ITERATIONS } from './format.ts'
import { base32hex, nsec3Hash } from './nsec3.ts'
import type { Problems } from './problems.ts'
import { rdataOf } from './sets.ts'
import type { Nsec3Parameters } from './view.ts'

/** What the image says about the zone as a whole. */
export interface ZoneFacts {
  readonly serial: number
  /** See LoadedZone. */
  readonly usable: boolean
  readonly denial: 'none' | 'nsec' | 'nsec3'
  readonly nsec3?: Nsec3Parameters
}

/** Beyond this many, resolvers take the zone for unsigned (RFC 9276 §3.2). */
const MANY_ITERATIONS = 50
const SHA1 = 1

/** Reads from the apex how the zone is to be served. */
export function factsOf(data: ZoneData, problems: Problems): ZoneFacts {
  const soa = recordsOf(data, TYPE.SOA)[0]
  const serial = soa === undefined ? 0 : serialOf(rdataOf(data, soa))
  const usable = isUsable(data)
  const chains = recordsOf(data, TYPE.NSEC3PARAM)
  const nsec3 = chains.map((record) => parametersOf(data, record, problems)).find((found) => found !== undefined)
  if (data.nodes.cells[OWNER.FLAGS] & HAS.NSEC) return { serial, usable, denial: 'nsec' }
  return nsec3 ? { serial, usable, denial: 'nsec3', nsec3 } : { serial, usable, denial: 'none' }
}

/** Is there a SOA record, be it below the apex? */
export function isUsable({ records }: ZoneData): boolean {
  for (let record = 0; record < records.rows * records.width; record += records.width)
    if (records.cells[record + RECORD.TYPE] === TYPE.SOA) return true
  return false
}

function recordsOf(data: ZoneData, type: number): number[] {
  const { cells } = data.records
  const records: number[] = []
  for (let record = data.nodes.cells[OWNER.FIRST]; record >= 0; record = cells[record + RECORD.NEXT])
    if (cells[record + RECORD.TYPE] === type) records.push(record)
  return records
}

/** The five numbers stand at the end of the data (RFC 1035 §3.3.13). */
function serialOf(rdata: Uint8Array): number {
  const at = rdata.length - 20
  return ((rdata[at] << 24) | (rdata[at + 1] << 16) | (rdata[at + 2] << 8) | rdata[at + 3]) >>> 0
}

/** The parameters of an NSEC3 chain, where it is one that can be served (RFC 5155 §4 and §7.3). */
function parametersOf(data: ZoneData, record: number, problems: Problems): Nsec3Parameters | undefined {
  const { cells } = data.records
  const rdata = rdataOf(data, record)
  const [algorithm, flags, high, low, saltLength] = rdata
  const iterations = (high << 8) | low
  // Flags mark a chain under construction (RFC 5155 §4.1.2).
  if (algorithm !== SHA1 || flags !== 0) return undefined
  const file = cells[record + RECORD.FILE]
  const line = cells[record + RECORD.LINE]
  if (iterations > MOST_ITERATIONS) {
    problems.error(`NSEC3PARAM: iterations must be at most ${MOST_ITERATIONS}, got ${iterations}`, file, line, 1)
    return undefined
  }
  if (iterations > MANY_ITERATIONS)
    problems.warn(`NSEC3PARAM: resolvers ignore chains of more than ${MANY_ITERATIONS} iterations`, file, line, 1)
  const parameters = { iterations, salt: rdata.slice(5, 5 + saltLength) }
  if (hasChain(data, data.origin, parameters)) return parameters
  problems.error('NSEC3PARAM without a chain: the apex has no NSEC3 record with its parameters', file, line, 1)
  return undefined
}

function hasChain(data: ZoneData, name: Name, parameters: Nsec3Parameters): boolean {
  const hash = base32hex(nsec3Hash(name, parameters))
  const node = data.find(Uint8Array.of(hash.length, ...hash), 0, hash.length + 1)
  return node >= 0 && nsec3Record(data, node, parameters) >= 0
}

/** The NSEC3 record of a node that belongs to the chain with these parameters; -1 where it has none. */
export function nsec3Record(data: ZoneData, node: number, { iterations, salt }: Nsec3Parameters): number {
  const { cells } = data.records
  for (let record = data.nodes.cells[node + OWNER.FIRST]; record >= 0; record = cells[record + RECORD.NEXT]) {
    if (cells[record + RECORD.TYPE] !== TYPE.NSEC3) continue
    const rdata = rdataOf(data, record)
    const isOf = rdata[0] === SHA1 && ((rdata[2] << 8) | rdata[3]) === iterations && rdata[4] === salt.length
    if (isOf && salt.every((octet, i) => octet === rdata[5 + i])) return record
  }
  return -1
}

/** A node that only NSEC3 records make: no name of the zone (RFC 5155 §7.2.8). */
export function isHashOnly(data: ZoneData, node: number): boolean {
  const cells = data.nodes.cells
  const flags = cells[node + OWNER.FLAGS]
  return (flags & HAS.NSEC3) !== 0 && (flags & (HAS.DATA | HAS.NSEC | HAS.CHILDREN)) === 0
}
