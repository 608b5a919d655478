import { TYPE } from '../dns/constants.ts'
import { WireError } from '../dns/error.ts'
import { ROOT } from '../dns/name.ts'
import { parseRdata, RdataError, typeCode, typeName, type Word } from '../dns/rdata/registry.ts'
import { splitWords } from '../dns/words.ts'
import { type Field, SCHEMA } from './schema.ts'
import { ValueError } from './store.ts'

/** A record set as it was read from a value: its data packed as in an RRset. */
export interface StoredSet {
  readonly type: number
  /** Seconds. */
  readonly ttl: number
  readonly data: Uint8Array
}

export interface ReadRules {
  /** The TTL of a record from what stands there; undefined where nothing does. */
  ttl(given: number | undefined): number
  /** For an SOA record without one. */
  readonly serial: number
}

export interface ReadValue {
  readonly sets: readonly StoredSet[]
  /** What could not be read, and was left out. */
  readonly complaints: readonly string[]
}

type Json = { readonly [key: string]: unknown }

const MAX_TTL = 0x7fff_ffff
/**
 * Reads the records of a name. Deployed data has variants: an object in place of an array of one, other names of fields. A record
 * that makes no sense is left out. Throws ValueError where the value is no JSON object at all.
 */
export function readValue(value: string, rules: ReadRules): ReadValue {
  const sets: StoredSet[] = []
  const complaints: string[] = []
  for (const [key, records] of Object.entries(objectOf(value))) {
    const type = typeCode(key)
    if (type === undefined) complaints.push(`unknown key "${key}"`)
    else readSets(type, Array.isArray(records) ? records : [records], rules, complaints, sets)
  }
  return { sets, complaints }
}

function objectOf(value: string): Json {
  let parsed: unknown
  try {
    parsed = JSON.parse(value)
  } catch {
    throw new ValueError(`is not JSON: ${value.slice(0, 60)}`)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new ValueError(`is no JSON object: ${value.slice(0, 60)}`)
  return parsed as Json
}

/** Adds the records of a type to `sets`: one, or of signatures one for each type that they cover. */
function readSets(type: number, records: unknown[], rules: ReadRules, complaints: string[], sets: StoredSet[]): void {
  const found = new Map<number, { ttl: number; rdata: Uint8Array[] }>()
  for (const record of records) {
    try {
      const json = typeof record === 'object' && record !== null ? (record as Json) : { data: record }
      const octets = parseRdata(type, wordsOf(type, json, rules), ROOT)
      const covered = type === TYPE.RRSIG ? (octets[0] << 8) | octets[1] : 0
      const set = found.get(covered) ?? { ttl: MAX_TTL, rdata: [] }
      // RFC 2181 §5.2: one TTL for the set.
      set.ttl = Math.min(set.ttl, rules.ttl(ttlOf(json)))
      set.rdata.push(octets)
      found.set(covered, set)
    } catch (error) {
      if (!(error instanceof RdataError || error instanceof WireError)) throw error
      complaints.push(`${typeName(type)}: ${error.message}`)
    }
  }
  for (const { ttl, rdata } of found.values()) sets.push({ type, ttl, data: pack(rdata) })
}

function pack(rdata: readonly Uint8Array[]): Uint8Array {
  const data = new Uint8Array(rdata.reduce((size, { length }) => size + 2 + length, 0))
  let at = 0
  for (const octets of rdata) {
    data[at] = octets.length >> 8
    data[at + 1] = octets.length
    data.set(octets, at + 2)
    at += 2 + octets.length
  }
  return data
}

function ttlOf({ ttl }: Json): number | undefined {
  if (ttl === undefined || ttl === null) return undefined
  return numberOf(ttl, 'ttl', MAX_TTL)
}

function numberOf(value: unknown, name: string, max = 0xffff_ffff): number {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > max)
    throw new WireError(`${name} must be a number from 0 to ${max}, got ${JSON.stringify(value)}`)
  return number
}

/** The record's data as the words of a zone file. */
function wordsOf(type: number, json: Json, rules: ReadRules): Word[] {
  if (typeof json.data === 'string') return splitWords(json.data)
  if (type === TYPE.TXT) return stringsOf(json.text).map((text) => ({ text, quoted: true }))
  const fields = SCHEMA.get(type)
  if (fields) return fields.map((field) => wordOf(field, json, rules))
  // Whatever the field is called, a text that stands alone is the data in presentation form.
  const texts = Object.entries(json).filter(([key, value]) => key !== 'ttl' && typeof value === 'string')
  if (texts.length !== 1) throw new WireError('"data" is missing')
  return splitWords(texts[0][1] as string)
}

function stringsOf(text: unknown): readonly string[] {
  const strings = Array.isArray(text) ? text : [text]
  if (strings.length === 0 || strings.some((one) => typeof one !== 'string'))
    throw new WireError(`text must be a string, got ${JSON.stringify(text) ?? 'nothing'}`)
  return strings as string[]
}

function wordOf({ names, kind, otherwise }: Field, json: Json, rules: ReadRules): Word {
  const name = names.find((candidate) => json[candidate] !== undefined && json[candidate] !== null)
  if (name === undefined) {
    const fallback = names[0] === 'serial' ? rules.serial : otherwise
    if (fallback === undefined) throw new WireError(`"${names[0]}" is missing`)
    return { text: String(fallback), quoted: false }
  }
  const value = json[name]
  if (kind === 'number') return { text: String(numberOf(value, name)), quoted: false }
  if (typeof value !== 'string') throw new WireError(`${name} must be a string, got ${JSON.stringify(value)}`)
  // A name without its last dot is a whole one all the same, and `@` stands for nothing here.
  if (kind === 'name') return { text: value === '@' ? '\\@' : value, quoted: false }
  return { text: value, quoted: name === 'value' }
}
