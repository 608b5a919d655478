import { hex } from './radix.ts'
import type { Words } from './words.ts'

/** `\# 4 0A000001`: record data of any type (RFC 3597 §5). */
export function genericText(rdata: Uint8Array): string {
  return rdata.length === 0 ? '\\# 0' : `\\# ${rdata.length} ${hex.encode(rdata)}`
}

/** Reads `\#`, a length and hexadecimal digits that may be split by white space. */
export function parseGeneric(words: Words): Uint8Array {
  words.take('\\#')
  const text = words.take('length of record data')
  const length = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(length <= 65_535)) words.reject('length of record data', '0–65535', text)
  const digits = words.done ? '' : words.takeRest('record data')
  const rdata = hex.decode(digits) ?? words.reject('record data', 'pairs of hexadecimal digits', digits)
  if (rdata.length !== length) words.fail(`record data must be ${length} octets, got ${rdata.length}`)
  return rdata
}
