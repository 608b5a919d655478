import { didYouMean } from '../../corefile/suggest.ts'
import { foldName, type Name, parseName } from '../../dns/name.ts'
import { typeCode } from '../../dns/rdata/registry.ts'
import { parseSeconds } from '../../dns/rdata/time.ts'
import type { ZoneStore } from '../../store/store.ts'
import { UsageError } from '../flags.ts'
import { checkStored } from './checking.ts'
import { deleteRecords, type Edit, setRecords } from './editing.ts'
import { diffZone, importZone } from './importing.ts'
import { existingZone } from './open.ts'
import { exportZone, getRecords, listNames, listZones } from './reading.ts'

export interface ActionFlags {
  readonly add?: boolean
  readonly serial?: boolean
}

/** A word after `coredge zone`, for zones in stores. */
export interface Action {
  /** The words that follow, as --help shows them: `ORIGIN [FILE]`, `DATA…` for any number. */
  readonly words: string
  readonly help: string
  /** The store may be new. */
  readonly makes?: boolean
  /** A number is the exit code. */
  run(store: ZoneStore, words: readonly string[], flags: ActionFlags): Promise<unknown>
}

/** RFC 2181 §8. */
const MOST_TTL = 0x7fff_ffff

const ACTIONS: { readonly [name: string]: Action } = {
  check: {
    words: 'ORIGIN',
    help: '… in a zone of the store',
    run: async (store, [origin]) => checkStored(store, await existingZone(store, zoneOf(origin))),
  },
  import: {
    words: 'FILE ORIGIN',
    help: 'make a zone file the zone, all at once; raises the serial',
    makes: true,
    run: (store, [file, origin]) => importZone(store, file, zoneOf(origin)),
  },
  diff: {
    words: 'FILE ORIGIN',
    help: 'what an import would change, as lines with - and +',
    run: (store, [file, origin]) => diffZone(store, file, zoneOf(origin)),
  },
  export: {
    words: 'ORIGIN [FILE]',
    help: 'write a zone as a zone file',
    run: async (store, [origin, file]) => exportZone(store, await existingZone(store, zoneOf(origin)), file),
  },
  list: {
    words: '[ORIGIN]',
    help: 'the zones, or the names of one',
    run: async (store, [origin]) =>
      origin === undefined ? listZones(store) : listNames(store, await existingZone(store, zoneOf(origin))),
  },
  get: {
    words: 'NAME [TYPE]',
    help: 'the records of a name',
    run: (store, [name, type]) => getRecords(store, parseName(name), type === undefined ? undefined : typeOf(type)),
  },
  set: {
    words: 'NAME TYPE TTL DATA…',
    help: 'replace the records of a type: DATA is one record, or each word is one',
    run: (store, [name, type, ttl, ...data], flags) =>
      setRecords(store, editOf(name, type, data, flags), ttlOf(ttl), flags.add === true),
  },
  delete: {
    words: 'NAME [TYPE [DATA…]]',
    help: 'delete all records of a name, those of a type, or one',
    run: (store, [name, type, ...data], flags) =>
      deleteRecords(
        store,
        type === undefined
          ? { name: parseName(name), data, raisesSerial: flags.serial === true }
          : editOf(name, type, data, flags),
      ),
  },
  remove: {
    words: 'ORIGIN',
    help: 'remove a zone',
    run: async (store, [origin]) => store.remove(await existingZone(store, zoneOf(origin))),
  },
}

/** Throws UsageError, also where the words that follow are too few or too many. */
export function actionNamed(name: string, words: readonly string[]): Action {
  const names = Object.keys(ACTIONS)
  if (!Object.hasOwn(ACTIONS, name)) {
    const wrong = name === '' ? '' : `, got "${name}"${didYouMean(name, names)}`
    throw new UsageError(`there must be one of the words ${names.join(', ')}${wrong}`)
  }
  const action = ACTIONS[name]
  if (fits(words.length, action.words)) return action
  throw new UsageError(`${name}: takes ${action.words}, got ${words.map((word) => `"${word}"`).join(' ') || 'nothing'}`)
}

/** Are so many words right for `ORIGIN`, `NAME [TYPE]`, `NAME DATA…`? */
function fits(count: number, usage: string): boolean {
  const names = usage.split(' ')
  const least = names.filter((name) => !/^\[|\]$/.test(name)).length
  return count >= least && (count <= names.length || usage.includes('…'))
}

/** The part of --help that lists actions. */
export function describeActions(): string {
  const rows = [['check FILE ORIGIN', 'look for mistakes in a zone file; needs no store']]
  for (const [name, { words, help }] of Object.entries(ACTIONS)) rows.push([`${name} ${words}`, help])
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`).join('\n')
}

const zoneOf = (text: string): Name => foldName(parseName(text))

function editOf(name: string, type: string, data: readonly string[], { serial }: ActionFlags): Edit {
  return { name: parseName(name), type: typeOf(type), data, raisesSerial: serial === true }
}

function typeOf(text: string): number {
  const type = typeCode(text)
  if (type === undefined) throw new UsageError(`must be a record type, got "${text}"`)
  return type
}

function ttlOf(text: string): number {
  const ttl = parseSeconds(text)
  if (ttl === undefined || ttl > MOST_TTL)
    throw new UsageError(`the TTL must be seconds or a time like 1h30m, got "${text}"`)
  return ttl
}
