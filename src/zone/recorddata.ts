import { MAX_NAME, type Name } from '../dns/name.ts'
import { parseRdata, typeName } from '../dns/rdata/registry.ts'
import { RdataError, type Word } from '../dns/rdata/words.ts'
import { readCommon } from './rdata.ts'
import { Fault, type Scanner } from './scanner.ts'

const MAX_RDATA = 65535

/** A record's data as it was read: the first `length` of `octets`, until the next is read. */
export class RecordData {
  octets: Uint8Array
  length = 0
  readonly #room = new Uint8Array(MAX_RDATA + MAX_NAME * 2)

  constructor() {
    this.octets = this.#room
  }

  /** Reads the rest of the scanner's entry. */
  read(type: number, scanner: Scanner, origin: Name): void {
    scanner.mark()
    this.octets = this.#room
    this.length = readCommon(type, scanner, origin, this.#room)
    if (this.length >= 0) return
    scanner.reset()
    this.octets = readAny(type, scanner, origin)
    this.length = this.octets.length
  }
}

/** As the registry of types has it, with the place of what it finds wrong. */
function readAny(type: number, scanner: Scanner, origin: Name): Uint8Array {
  const words: Word[] = []
  const places: { line: number; column: number }[] = []
  while (scanner.next()) {
    words.push({ text: scanner.text(), quoted: scanner.quoted })
    places.push({ line: scanner.line, column: scanner.column })
  }
  try {
    const rdata = parseRdata(type, words, origin)
    if (rdata.length > MAX_RDATA) throw new RdataError(`data is longer than ${MAX_RDATA} octets`, 0)
    return rdata
  } catch (error) {
    if (!(error instanceof RdataError)) throw error
    const end = { line: scanner.line, column: scanner.position - scanner.lineStart + 1 }
    const { line, column } = places[error.index] ?? end
    const name = typeName(type)
    throw new Fault(error.message.startsWith(name) ? error.message : `${name}: ${error.message}`, line, column)
  }
}
