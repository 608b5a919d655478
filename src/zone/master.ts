import { CLASS, TYPE } from '../dns/constants.ts'
import { MAX_NAME, type Name, nameText, ROOT } from '../dns/name.ts'
import { classCode, parseRdata, typeCode, typeName } from '../dns/rdata/registry.ts'
import { RdataError, type Word } from '../dns/rdata/words.ts'
import type { ZoneData } from './data.ts'
import { generate } from './generate.ts'
import { readName } from './owner.ts'
import type { Problems } from './problems.ts'
import { readCommon } from './rdata.ts'
import { Fault, Scanner } from './scanner.ts'
import { looksLikeTtl, readTtl } from './ttl.ts'

/** A file that another one includes. */
export interface IncludedFile {
  /** Where it was found: what errors in it name, and from where its own includes are looked for. */
  readonly path: string
  readonly bytes: Uint8Array
}

/** Reads the file that `$INCLUDE path` names in the file `from`; throws Error with a one-line reason. */
export type IncludeReader = (path: string, from: string) => IncludedFile

const DOLLAR = 36
const SPACE = 32
const TAB = 9
const NEWLINE = 10
const MAX_DEPTH = 20
const MAX_INCLUDES = 10_000
const MAX_RDATA = 65535
/** RFC 2181 §8: a TTL is 31 bits. */
const MAX_TTL = 0x7fffffff

/** What an entry inherits from those before it. */
interface State {
  origin: Name
  /** The owner that a blank stands for; -1: outside the zone; undefined: none yet. */
  node: number | undefined
  ttl: number | undefined
  /** `$TTL`, which goes before the last TTL written (RFC 2308 §4). */
  defaultTtl: number | undefined
}

/** Reads a master file (RFC 1035 §5) into `data`; mistakes go to `problems`, and reading goes on behind them until there are too many. */
export function readMasterFile(
  bytes: Uint8Array,
  file: string,
  data: ZoneData,
  problems: Problems,
  include?: IncludeReader,
): Outside {
  const reader = new MasterReader(data, problems, include)
  reader.read(bytes, file)
  return reader.outside
}

/** What was left out because its owner is outside the zone. */
export interface Outside {
  records: number
  /** The first SOA's owner: the zone that the file seems to be of. */
  soa: string | undefined
}

class MasterReader {
  readonly #data: ZoneData
  readonly #problems: Problems
  readonly #include: IncludeReader | undefined
  readonly #state: State
  readonly outside: Outside = { records: 0, soa: undefined }
  readonly #owner = new Uint8Array(MAX_NAME * 2)
  readonly #rdata = new Uint8Array(MAX_RDATA + MAX_NAME * 2)
  #outsideOwner: Name = ROOT
  #scanner = new Scanner(new Uint8Array(0))
  #file = 0
  #depth = 0
  #toldTtl = false

  constructor(data: ZoneData, problems: Problems, include: IncludeReader | undefined) {
    this.#data = data
    this.#problems = problems
    this.#include = include
    this.#state = { origin: data.origin, node: undefined, ttl: undefined, defaultTtl: undefined }
  }

  read(bytes: Uint8Array, file: string): void {
    const outer = { scanner: this.#scanner, file: this.#file }
    this.#scanner = new Scanner(bytes)
    this.#file = this.#problems.files.push(file) - 1
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
      this.#problems.error('the file starts with a byte order mark, which is no part of a zone', this.#file, 1, 1)
      this.#scanner.position = 3
    }
    while (this.#scanner.position < this.#scanner.end) this.#entry()
    this.#scanner = outer.scanner
    this.#file = outer.file
  }

  #entry(): void {
    const scanner = this.#scanner
    try {
      const first = scanner.bytes[scanner.position]
      if (first !== NEWLINE && scanner.next()) {
        if (first === DOLLAR) this.#directive()
        else this.#record(first === SPACE || first === TAB)
        if (scanner.next()) throw scanner.fault(`unexpected "${scanner.text()}" at the end of the entry`)
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.#problems.error(error.message, this.#file, error.line, error.column)
    }
    scanner.skipEntry()
  }

  #record(blank: boolean): void {
    const scanner = this.#scanner
    const state = this.#state
    const line = scanner.line
    let length = 0
    if (!blank) {
      length = this.#readOwner()
      state.node = this.#data.locate(this.#owner, length)
      if (!scanner.next()) throw scanner.fault('record type is missing')
    } else if (state.node === undefined) throw scanner.fault('the first record needs an owner name')
    const { type, ttl } = this.#readTypeAndTtl()
    const mark = scanner.mark()
    let rdata = this.#rdata
    let size = readCommon(type, scanner, state.origin, rdata)
    if (size < 0) {
      scanner.reset(mark)
      rdata = this.#readRdata(type) as Uint8Array<ArrayBuffer>
      size = rdata.length
    }
    const node = state.node as number
    if (node >= 0) this.#data.add(node, type, ttl, rdata, 0, size, line, this.#file)
    else this.#ignore(type, length, line)
  }

  #readOwner(): number {
    const { bytes, start, stop } = this.#scanner
    const length = readName(bytes, start, stop, this.#state.origin, this.#owner, 0)
    if (length === 0) throw this.#scanner.fault(`bad owner name "${this.#scanner.text()}"`)
    return length
  }

  /** `[TTL] [class] type` or `[class] [TTL] type`. */
  #readTypeAndTtl(): { type: number; ttl: number } {
    const scanner = this.#scanner
    let ttl: number | undefined
    let classed = false
    for (;;) {
      const { bytes, start, stop } = scanner
      if (looksLikeTtl(bytes[start]) && ttl === undefined) ttl = this.#readTtl()
      else {
        const word = letters(bytes, start, stop)
        if (word !== IN || classed) {
          const type = COMMON.get(word) ?? this.#typeOrClass(classed)
          if (type !== undefined) return { type, ttl: this.#ttl(ttl) }
        }
        classed = true
      }
      if (!scanner.next()) throw scanner.fault('record type is missing')
    }
  }

  /** The type that the word names; undefined where it names the class. */
  #typeOrClass(classed: boolean): number | undefined {
    const scanner = this.#scanner
    const text = scanner.text()
    const type = typeCode(text)
    if (type === undefined) {
      const rclass = classed ? undefined : classCode(text)
      if (rclass === CLASS.IN) return undefined
      throw scanner.fault(rclass ? `class must be IN, got "${text}"` : `unknown record type "${text}"`)
    }
    if (type === TYPE.OPT || type === 0 || (type >= 128 && type <= 255))
      throw scanner.fault(`${typeName(type)} is no type of data in a zone`)
    return type
  }

  #readTtl(): number {
    const scanner = this.#scanner
    const ttl = readTtl(scanner.bytes, scanner.start, scanner.stop)
    if (ttl === undefined) throw scanner.fault(`TTL must be seconds, as in 3600 or 1h30m, got "${scanner.text()}"`)
    if (ttl <= MAX_TTL) return ttl
    this.#problems.warn(`TTL ${ttl} is over ${MAX_TTL} and taken as 0`, this.#file, scanner.line, scanner.column)
    return 0
  }

  #ttl(explicit: number | undefined): number {
    const state = this.#state
    if (explicit !== undefined) {
      state.ttl = explicit
      return explicit
    }
    const ttl = state.defaultTtl ?? state.ttl
    if (ttl !== undefined) return ttl
    if (!this.#toldTtl) {
      this.#problems.warn('no TTL is given here or by $TTL: it is taken as 0', this.#file, this.#scanner.line)
      this.#toldTtl = true
    }
    return 0
  }

  #readRdata(type: number): Uint8Array {
    const scanner = this.#scanner
    const words: Word[] = []
    const places: { line: number; column: number }[] = []
    while (scanner.next()) {
      words.push({ text: scanner.text(), quoted: scanner.quoted })
      places.push({ line: scanner.line, column: scanner.column })
    }
    try {
      const rdata = parseRdata(type, words, this.#state.origin)
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

  #ignore(type: number, length: number, line: number): void {
    const owner = nameText(length > 0 ? this.#owner.slice(0, length) : this.#outsideOwner)
    const zone = nameText(this.#data.origin)
    if (length > 0) this.#outsideOwner = this.#owner.slice(0, length)
    // An NSEC3 record's owner is a hash right below the apex of its zone (RFC 5155 §3): this chain is of another zone.
    if (type === TYPE.NSEC3)
      this.#problems.error(`NSEC3 record of ${owner} is outside the zone ${zone}`, this.#file, line)
    else
      this.#problems.warn(
        `${typeName(type)} record of ${owner} is outside the zone ${zone} and ignored`,
        this.#file,
        line,
      )
    this.outside.records++
    if (type === TYPE.SOA) this.outside.soa ??= owner
  }

  #directive(): void {
    const scanner = this.#scanner
    const directive = scanner.text()
    switch (directive.toUpperCase()) {
      case '$ORIGIN':
        this.#state.origin = this.#argumentName('$ORIGIN')
        return
      case '$TTL':
        this.#argument('$TTL: TTL')
        this.#state.defaultTtl = this.#readTtl()
        return
      case '$INCLUDE':
        this.#includeFile()
        return
      case '$GENERATE':
        this.#generate()
        return
      default:
        throw scanner.fault(`unknown directive "${directive}"; there are $ORIGIN, $TTL, $INCLUDE and $GENERATE`)
    }
  }

  #argument(label: string): string {
    if (!this.#scanner.next()) throw this.#scanner.fault(`${label} is missing`)
    return this.#scanner.text()
  }

  #argumentName(directive: string): Name {
    this.#argument(`${directive}: name`)
    const { bytes, start, stop } = this.#scanner
    const name = new Uint8Array(MAX_NAME * 2)
    const length = readName(bytes, start, stop, this.#state.origin, name, 0)
    if (length === 0) throw this.#scanner.fault(`${directive}: bad name "${this.#scanner.text()}"`)
    return name.slice(0, length)
  }

  #includeFile(): void {
    const scanner = this.#scanner
    const path = this.#argument('$INCLUDE: file')
    const fault = (message: string): Fault => new Fault(`$INCLUDE: ${message}`, scanner.line, column)
    const column = scanner.column
    const { origin, node } = this.#state
    const more = scanner.next()
    if (more) {
      const { bytes, start, stop } = scanner
      const name = new Uint8Array(MAX_NAME * 2)
      const length = readName(bytes, start, stop, origin, name, 0)
      if (length === 0) throw scanner.fault(`$INCLUDE: bad name "${scanner.text()}"`)
      this.#state.origin = name.slice(0, length)
      if (scanner.next()) throw scanner.fault(`unexpected "${scanner.text()}" at the end of the entry`)
    }
    if (!this.#include) throw fault('other files cannot be included here')
    if (this.#depth === MAX_DEPTH) throw fault(`files include each other more than ${MAX_DEPTH} deep`)
    if (this.#problems.files.length > MAX_INCLUDES) throw fault(`more than ${MAX_INCLUDES} files`)
    let file: IncludedFile
    try {
      file = this.#include(path, this.#problems.files[this.#file])
    } catch (error) {
      throw fault((error as Error).message)
    }
    this.#depth++
    this.read(file.bytes, file.path)
    this.#depth--
    this.#state.origin = origin
    this.#state.node = node
  }

  #generate(): void {
    const outer = this.#scanner
    for (const line of generate(outer)) {
      this.#scanner = new Scanner(line)
      this.#scanner.line = outer.line
      try {
        this.#scanner.next()
        this.#record(false)
        if (this.#scanner.next()) throw this.#scanner.fault(`unexpected "${this.#scanner.text()}"`)
      } catch (error) {
        // One message for the directive, not one for each of its records.
        if (!(error instanceof Fault)) throw error
        throw new Fault(`$GENERATE: ${error.message}`, outer.line, 1)
      } finally {
        this.#scanner = outer
      }
    }
  }
}

/** Packs a word of up to six letters into a number, without regard to case; -1 for other words. */
function letters(bytes: Uint8Array, start: number, stop: number): number {
  if (stop - start > 6) return -1
  let packed = 0
  for (let i = start; i < stop; i++) {
    const letter = bytes[i] & 0xdf
    if (letter < 65 || letter > 90) return -1
    packed = (packed << 5) | (letter - 64)
  }
  return packed
}

const packed = (name: string): number => letters(new TextEncoder().encode(name), 0, name.length)

const IN = packed('IN')

const COMMON: ReadonlyMap<number, number> = new Map(
  (['A', 'AAAA', 'NS', 'CNAME', 'PTR', 'MX', 'TXT', 'SRV', 'DNAME', 'SOA', 'DS', 'RRSIG', 'NSEC'] as const).map(
    (name) => [packed(name), TYPE[name]],
  ),
)
