import { compilePattern, type Pattern } from '../regexp.ts'
import { LAYOUT_ELEMENT } from './layout.ts'
import { GoLocation } from './location.ts'
import { fromWall, type GoTime } from './time.ts'
import { GoError } from './value.ts'

interface Fields {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
  fraction: bigint
  afternoon: boolean | undefined
  /** Seconds east of UTC, where the text says so. */
  offset: number | undefined
  zone: string | undefined
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')

/** What each element of a layout matches, and what its text means. */
const ELEMENTS: { readonly [element: string]: readonly [string, (fields: Fields, text: string) => void] } = {
  2006: ['\\d{4}', (f, text) => set(f, 'year', text)],
  '06': ['\\d{2}', (f, text) => (f.year = Number(text) + (Number(text) >= 69 ? 1900 : 2000))],
  January: ['[A-Za-z]{3,9}', setMonth],
  Jan: ['[A-Za-z]{3}', setMonth],
  '01': ['\\d{2}', (f, text) => set(f, 'month', text)],
  1: ['\\d{1,2}', (f, text) => set(f, 'month', text)],
  '02': ['\\d{2}', (f, text) => set(f, 'day', text)],
  _2: [' ?\\d{1,2}', (f, text) => set(f, 'day', text)],
  2: ['\\d{1,2}', (f, text) => set(f, 'day', text)],
  15: ['\\d{2}', (f, text) => set(f, 'hour', text)],
  '03': ['\\d{2}', (f, text) => set(f, 'hour', text)],
  3: ['\\d{1,2}', (f, text) => set(f, 'hour', text)],
  '04': ['\\d{2}', (f, text) => set(f, 'minute', text)],
  4: ['\\d{1,2}', (f, text) => set(f, 'minute', text)],
  '05': ['\\d{2}(?:[.,]\\d{1,9})?', setSecond],
  5: ['\\d{1,2}(?:[.,]\\d{1,9})?', setSecond],
  PM: ['AM|PM', (f, text) => (f.afternoon = text === 'PM')],
  pm: ['am|pm', (f, text) => (f.afternoon = text === 'pm')],
  Monday: ['[A-Za-z]{6,9}', () => {}],
  Mon: ['[A-Za-z]{3}', () => {}],
  MST: ['[A-Z]{3,5}|[+-]\\d{2,4}', (f, text) => (f.zone = text)],
}

function set(fields: Fields, name: 'year' | 'month' | 'day' | 'hour' | 'minute', text: string): void {
  fields[name] = Number(text)
}

function setMonth(fields: Fields, text: string): void {
  fields.month = MONTHS.indexOf(text.slice(0, 3).toLowerCase()) + 1
}

function setSecond(fields: Fields, text: string): void {
  const [seconds, fraction = ''] = text.split(/[.,]/)
  fields.second = Number(seconds)
  fields.fraction = BigInt(fraction.padEnd(9, '0'))
}

function setOffset(fields: Fields, text: string): void {
  const [, sign, hours, minutes = '0', seconds = '0'] = /^([+-])(\d{2}):?(\d{2})?:?(\d{2})?$/.exec(text) ?? []
  if (text !== 'Z')
    fields.offset = (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds))
  else fields.offset = 0
}

/** time.ParseInLocation; UTC where no location is given. Throws GoError. */
export function parseTime(layout: string, text: string, location: GoLocation = GoLocation.UTC): GoTime {
  const fail = (): GoError =>
    new GoError(`parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse`)
  if (text.length > 128 || layout.length > 128) throw fail()
  const { pattern, setters } = compile(layout)
  const found = pattern.exec(text)
  if (!found) throw fail()
  const fields: Fields = {
    year: 0,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    fraction: 0n,
    afternoon: undefined,
    offset: undefined,
    zone: undefined,
  }
  setters.forEach((apply, i) => {
    if (found[i + 1] !== '') apply(fields, found[i + 1])
  })
  return assemble(fields, location) ?? raise(fail())
}

function raise(error: GoError): never {
  throw error
}

interface Compiled {
  readonly pattern: Pattern
  readonly setters: readonly ((fields: Fields, text: string) => void)[]
}

/** Layouts come from Corefiles, so there are few; those of a template may be made up anew each time. */
const compiled = new Map<string, Compiled>()
const MAX_COMPILED = 64

function compile(layout: string): Compiled {
  const known = compiled.get(layout)
  if (known) return known
  const setters: ((fields: Fields, text: string) => void)[] = []
  let pattern = ''
  let at = 0
  for (const match of layout.matchAll(LAYOUT_ELEMENT)) {
    pattern += literal(layout.slice(at, match.index))
    at = match.index + match[0].length
    const [body, apply] = element(match[0])
    pattern += `(${body})`
    setters.push(apply)
  }
  const made = { pattern: compilePattern(`^${pattern}${literal(layout.slice(at))}$`), setters }
  if (compiled.size >= MAX_COMPILED) compiled.clear()
  compiled.set(layout, made)
  return made
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

function element(text: string): readonly [string, (fields: Fields, text: string) => void] {
  if (Object.hasOwn(ELEMENTS, text)) return ELEMENTS[text]
  if (/^[.,]/.test(text)) return [text[1] === '0' ? `[.,]\\d{${text.length - 1}}` : '(?:[.,]\\d{1,9})?', setFraction]
  const digits = text.includes(':') ? '\\d{2}(?::\\d{2}){0,2}' : '\\d{2}(?:\\d{2}){0,2}'
  return [text.startsWith('Z') ? `Z|[+-]${digits}` : `[+-]${digits}`, setOffset]
}

function setFraction(fields: Fields, text: string): void {
  fields.fraction = BigInt(text.slice(1, 10).padEnd(9, '0'))
}

function assemble(fields: Fields, location: GoLocation): GoTime | undefined {
  const { year, month, day, minute, second, afternoon, zone } = fields
  if (afternoon !== undefined && fields.hour > 12) return undefined
  const hour = afternoon === undefined ? fields.hour : (fields.hour % 12) + (afternoon ? 12 : 0)
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (month < 1 || month > 12 || date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 59) return undefined
  date.setUTCHours(hour, minute, second)
  const seconds = date.getTime() / 1000
  return fromWall(seconds, fields.fraction, zoneOf(fields.offset, zone, location))
}

function zoneOf(offset: number | undefined, zone: string | undefined, location: GoLocation): GoLocation {
  if (offset === 0 || zone === 'UTC') return GoLocation.UTC
  if (offset !== undefined) return new GoLocation(zone ?? '', offset)
  return zone && zone !== 'GMT' ? new GoLocation(zone, 0) : location
}
