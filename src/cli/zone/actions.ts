import { nearest } from '../../corefile/suggest.ts'
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
  /** How many words follow: from, to. */
  readonly words: readonly [number, number]
  /** The store may be new. */
  readonly makes?: boolean
  /** A number is the exit code. */
  run(store: ZoneStore, words: readonly string[], flags: ActionFlags): Promise<unknown>
}

/** RFC 2181 §8. */
const MOST_TTL = 0x7fff_ffff
const MANY = Number.POSITIVE_INFINITY

const ACTIONS: { readonly [name: string]: Action } = {
  check: {
    words: [1, 1],
    run: async (store, [origin]) => checkStored(store, await existingZone(store, zoneOf(origin))),
  },
  import: { words: [2, 2], makes: true, run: (store, [file, origin]) => importZone(store, file, zoneOf(origin)) },
  diff: { words: [2, 2], run: (store, [file, origin]) => diffZone(store, file, zoneOf(origin)) },
  export: {
    words: [1, 2],
    run: async (store, [origin, file]) => exportZone(store, await existingZone(store, zoneOf(origin)), file),
  },
  list: {
    words: [0, 1],
    run: async (store, [origin]) =>
      origin === undefined ? listZones(store) : listNames(store, await existingZone(store, zoneOf(origin))),
  },
  get: {
    words: [1, 2],
    run: (store, [name, type]) => getRecords(store, parseName(name), type === undefined ? undefined : typeOf(type)),
  },
  set: {
    words: [4, MANY],
    run: (store, [name, type, ttl, ...data], flags) =>
      setRecords(store, editOf(name, type, data, flags), ttlOf(ttl), flags.add === true),
  },
  delete: {
    words: [1, MANY],
    run: (store, [name, type, ...data], flags) =>
      deleteRecords(
        store,
        type === undefined
          ? { name: parseName(name), data, raisesSerial: flags.serial === true }
          : editOf(name, type, data, flags),
      ),
  },
  remove: { words: [1, 1], run: async (store, [origin]) => store.remove(await existingZone(store, zoneOf(origin))) },
}

/** Throws UsageError. */
export function actionNamed(name: string): Action {
  if (Object.hasOwn(ACTIONS, name)) return ACTIONS[name]
  const names = Object.keys(ACTIONS)
  const meant = nearest(name, names)
  const hint = meant ? ` (did you mean "${meant}"?)` : ''
  throw new UsageError(`there must be one of the words ${names.join(', ')}, got "${name}"${hint}`)
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
