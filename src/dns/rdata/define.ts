import type { RdataReader, RdataWriter } from './wire.ts'
import type { Words } from './words.ts'

/** How a name in record data is treated on the wire. */
export interface NameRule {
  /** May be sent compressed: types of RFC 1035 only (RFC 3597 §4). */
  readonly compress: boolean
  /** A pointer is followed when received (RFC 3597 §4). */
  readonly expand: boolean
  /** Letters are made small in canonical form (RFC 4034 §6.2 with RFC 6840 §5.1). */
  readonly fold: boolean
}

/** One part of a record's data: what it looks like in text and on the wire. */
export interface Field {
  /** Words to octets; throws RdataError. `label` names the field in errors. */
  parse(words: Words, out: RdataWriter, label: string): void
  /** Octets to text; none where it has none. Throws WireError where text would not lead back to the same octets. */
  print(wire: RdataReader): string
  /** Moves past the octets; throws WireError where they cannot be this field. */
  skip(wire: RdataReader): void
  /** Octets, where it is always the same number. */
  readonly size?: number
  /** Set where the field is a name. */
  readonly rule?: NameRule
}

/** Where the names of a type stand in its data: `count` of them after `prefix` octets. */
export interface NameLayout {
  readonly prefix: number
  readonly count: number
  readonly compress: boolean
}

/** A record type's declaration. */
export interface RecordType {
  readonly name: string
  readonly code: number
  /** Each field with the label that errors give it. */
  readonly fields: readonly (readonly [label: string, field: Field])[]
  /** Does any name in it need rewriting, when received or in canonical form? */
  readonly rewrites: boolean
  readonly layout: NameLayout | undefined
}

/** Declares a record type by its fields, in wire order: `define('MX', 15, { preference: u16, exchange: compressedName })`. */
export function define(name: string, code: number, parts: Readonly<Record<string, Field>>): RecordType {
  const fields = Object.entries(parts).map(([key, field]) => [labelOf(key), field] as const)
  const rewrites = fields.some(([, { rule }]) => rule && (rule.expand || rule.fold))
  return { name, code, fields, rewrites, layout: layoutOf(Object.values(parts)) }
}

/** `keyTag` is "key tag" in errors. */
const labelOf = (key: string): string => key.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`)

function layoutOf(fields: readonly Field[]): NameLayout | undefined {
  let prefix = 0
  let i = 0
  for (; i < fields.length && !fields[i].rule; i++) {
    const { size } = fields[i]
    if (size === undefined) return undefined
    prefix += size
  }
  const first = i
  while (fields[i]?.rule) i++
  return i === first ? undefined : { prefix, count: i - first, compress: fields[first].rule?.compress === true }
}
