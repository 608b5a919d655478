import { TYPE } from '../constants.ts'
import { WireError } from '../error.ts'
import { FOLD, MAX_NAME, type Name } from '../name.ts'
import { expandName, readCompressedName, skipName } from '../wirename.ts'
import { basicTypes } from './basic.ts'
import { classes, opcodes, rcodes, types } from './codes.ts'
import type { NameLayout, RecordType } from './define.ts'
import { genericText, parseGeneric } from './generic.ts'
import { obsoleteTypes } from './obsolete.ts'
import { securityTypes } from './security.ts'
import { serviceTypes } from './service.ts'
import { RdataReader, RdataWriter } from './wire.ts'
import { RdataError, type Word, Words } from './words.ts'

export { RdataError, type Word }

/** `MX`, or `TYPE65280` where there is no mnemonic (RFC 3597 §5). */
export const typeName = (code: number): string => types.name(code)
/** A mnemonic in any case, or `TYPE65280`. */
export const typeCode = (text: string): number | undefined => types.code(text)
/** `IN`, or `CLASS42` where there is no mnemonic. */
export const className = (code: number): string => classes.name(code)
/** A mnemonic in any case, or `CLASS42`. */
export const classCode = (text: string): number | undefined => classes.code(text)
/** `NXDOMAIN`, or `RCODE42` where there is no mnemonic. */
export const rcodeName = (code: number): string => rcodes.name(code)
/** A mnemonic in any case, or `RCODE42`. */
export const rcodeCode = (text: string): number | undefined => rcodes.code(text)
/** `QUERY`, or `OPCODE15` where there is no mnemonic. */
export const opcodeName = (code: number): string => opcodes.name(code)

const declared: ReadonlyMap<number, RecordType> = new Map(
  [...basicTypes, ...securityTypes, ...serviceTypes, ...obsoleteTypes].map((type) => [type.code, type]),
)

/** An array without holes for the types up to CAA: one indexed read per record written. */
const layouts: readonly (NameLayout | undefined)[] = Array.from(
  { length: 320 },
  (_, code) => declared.get(code)?.layout,
)

/** Where the names stand in a type's data; undefined where there are none, or not at a fixed place. */
export function nameLayout(type: number): NameLayout | undefined {
  return type < layouts.length ? layouts[type] : undefined
}

const out = new RdataWriter()

/**
 * A record's data from its words in a zone file, in uncompressed wire form. `\#` and octets are understood for every type
 * (RFC 3597 §5). Names without a final dot are below `origin`. Throws RdataError.
 */
export function parseRdata(type: number, words: readonly Word[], origin: Name): Uint8Array {
  const input = new Words(words, origin)
  try {
    return isGeneric(words[0]) ? parseOctets(type, input) : parseFields(type, input)
  } catch (error) {
    if (error instanceof RdataError || !(error instanceof WireError)) throw error
    // What a reader or writer of octets has to say is about the word that was taken last.
    return input.fail(error.message)
  }
}

const isGeneric = (word: Word | undefined): boolean => word?.text === '\\#' && !word.quoted

function parseOctets(type: number, words: Words): Uint8Array {
  const rdata = parseGeneric(words)
  const declaration = declared.get(type)
  if (declaration) check(declaration, new RdataReader(rdata))
  return rdata
}

function parseFields(type: number, words: Words): Uint8Array {
  const declaration = declared.get(type)
  if (!declaration) {
    words.takeText('record data')
    return words.fail(`${typeName(type)} record data must be written as \\# LENGTH OCTETS`)
  }
  out.length = 0
  for (const [label, field] of declaration.fields) field.parse(words, out, label)
  words.finish(declaration.name)
  return out.finish()
}

/** A record's data in presentation form, as in a zone file; what no text of the type leads back to is written as `\#`. */
export function rdataText(type: number, rdata: Uint8Array): string {
  const declaration = declared.get(type)
  if (!declaration) return genericText(rdata)
  try {
    return print(declaration, new RdataReader(rdata))
  } catch (error) {
    if (error instanceof WireError) return genericText(rdata)
    throw error
  }
}

function print({ fields }: RecordType, wire: RdataReader): string {
  let text = ''
  for (const [, field] of fields) {
    const word = field.print(wire)
    if (word !== '') text += text === '' ? word : ` ${word}`
  }
  if (wire.left > 0) throw new WireError('octets left over')
  return text
}

/** Throws WireError unless the octets up to the end are exactly the type's fields, without compression. */
function check({ name, fields }: RecordType, wire: RdataReader): void {
  for (const [, field] of fields) field.skip(wire)
  if (wire.left > 0) throw new WireError(`${name} record data has ${wire.left} octets too many`)
}

/**
 * The data of a received record at `[start, end)` of a message, in uncompressed wire form: a view into the message where
 * nothing had to be expanded. Throws WireError where it is not what its type asks for.
 */
export function uncompressRdata(type: number, message: Uint8Array, start: number, end: number): Uint8Array {
  if (start > end || end > message.length) throw new WireError('record data runs past the message')
  if (type === TYPE.A || type === TYPE.AAAA) {
    if (end - start !== (type === TYPE.A ? 4 : 16)) throw new WireError(`bad length of ${typeName(type)} record data`)
    return message.subarray(start, end)
  }
  if (type === TYPE.NS || type === TYPE.CNAME || type === TYPE.PTR) {
    if (skipName(message, start) !== end) throw new WireError(`bad length of ${typeName(type)} record data`)
    return readCompressedName(message, start).name
  }
  const declaration = declared.get(type)
  if (!declaration) return message.subarray(start, end)
  const wire = new RdataReader(message, start, end)
  if (declaration.rewrites) return expand(declaration, wire)
  check(declaration, wire)
  return message.subarray(start, end)
}

function expand({ name, fields }: RecordType, wire: RdataReader): Uint8Array {
  const message = wire.octets
  out.length = 0
  for (const [, field] of fields) {
    const at = wire.at
    if (field.rule?.expand) {
      wire.skip(skipName(message, at) - at)
      out.reserve(MAX_NAME)
      out.length = expandName(message, at, out.octets, out.length)
    } else {
      field.skip(wire)
      out.append(message.subarray(at, wire.at))
    }
  }
  if (wire.left > 0) throw new WireError(`${name} record data has ${wire.left} octets too many`)
  return out.finish()
}

/** Record data in the canonical form of DNSSEC: names in small letters for the types that RFC 4034 §6.2 lists. */
export function canonicalRdata(type: number, rdata: Uint8Array): Uint8Array {
  const declaration = declared.get(type)
  if (!declaration?.rewrites) return rdata
  const wire = new RdataReader(rdata)
  const canonical = rdata.slice()
  for (const [, field] of declaration.fields) {
    const at = wire.at
    field.skip(wire)
    if (field.rule?.fold) for (let i = at; i < wire.at; i++) canonical[i] = FOLD[rdata[i]]
  }
  return canonical
}
