import { CLASS, TYPE } from '../dns/constants.ts'
import { classCode, typeCode, typeName } from '../dns/rdata/registry.ts'
import type { EntryState } from './entrystate.ts'
import type { Problems } from './problems.ts'
import type { Scanner } from './scanner.ts'
import { looksLikeTtl, readTtl } from './ttl.ts'

/** RFC 2181 §8: a TTL is 31 bits. */
const MAX_TTL = 0x7fffffff

/** What stands between a record's owner and its data: `[TTL] [class] type` or `[class] [TTL] type`. */
export class RecordHead {
  type = 0
  ttl = 0
  readonly #problems: Problems
  #toldTtl = false

  constructor(problems: Problems) {
    this.#problems = problems
  }

  /** Reads on from the scanner's word, up to the type. */
  read(scanner: Scanner, state: EntryState, file: number): void {
    let ttl: number | undefined
    let classed = false
    for (;;) {
      const { bytes, start, stop, quoted } = scanner
      if (quoted) throw scanner.fault(`TTL, class and type must not be in quotes, got "${scanner.text()}"`)
      if (looksLikeTtl(bytes[start]) && ttl === undefined) ttl = ttlOf(scanner, this.#problems, file)
      else {
        const word = letters(bytes, start, stop)
        if (word !== IN || classed) {
          const type = COMMON.get(word) ?? typeOrClass(scanner, classed)
          if (type !== undefined) {
            this.type = type
            this.ttl = ttl ?? this.#inherited(scanner, state, file)
            if (ttl !== undefined) state.ttl = ttl
            return
          }
        }
        classed = true
      }
      if (!scanner.next()) throw scanner.fault('record type is missing')
    }
  }

  #inherited(scanner: Scanner, state: EntryState, file: number): number {
    const ttl = state.defaultTtl ?? state.ttl
    if (ttl !== undefined) return ttl
    if (!this.#toldTtl) {
      this.#problems.warn('no TTL is given here or by $TTL: it is taken as 0', file, scanner.line, scanner.column)
      this.#toldTtl = true
    }
    return 0
  }
}

/** The TTL that the scanner's word is. */
export function ttlOf(scanner: Scanner, problems: Problems, file: number): number {
  const ttl = readTtl(scanner.bytes, scanner.start, scanner.stop)
  if (ttl === undefined) throw scanner.fault(`TTL must be seconds, as in 3600 or 1h30m, got "${scanner.text()}"`)
  if (ttl <= MAX_TTL) return ttl
  problems.warn(`TTL ${ttl} is over ${MAX_TTL} and taken as 0`, file, scanner.line, scanner.column)
  return 0
}

/** The type that the word names; undefined where it names the class. */
function typeOrClass(scanner: Scanner, classed: boolean): number | undefined {
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
