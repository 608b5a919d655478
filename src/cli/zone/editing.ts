import { TYPE } from '../../dns/constants.ts'
import { WireError } from '../../dns/error.ts'
import { type Name, nameText, ROOT, sameName } from '../../dns/name.ts'
import { recordTexts } from '../../dns/presentation.ts'
import { parseRdata, RdataError, typeName, type Word } from '../../dns/rdata/registry.ts'
import { RRset } from '../../dns/rrset.ts'
import { splitWords } from '../../dns/words.ts'
import { editSets } from '../../store/editsets.ts'
import type { ZoneStore } from '../../store/store.ts'
import { compileZone } from '../../zone/compile.ts'
import { ZoneErrors } from '../../zone/error.ts'
import { Failure } from '../failure.ts'
import { zoneOf } from './open.ts'

/** What `set` and `delete` are told. */
export interface Edit {
  readonly name: Name
  readonly type: number
  /** Words of the command line. */
  readonly data: readonly string[]
  readonly raisesSerial: boolean
}

/** Types that are made when a zone is signed, all of them at once. */
const PROOFS: ReadonlySet<number> = new Set([TYPE.RRSIG, TYPE.NSEC, TYPE.NSEC3, TYPE.NSEC3PARAM])

/** `coredge zone set NAME TYPE TTL DATA…`: makes these the records of the type, or adds them to those there. */
export async function setRecords(store: ZoneStore, edit: Edit, ttl: number, adds: boolean): Promise<void> {
  const { name, type, raisesSerial } = edit
  if (PROOFS.has(type))
    throw new Failure(`${typeName(type)}: signatures and proofs come with the \`import\` of a signed zone`)
  const rdata = recordData(type, edit.data)
  const apex = await zoneOf(store, name, type === TYPE.DS)
  const change = (sets: readonly RRset[], apexSets: readonly RRset[]): readonly RRset[] => {
    const old = adds ? (sets.find((set) => set.type === type)?.rdata() ?? []) : []
    const isNew = (octets: Uint8Array): boolean => !old.some((other) => sameOctets(other, octets))
    const set = RRset.of(name, type, ttl, [...old, ...rdata.filter(isNew)])
    const changed = [...sets.filter((other) => other.type !== type), set]
    mustBeSound(apex, name, changed, apexSets)
    return changed
  }
  await editSets(store, { apex, name, change, raisesSerial })
}

/** `coredge zone delete NAME [TYPE [DATA…]]`: all records of a name, those of a type, or one. */
export async function deleteRecords(store: ZoneStore, edit: Omit<Edit, 'type'> & { type?: number }): Promise<void> {
  const { name, type, raisesSerial } = edit
  const rdata = type !== undefined && edit.data.length > 0 ? recordData(type, edit.data) : undefined
  const apex = await zoneOf(store, name, type === TYPE.DS)
  const change = (sets: readonly RRset[]): readonly RRset[] => {
    const left = sets.flatMap((set) => (type === undefined || set.type === type ? without(set, rdata) : [set]))
    if (countOf(left) === countOf(sets)) throw new Failure(`${nameText(name)} has no such records`)
    if (sameName(name, apex) && !left.some((set) => set.type === TYPE.SOA))
      throw new Failure(`${nameText(apex)} needs its SOA record; \`coredge zone remove\` removes a zone`)
    return left
  }
  await editSets(store, { apex, name, change, raisesSerial })
}

const countOf = (sets: readonly RRset[]): number => sets.reduce((count, set) => count + set.size, 0)

/** What is left of a set without these records; without any where none are named. */
function without(set: RRset, rdata: readonly Uint8Array[] | undefined): RRset[] {
  if (!rdata) return []
  const left = set.rdata().filter((octets) => !rdata.some((other) => sameOctets(octets, other)))
  return left.length === 0 ? [] : [RRset.of(set.owner, set.type, set.ttl, left)]
}

const sameOctets = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((octet, i) => octet === b[i])

/** Records from the words behind the TTL: all words are one record, or where that makes no sense each is. */
function recordData(type: number, words: readonly string[]): Uint8Array[] {
  if (words.length === 0) throw new Failure(`${typeName(type)}: data is missing`)
  if (type === TYPE.TXT) return [parse(type, words.flatMap(stringWords))]
  try {
    return [parse(type, splitWords(words.join(' ')))]
  } catch (error) {
    const each = words.length > 1 ? attemptEach(type, words) : undefined
    if (!each) throw error
    return each
  }
}

function attemptEach(type: number, words: readonly string[]): Uint8Array[] | undefined {
  try {
    return words.map((word) => parse(type, splitWords(word)))
  } catch (error) {
    if (error instanceof Failure || error instanceof WireError) return undefined
    throw error
  }
}

/** The shell has taken quotes away: a word without any is one string, blanks and all. */
const stringWords = (word: string): Word[] => (word.includes('"') ? splitWords(word) : [{ text: word, quoted: true }])

function parse(type: number, words: readonly Word[]): Uint8Array {
  try {
    return parseRdata(type, words, ROOT)
  } catch (error) {
    if (!(error instanceof RdataError)) throw error
    const name = typeName(type)
    throw new Failure(error.message.startsWith(name) ? error.message : `${name}: ${error.message}`)
  }
}

/** Refuses what an import would refuse, by the rules of zone files. */
function mustBeSound(apex: Name, name: Name, sets: readonly RRset[], apexSets: readonly RRset[]): void {
  const others = sameName(name, apex) ? [] : apexSets.filter(({ type }) => type === TYPE.SOA)
  const text = [...others, ...sets].flatMap(recordTexts).join('\n')
  try {
    compileZone(new TextEncoder().encode(`${text}\n`), { origin: apex, file: '' })
  } catch (error) {
    if (error instanceof ZoneErrors) throw new Failure(error.errors.map(({ reason }) => reason).join('\n'))
    throw error
  }
}
