import { type Name, nameText, parseName } from '../dns/name.ts'
import { below, CATALOG, digest, type KvMark, MARKS, markKey, ownerAt, placeOf, pointerKey, valueAt } from './kvkeys.ts'
import type { KvNamespace, KvPair } from './kvnamespace.ts'
import { ownerPath } from './owner.ts'
import {
  type Change,
  type Entry,
  type Owner,
  type Snapshot,
  StoreError,
  type ZoneReader,
  type ZoneStore,
} from './store.ts'

/** How often a read begins anew. */
const MOST_TRIES = 4
/** How many pairs go in one step of an import. */
const STEP = 1000
/** A generation that nobody reads is collected when all who may still have its name have forgotten it. Milliseconds. */
const LEFTOVER = 3_600_000

/**
 * Zones in Workers KV. A zone's names have keys of one generation; an import writes the names of the next one, and then the key
 * that says which generation counts. Its name follows from the content, so that an import that was interrupted goes on where it
 * ended. KV has no transactions and may show a change late: edits go to the generation there is.
 */
export class KvStore implements ZoneStore {
  readonly label: string
  readonly #namespace: KvNamespace
  /** Generations by pointer key, as last seen. */
  readonly #pointers = new Map<string, string>()

  constructor(namespace: KvNamespace) {
    this.#namespace = namespace
    this.label = namespace.label
  }

  async zones(): Promise<readonly Name[]> {
    const zones: Name[] = []
    for (const [zone, generation] of await this.#catalog()) {
      const apex = parseName(zone)
      const key = pointerKey(apex)
      // It may be out of date: a read finds out.
      if (!this.#pointers.has(key)) this.#pointers.set(key, generation)
      zones.push(apex)
    }
    return zones
  }

  async read(apex: Name, owners: readonly Owner[], others: readonly Owner[] = []): Promise<Snapshot | undefined> {
    const pointer = pointerKey(apex)
    let generation = this.#pointers.get(pointer) ?? (await this.#generation(apex))
    for (let tries = 0; generation !== undefined; tries++) {
      // Old and new may come in turns for a while.
      if (tries === MOST_TRIES) throw new StoreError(`${this.label}: ${pointer} is not the same twice`)
      // The pointer comes along: where it has changed what was read is of the past, and so is what the others were.
      const wanted: readonly Owner[] = tries === 0 ? owners : [...owners, ...others]
      const { values, now }: { values: (string | undefined)[]; now: string | undefined } = await this.#valuesAt(
        generation,
        wanted,
        pointer,
      )
      if (now === generation) return { version: generation, values }
      generation = now
    }
    return undefined
  }

  async *entries(apex: Name): AsyncGenerator<Entry> {
    const generation = await this.#generation(apex)
    if (generation === undefined) return
    for await (const keys of this.#list(`${generation}/`))
      for (const [key, value] of await this.#get(keys)) yield { owner: ownerAt(key, value), value: valueAt(key, value) }
  }

  async replace(apex: Name, entries: Iterable<Entry>, told?: (done: number) => void): Promise<void> {
    const all = [...entries]
    const old = await this.#generation(apex)
    const { generation, isResumed } = await this.#generationFor(apex, old, all)
    if (!isResumed) await this.#mark(generation, apex, false)
    await this.#fill(generation, all, isResumed, told)
    await this.#mark(generation, apex, true)
    await this.#put([{ key: pointerKey(apex), value: generation }])
    this.#pointers.set(pointerKey(apex), generation)
    await this.#enlist(apex, generation)
    if (old !== undefined) await this.#mark(old, apex, true)
    await this.#collect()
  }

  async edit(apex: Name, plan: (zone: ZoneReader) => Promise<readonly Change[]>): Promise<void> {
    const generation = await this.#generation(apex)
    if (generation === undefined) throw new StoreError(`${this.label}: there is no zone ${nameText(apex)}`)
    const changes = await plan({
      get: async (owners) => (await this.#valuesAt(generation, owners)).values,
      hasBelow: (owner, gone) => this.#hasBelow(generation, owner, gone.map(ownerPath)),
    })
    const pairs: KvPair[] = []
    const keys: string[] = []
    for (const { owner, value } of changes) {
      const { key, head } = await placeOf(generation, owner)
      if (value === undefined) keys.push(key)
      else pairs.push({ key, value: head + value })
    }
    // Empty non-terminals come before what is below them.
    if (pairs.length > 1) await this.#put(pairs.slice(1))
    if (pairs.length > 0) await this.#put(pairs.slice(0, 1))
    if (keys.length > 0) await this.#do(() => this.#namespace.delete(keys))
  }

  async remove(apex: Name): Promise<void> {
    const generation = await this.#generation(apex)
    await this.#enlist(apex, undefined)
    await this.#do(() => this.#namespace.delete([pointerKey(apex)]))
    this.#pointers.delete(pointerKey(apex))
    if (generation !== undefined) await this.#mark(generation, apex, true)
  }

  close(): Promise<void> {
    return this.#namespace.close()
  }

  async #catalog(): Promise<Map<string, string>> {
    const text = (await this.#get([CATALOG])).get(CATALOG)
    const zones: Record<string, string> = text === undefined ? {} : JSON.parse(text)
    return new Map(Object.entries(zones))
  }

  async #generation(apex: Name): Promise<string | undefined> {
    const key = pointerKey(apex)
    this.#see(await this.#get([key]), [key])
    return this.#pointers.get(key)
  }

  /** Notes pointers that were read; `keys`: those that were asked for, and may be gone. */
  #see(values: ReadonlyMap<string, string>, keys: readonly string[]): void {
    for (const key of keys) if (!values.has(key)) this.#pointers.delete(key)
    for (const [key, value] of values) this.#pointers.set(key, value)
  }

  /** The values of some names of a generation, and what `pointer` says at the same time. */
  async #valuesAt(
    generation: string,
    owners: readonly Owner[],
    pointer?: string,
  ): Promise<{ values: (string | undefined)[]; now: string | undefined }> {
    const keys = await Promise.all(owners.map(async (owner) => (await placeOf(generation, owner)).key))
    const found = await this.#get(pointer === undefined ? keys : [pointer, ...keys])
    const values = keys.map((key) => {
      const value = found.get(key)
      return value === undefined ? undefined : valueAt(key, value)
    })
    const now = pointer === undefined ? undefined : found.get(pointer)
    if (pointer !== undefined) this.#see(now === undefined ? new Map() : new Map([[pointer, now]]), [pointer])
    return { values, now }
  }

  async #hasBelow(generation: string, owner: Owner, gone: readonly string[]): Promise<boolean> {
    const path = ownerPath(owner)
    const isLeft = (other: string): boolean =>
      (path === '' ? other !== '' : other.startsWith(`${path}.`)) && !gone.includes(other)
    for (const prefix of below(generation, owner))
      for await (const keys of this.#list(prefix))
        for (const [key, value] of await this.#get(keys)) if (isLeft(ownerPath(ownerAt(key, value)))) return true
    return false
  }

  /** The generation that this content is to be: the one of an import that did not come to its end, or a new one. */
  async #generationFor(
    apex: Name,
    old: string | undefined,
    entries: readonly Entry[],
  ): Promise<{ generation: string; isResumed: boolean }> {
    const generation = await this.#nameFor(apex, old, entries)
    const mark = markIn((await this.#get([markKey(generation)])).get(markKey(generation)))
    // One that was in use may have been edited.
    if (mark?.isUsed) return { generation: (await digest(crypto.randomUUID())).slice(0, 16), isResumed: false }
    return { generation, isResumed: mark !== undefined }
  }

  /** A name for the generation that this content makes of the one before. */
  async #nameFor(apex: Name, old: string | undefined, entries: readonly Entry[]): Promise<string> {
    let name = await digest(`${nameText(apex)}\n${old ?? ''}`)
    for (let at = 0; at < entries.length; at += STEP) {
      const part = entries.slice(at, at + STEP).map(({ owner, value }) => `${ownerPath(owner)}\n${value}`)
      name = await digest(`${name}\n${part.join('\n')}`)
    }
    return name.slice(0, 16)
  }

  /** Writes the names of a generation, those that are not there yet. */
  async #fill(
    generation: string,
    entries: readonly Entry[],
    isResumed: boolean,
    told: ((done: number) => void) | undefined,
  ): Promise<void> {
    const there = new Set<string>()
    if (isResumed) for await (const keys of this.#list(`${generation}/`)) for (const key of keys) there.add(key)
    for (let at = 0; at < entries.length; at += STEP) {
      const step = entries.slice(at, at + STEP)
      const pairs = await Promise.all(
        step.map(async ({ owner, value }) => {
          const { key, head } = await placeOf(generation, owner)
          return { key, value: head + value }
        }),
      )
      const missing = pairs.filter(({ key }) => !there.has(key))
      if (missing.length > 0) await this.#put(missing)
      told?.(at + step.length)
    }
  }

  /** Puts a zone on the list of zones with its generation, or takes it off. */
  async #enlist(apex: Name, generation: string | undefined): Promise<void> {
    const zones = await this.#catalog()
    const zone = nameText(apex)
    if (zones.get(zone) === generation) return
    if (generation === undefined) zones.delete(zone)
    else zones.set(zone, generation)
    await this.#put([{ key: CATALOG, value: JSON.stringify(Object.fromEntries(zones)) }])
  }

  #mark(generation: string, apex: Name, isUsed: boolean): Promise<void> {
    const mark: KvMark = { apex: nameText(apex), since: Date.now(), isUsed }
    return this.#put([{ key: markKey(generation), value: JSON.stringify(mark) }])
  }

  /** Deletes generations that were replaced, or never finished, long enough ago. */
  async #collect(): Promise<void> {
    for await (const marks of this.#list(MARKS))
      for (const [key, text] of await this.#get(marks)) {
        const mark = markIn(text)
        const generation = key.slice(MARKS.length)
        if (
          !mark ||
          Date.now() - mark.since < LEFTOVER ||
          (await this.#generation(parseName(mark.apex))) === generation
        )
          continue
        for await (const keys of this.#list(`${generation}/`)) await this.#do(() => this.#namespace.delete(keys))
        await this.#do(() => this.#namespace.delete([key]))
      }
  }

  #get(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.#do(() => this.#namespace.get(keys))
  }

  #put(pairs: readonly KvPair[]): Promise<void> {
    return this.#do(() => this.#namespace.put(pairs))
  }

  async *#list(prefix: string): AsyncGenerator<readonly string[]> {
    const pages = this.#namespace.list(prefix)[Symbol.asyncIterator]()
    for (;;) {
      const page = await this.#do(() => pages.next())
      if (page.done) return
      yield page.value
    }
  }

  async #do<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action()
    } catch (error) {
      throw error instanceof StoreError ? error : new StoreError(`${this.label}: ${(error as Error).message}`)
    }
  }
}

function markIn(text: string | undefined): KvMark | undefined {
  try {
    const mark: Partial<KvMark> | undefined = text === undefined ? undefined : JSON.parse(text)
    return typeof mark?.apex === 'string' && typeof mark.since === 'number' ? (mark as KvMark) : undefined
  } catch {
    return undefined
  }
}
