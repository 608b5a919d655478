import { CLASS } from './constants.ts'
import { WireError } from './error.ts'
import { foldedText, type Name, nameText, parseName, ROOT } from './name.ts'
import { classCode, className, parseRdata, rdataText, typeCode, typeName, type Word } from './rdata/registry.ts'
import { parseSeconds } from './rdata/time.ts'
import { RRset } from './rrset.ts'
import { splitWords } from './words.ts'

/** Seconds, for records that are written without a TTL. */
const DEFAULT_TTL = 3600
/** RFC 2181 §8. */
const MAX_TTL = 0x7fffffff

/** Each record of a set as one line of a zone file: `www.example.org. 3600 IN A 192.0.2.1`. */
export function recordTexts(rrset: RRset): string[] {
  const head = `${nameText(rrset.owner)} ${rrset.ttl} ${className(rrset.class)} ${typeName(rrset.type)}`
  return rrset.rdata().map((rdata) => `${head} ${rdataText(rrset.type, rdata)}`.trimEnd())
}

/**
 * Reads one record, `owner [TTL] [class] type data`, TTL and class in either order (RFC 1035 §5.1). Names without a final
 * dot are below `origin`; without a TTL it is `ttl`. Throws WireError.
 */
export function parseRecord(line: string, origin: Name = ROOT, ttl: number = DEFAULT_TTL): RRset {
  const words = splitWords(line)
  if (words.length === 0) throw new WireError('record is empty')
  const owner = parseName(words[0].text, origin)
  let rclass: number | undefined
  let given: number | undefined
  for (let i = 1; i < words.length; i++) {
    const { text } = words[i]
    const type = typeCode(text)
    if (type !== undefined && !isClass(words, i, rclass)) {
      const rdata = parseRdata(type, words.slice(i + 1), origin)
      return RRset.of(owner, type, given ?? ttl, [rdata], rclass ?? CLASS.IN)
    }
    const code = rclass === undefined ? classCode(text) : undefined
    if (code !== undefined) rclass = code
    else if (given === undefined && /^\d/.test(text)) given = parseTtl(text)
    else throw new WireError(`unknown record type "${text}"`)
  }
  throw new WireError(`record has no type: "${line.trim()}"`)
}

/** ANY is a class and a type: it is the class where a type follows. */
function isClass(words: readonly Word[], i: number, rclass: number | undefined): boolean {
  const next = words[i + 1]?.text
  if (rclass !== undefined || next === undefined || classCode(words[i].text) === undefined) return false
  return typeCode(next) !== undefined || /^\d/.test(next)
}

function parseTtl(text: string): number {
  const seconds = parseSeconds(text)
  if (seconds !== undefined && seconds <= MAX_TTL) return seconds
  throw new WireError(`ttl must be 0–${MAX_TTL} seconds or a time like 1h30m, got "${text}"`)
}

/**
 * Reads records, one a line, into sets in the order of their first records. Empty lines and comments are passed over;
 * where TTLs differ within a set the lowest counts (RFC 2181 §5.2). Throws WireError.
 */
export function parseRecords(text: string, origin: Name = ROOT, ttl: number = DEFAULT_TTL): RRset[] {
  const groups = new Map<string, RRset[]>()
  for (const line of text.split('\n')) {
    if (splitWords(line).length === 0) continue
    const record = parseRecord(line, origin, ttl)
    const key = `${foldedText(record.owner)} ${record.class} ${record.type}`
    const group = groups.get(key)
    if (group) group.push(record)
    else groups.set(key, [record])
  }
  return Array.from(groups.values(), (records) => {
    const [{ owner, type, class: rclass }] = records
    const lowest = Math.min(...records.map((record) => record.ttl))
    const rdata = records.flatMap((record) => record.rdata())
    return RRset.of(owner, type, lowest, rdata, rclass)
  })
}
