import { TYPE } from '../dns/constants.ts'
import { MAX_NAME, type Name, nameText, ROOT } from '../dns/name.ts'
import { typeName } from '../dns/rdata/registry.ts'
import { reasonOf } from '../reason.ts'
import { argument, nameOf } from './arguments.ts'
import type { ZoneData } from './data.ts'
import type { EntryState } from './entrystate.ts'
import { generate } from './generate.ts'
import { nameProblem, readName } from './owner.ts'
import type { Problems } from './problems.ts'
import { RecordData } from './recorddata.ts'
import { RecordHead, ttlOf } from './recordhead.ts'
import { Fault, Scanner } from './scanner.ts'

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
const RETURN = 13
const MAX_DEPTH = 20
const MAX_INCLUDES = 10_000
/** Octets of all included files, and records of all `$GENERATE` entries: a few lines must not fill the memory. */
const MOST_INCLUDED = 0x2000_0000
const MOST_GENERATED = 0x20_0000

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
  readonly #state: EntryState
  readonly #head: RecordHead
  readonly #rdata = new RecordData()
  readonly outside: Outside = { records: 0, soa: undefined }
  readonly #owner = new Uint8Array(MAX_NAME * 2)
  /** Where in the text the owner stands that is `#state.node`, as far as it means the same there. */
  #ownerStart = 0
  #ownerStop = 0
  #outsideOwner: Name = ROOT
  #scanner = new Scanner(new Uint8Array(0))
  #file = 0
  /** The files that are being read, each included by the one before. */
  readonly #open: string[] = []
  #included = 0
  #generated = 0

  constructor(data: ZoneData, problems: Problems, include: IncludeReader | undefined) {
    this.#data = data
    this.#problems = problems
    this.#include = include
    this.#head = new RecordHead(problems)
    this.#state = { origin: data.origin, node: undefined, ttl: undefined, defaultTtl: undefined }
  }

  read(bytes: Uint8Array, file: string): void {
    const outer = { scanner: this.#scanner, file: this.#file }
    this.#scanner = new Scanner(withNewlines(bytes))
    this.#open.push(file)
    this.#forgetOwner()
    this.#file = this.#problems.files.push(file) - 1
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
      this.#problems.error('the file starts with a byte order mark, which is no part of a zone', this.#file, 1, 1)
      this.#scanner.position = 3
    }
    while (this.#scanner.position < this.#scanner.end) this.#entry()
    this.#open.pop()
    this.#scanner = outer.scanner
    this.#forgetOwner()
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
      // The records of one name mostly stand together.
      if (!scanner.is(this.#ownerStart, this.#ownerStop)) length = this.#locateOwner()
      if (!scanner.next()) throw scanner.fault('record type is missing')
    } else if (state.node === undefined) throw scanner.fault('the first record needs an owner name')
    this.#head.read(scanner, state, this.#file)
    const { type, ttl } = this.#head
    const rdata = this.#rdata
    rdata.read(type, scanner, state.origin)
    const node = state.node as number
    if (node >= 0) this.#data.add(node, type, ttl, rdata.octets, 0, rdata.length, line, this.#file)
    else this.#ignore(type, length, line)
  }

  /** Makes the scanner's word the owner; returns how long it is in wire form. */
  #locateOwner(): number {
    const { bytes, start, stop } = this.#scanner
    const length = readName(bytes, start, stop, this.#state.origin, this.#owner, 0)
    if (length === 0) throw this.#scanner.fault(`owner: ${nameProblem(this.#scanner.text(), this.#state.origin)}`)
    this.#state.node = this.#data.locate(this.#owner, length)
    this.#ownerStart = start
    this.#ownerStop = this.#state.node < 0 ? start : stop
    return length
  }

  #forgetOwner(): void {
    this.#ownerStop = this.#ownerStart
  }

  #ignore(type: number, length: number, line: number): void {
    const owner = nameText(length > 0 ? this.#owner.slice(0, length) : this.#outsideOwner)
    const zone = nameText(this.#data.origin)
    if (length > 0) this.#outsideOwner = this.#owner.slice(0, length)
    // An NSEC3 record's owner is a hash right below the apex of its zone (RFC 5155 §3): this chain is of another zone.
    if (type === TYPE.NSEC3)
      this.#problems.error(`NSEC3 record of ${owner} is outside the zone ${zone}`, this.#file, line, 1)
    else
      this.#problems.warn(
        `${typeName(type)} record of ${owner} is outside the zone ${zone} and ignored`,
        this.#file,
        line,
        1,
      )
    this.outside.records++
    if (type === TYPE.SOA) this.outside.soa ??= owner
  }

  #directive(): void {
    const scanner = this.#scanner
    const directive = scanner.text()
    switch (directive.toUpperCase()) {
      case '$ORIGIN':
        argument(scanner, '$ORIGIN: name')
        this.#state.origin = nameOf(scanner, '$ORIGIN', this.#state.origin)
        this.#forgetOwner()
        return
      case '$TTL':
        argument(scanner, '$TTL: TTL')
        this.#state.defaultTtl = ttlOf(scanner, this.#problems, this.#file)
        return
      case '$DATE':
        // When the zone was written, says BIND in what it writes.
        argument(scanner, '$DATE: time')
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

  #includeFile(): void {
    const scanner = this.#scanner
    const path = argument(scanner, '$INCLUDE: file')
    const { line, column } = scanner
    const fault = (message: string): Fault => new Fault(`$INCLUDE: ${message}`, line, column)
    const { origin, node } = this.#state
    let inner = origin
    if (scanner.next()) {
      inner = nameOf(scanner, '$INCLUDE', origin)
      if (scanner.next()) throw scanner.fault(`unexpected "${scanner.text()}" at the end of the entry`)
    }
    if (!this.#include) throw fault('other files cannot be included here')
    if (this.#open.length > MAX_DEPTH) throw fault(`files include each other more than ${MAX_DEPTH} deep`)
    if (this.#problems.files.length > MAX_INCLUDES) throw fault(`more than ${MAX_INCLUDES} files`)
    let file: IncludedFile
    try {
      file = this.#include(path, this.#problems.files[this.#file])
    } catch (error) {
      throw fault(reasonOf(error))
    }
    if (this.#open.includes(file.path)) throw fault(`${file.path} includes itself`)
    this.#included += file.bytes.length
    if (this.#included > MOST_INCLUDED) throw fault(`more than ${MOST_INCLUDED} octets in all`)
    this.#state.origin = inner
    this.read(file.bytes, file.path)
    this.#state.origin = origin
    this.#state.node = node
  }

  #generate(): void {
    const outer = this.#scanner
    const { node } = this.#state
    for (const line of generate(outer)) {
      if (++this.#generated > MOST_GENERATED)
        throw new Fault(`$GENERATE: more than ${MOST_GENERATED} records in all`, outer.line, 1)
      this.#scanner = new Scanner(line)
      this.#forgetOwner()
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
        this.#forgetOwner()
      }
    }
    // A blank behind it stands for the owner before it, as with BIND.
    this.#state.node = node
  }
}

/** Lines of files that end in carriage returns alone, as BIND and NSD read them too. */
function withNewlines(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(RETURN) || bytes.includes(NEWLINE)) return bytes
  return bytes.map((octet) => (octet === RETURN ? NEWLINE : octet))
}
