import { foldName, type Name, nameText, parseName } from '../dns/name.ts'
import { ownerText, parseOwner } from './owner.ts'
import { isPage, isRoot } from './pages.ts'
import { connectRedis, type RedisConnection, type RedisEvents } from './redisclient.ts'
import { EmptyNames, emptyAmong } from './redisempty.ts'
import { CHANGE, SWITCH } from './redisscripts.ts'
import {
  type Change,
  EMPTY,
  type Entry,
  type Owner,
  type RedisOptions,
  type Snapshot,
  StoreError,
  type ZoneReader,
  type ZoneStore,
} from './store.ts'

/** How many fields go into one command of an import, and how many commands are under way. */
const FIELDS = 500
const COMMANDS = 8
/** What an import that came to no end leaves goes by itself. Seconds. */
const LEFTOVER = 86_400
/** Zones of more names are read in pages. */
const MOST_AT_ONCE = 200_000
const PAGE = 2000
/** How often an edit is tried while others edit the same. */
const MOST_TRIES = 100
/** How old what is known of empty non-terminals may be, where the server does not tell of changes, and where it does. */
const OLDEST = { untold: 30_000, told: 600_000 } as const

/**
 * A field of signed zones, in which the apex's value may be the same after an import and others not: with it that tells one import
 * from the next.
 */
const SIGNING = '.signing.'

/** Opens Redis; that it does not answer yet is no error. */
export async function openRedis(options: RedisOptions): Promise<RedisStore> {
  const store = new RedisStore(options)
  await store.connect()
  return store
}

/**
 * Zones in Redis as CoreDNS's redis plugin has them: a hash for each zone, called after it, with a field for each name. Empty
 * non-terminals have none.
 */
export class RedisStore implements ZoneStore {
  readonly label: string
  readonly findsEmpty = true
  readonly #options: RedisOptions
  readonly #empty = new Map<string, EmptyNames>()
  readonly #watchers = new Set<(apex?: Name) => void>()
  #connection: RedisConnection | undefined
  #trouble = 'not connected'

  constructor(options: RedisOptions) {
    this.#options = options
    this.label = `redis://${options.addresses.map(({ host, port }) => `${host}:${port}`).join(',')}`
  }

  async connect(): Promise<void> {
    const events: RedisEvents = {
      changed: (key) => this.#changed(key),
      failed: (reason) => {
        this.#trouble = reason
      },
      warn: (line) => this.#options.warn?.(`${this.label}: ${line}`),
    }
    this.#connection = await this.#do(() => connectRedis(this.#options, events))
  }

  /** Does Redis tell of changes? */
  get isTold(): boolean {
    return this.#connection?.isTold ?? false
  }

  async zones(): Promise<readonly Name[]> {
    const { prefix, suffix } = this.#options
    const zones = new Map<string, Name>()
    await this.#do(async () => {
      for await (const keys of this.#connected.scan(`${escapeGlob(prefix)}*${escapeGlob(suffix)}`))
        for (const key of keys) {
          const apex = this.#apexOf(key)
          if (apex) zones.set(key, apex)
        }
    })
    return [...zones.values()]
  }

  async read(apex: Name, owners: readonly Owner[]): Promise<Snapshot | undefined> {
    return this.#do(async () => {
      const key = this.#keyOf(apex)
      const fields = owners.map(ownerText)
      const { commands, isTold } = this.#connected
      // Both commands go in one round.
      const [[version, signing, ...found], length] = await Promise.all([
        commands.hmGet(key, ['@', SIGNING, ...fields]),
        commands.hLen(key),
      ])
      if (length === 0) return undefined
      const values = found.map((value) => value ?? undefined)
      if (values.some((value, i) => value === undefined && !isPage(owners[i]))) {
        const empty = await this.#emptyOf(key).get(commands, length, isTold ? OLDEST.told : OLDEST.untold)
        for (const [i, field] of fields.entries()) if (values[i] === undefined && empty.has(field)) values[i] = EMPTY
      }
      return { version: `${version ?? ''}${signing ?? ''}`, values }
    })
  }

  async *entries(apex: Name): AsyncGenerator<Entry> {
    const key = this.#keyOf(apex)
    const values = await this.#do(() => this.#all(key))
    for (const [field, value] of values) {
      if (field === SIGNING) continue
      const owner = ownerIn(field)
      if (owner) yield { owner, value }
      else this.#options.warn?.(`${this.label}: ${key}: the field "${field}" is no name`)
    }
    for (const field of emptyAmong(values.keys())) {
      const owner = ownerIn(field)
      if (owner) yield { owner, value: EMPTY }
    }
  }

  async replace(apex: Name, entries: Iterable<Entry>, told?: (done: number) => void): Promise<void> {
    const key = this.#keyOf(apex)
    const [fresh, old] = ['new', 'old'].map((what) => besideKey(key, `${what}:${crypto.randomUUID()}`))
    try {
      await this.#do(async () => {
        await this.#fill(fresh, entries, told)
        await this.#connected.commands.eval(SWITCH, { keys: [fresh, key, old], arguments: [] })
      })
    } catch (error) {
      await this.#connected.commands.unlink(fresh).catch(() => {})
      throw error
    }
  }

  async edit(apex: Name, plan: (zone: ZoneReader) => Promise<readonly Change[]>): Promise<void> {
    const key = this.#keyOf(apex)
    const { commands } = this.#connected
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      if ((await this.#do(() => commands.hLen(key))) === 0)
        throw new StoreError(`${this.label}: there is no zone ${nameText(apex)}`)
      const read = new Map<string, string | undefined>()
      const changes = await plan({
        get: async (owners) => {
          if (owners.length === 0) return []
          const fields = owners.map(ownerText)
          const values = (await this.#do(() => commands.hmGet(key, fields))).map((value) => value ?? undefined)
          for (const [i, field] of fields.entries()) read.set(field, values[i])
          return values
        },
        // A field for an empty non-terminal is not ours to make or take away.
        hasBelow: async () => true,
      })
      const wanted = changes.map(({ owner, value }) => [ownerText(owner), value === EMPTY ? undefined : value] as const)
      const args = [String(read.size), ...[...read, ...wanted].flatMap(asArguments)]
      if ((await this.#do(() => commands.eval(CHANGE, { keys: [key], arguments: args }))) === 1) return
    }
    throw new StoreError(`${this.label}: ${key}: others change it all the time`)
  }

  async remove(apex: Name): Promise<void> {
    await this.#do(() => this.#connected.commands.unlink(this.#keyOf(apex)))
  }

  watch(changed: (apex?: Name) => void): () => void {
    this.#watchers.add(changed)
    return () => void this.#watchers.delete(changed)
  }

  async close(): Promise<void> {
    await this.#connection?.close()
  }

  get #connected(): RedisConnection {
    if (!this.#connection) throw new StoreError(`${this.label}: not connected`)
    return this.#connection
  }

  #keyOf(apex: Name): string {
    return `${this.#options.prefix}${nameText(apex)}${this.#options.suffix}`
  }

  /** The zone that a key is for; undefined where it is for something else. */
  #apexOf(key: string): Name | undefined {
    const { prefix, suffix } = this.#options
    if (!key.startsWith(prefix) || !key.endsWith(suffix) || key.length <= prefix.length + suffix.length)
      return undefined
    const text = key.slice(prefix.length, key.length - suffix.length)
    try {
      const apex = foldName(parseName(text))
      // Other spellings of a name would not be found by it.
      return nameText(apex) === text ? apex : undefined
    } catch {
      return undefined
    }
  }

  #emptyOf(key: string): EmptyNames {
    const empty = this.#empty.get(key) ?? new EmptyNames(key)
    this.#empty.set(key, empty)
    return empty
  }

  #changed(key: string | undefined): void {
    for (const [one, empty] of this.#empty) if (key === undefined || key === one) empty.invalidate()
    const apex = key === undefined ? undefined : this.#apexOf(key)
    if (key !== undefined && !apex) return
    for (const changed of this.#watchers) changed(apex)
  }

  /** Writes a zone under a key of its own. */
  async #fill(key: string, entries: Iterable<Entry>, told?: (done: number) => void): Promise<void> {
    const { commands } = this.#connected
    const underWay = new Set<Promise<unknown>>()
    let fields: string[] = []
    let done = 0
    const send = async (): Promise<void> => {
      const sending = commands.hSet(key, fields).finally(() => underWay.delete(sending))
      sending.catch(() => {})
      underWay.add(sending)
      if (done <= FIELDS) await commands.expire(key, LEFTOVER)
      fields = []
      if (underWay.size >= COMMANDS) await Promise.race(underWay)
      told?.(done)
    }
    for (const { owner, value } of entries) {
      if (isRoot(owner)) fields.push(SIGNING, crypto.randomUUID())
      done++
      if (value !== EMPTY) fields.push(ownerText(owner), value)
      if (fields.length >= FIELDS * 2) await send()
    }
    if (fields.length > 0) await send()
    await Promise.all(underWay)
  }

  /** All fields of a zone, of one moment: a zone that is replaced while it is read in pages is read again. */
  async #all(key: string): Promise<Map<string, string>> {
    const { commands } = this.#connected
    if ((await commands.hLen(key)) <= MOST_AT_ONCE) return new Map(Object.entries(await commands.hGetAll(key)))
    for (;;) {
      const [before] = await commands.hmGet(key, ['@'])
      const values = new Map<string, string>()
      let cursor = '0'
      do {
        const page = await commands.hScan(key, cursor, { COUNT: PAGE })
        for (const { field, value } of page.entries) values.set(field, value)
        cursor = page.cursor
      } while (cursor !== '0')
      if ((await commands.hmGet(key, ['@']))[0] === before) return values
    }
  }

  /** What the client finds wrong, as an error of the store. */
  async #do<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action()
    } catch (error) {
      if (error instanceof StoreError) throw error
      const { name, message } = error as Error
      // That there is no connection says little; why there is none says more.
      const isOffline = /ClientOffline|SocketClosed|Disconnects/.test(name) || /offline|closed/i.test(message)
      throw new StoreError(`${this.label}: ${isOffline && this.#trouble !== '' ? this.#trouble : message}`)
    }
  }
}

/** A key on the same node of a cluster. */
const besideKey = (key: string, what: string): string =>
  /\{[^}]+\}/.test(key) ? `${key}:coredge:${what}` : `{${key}}:coredge:${what}`

const asArguments = ([field, value]: readonly [string, string | undefined]): string[] =>
  value === undefined ? [field, '0', ''] : [field, '1', value]

/** What a pattern of Redis takes for itself. */
const escapeGlob = (text: string): string => text.replace(/[\\*?[\]^]/g, '\\$&')

function ownerIn(field: string): Owner | undefined {
  try {
    return parseOwner(field)
  } catch {
    return undefined
  }
}
