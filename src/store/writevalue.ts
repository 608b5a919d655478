import { TYPE } from '../dns/constants.ts'
import { rdataText, typeName } from '../dns/rdata/registry.ts'
import { splitWords } from '../dns/words.ts'
import { SCHEMA } from './schema.ts'

/** A record set to be written: an RRset, or what was read from a value. */
export interface WritableSet {
  readonly type: number
  readonly ttl: number
  rdata(): readonly Uint8Array[]
}

type JsonRecord = { readonly [key: string]: unknown }

/** The value of a name with these sets: JSON that `readValue` reads, and CoreDNS's redis plugin, as far as it knows the types. */
export function writeValue(sets: readonly WritableSet[]): string {
  const value: Record<string, unknown> = {}
  for (const set of sets) {
    const records = set.rdata().map((rdata) => recordOf(set, rdata))
    const key = typeName(set.type).toLowerCase()
    // Signatures are a set for each type that they cover.
    if (set.type === TYPE.SOA) value[key] = records[0]
    else value[key] = [...((value[key] as JsonRecord[] | undefined) ?? []), ...records]
  }
  return JSON.stringify(value)
}

function recordOf({ type, ttl }: WritableSet, rdata: Uint8Array): JsonRecord {
  const data = rdataText(type, rdata)
  const isGeneric = data.startsWith('\\#')
  if (type === TYPE.TXT && !isGeneric) return { ttl, text: textOf(rdata, data) }
  const fields = isGeneric ? undefined : SCHEMA.get(type)
  if (!fields) return { ttl, data }
  const record: Record<string, unknown> = { ttl }
  const words = splitWords(data)
  for (const [i, { names, kind }] of fields.entries())
    record[names[0]] = kind === 'number' ? Number(words[i].text) : words[i].text
  return record
}

/**
 * The strings of a TXT record, escaped as in a zone file. One string where reading makes the same of it: it is cut after every
 * 255 octets.
 */
function textOf(rdata: Uint8Array, data: string): string | string[] {
  const strings = splitWords(data).map(({ text }) => text)
  let isCut = true
  for (let at = 0; at + rdata[at] + 1 < rdata.length; at += rdata[at] + 1) if (rdata[at] < 255) isCut = false
  // A last string of no octets would get lost.
  const isWhole = strings.length === 1 || (isCut && strings.at(-1) !== '')
  return isWhole ? strings.join('') : strings
}
