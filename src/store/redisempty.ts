import type { RedisCommands } from './redisclient.ts'

/** Zones of more names are scanned in pages, so that the server can do other things meanwhile. */
const MOST_AT_ONCE = 20_000
const PAGE = 2000
/** A scan that takes no longer is worth waiting for. Milliseconds. */
const SHORT = 50
/** Longer ones take at most one part in so many of the time. */
const RARELY = 20

/**
 * The empty non-terminals of a zone: names that no field stands for, with others below. Data as other programs write it says
 * nothing of them, so the names of all fields are looked through, again whenever something has changed.
 */
export class EmptyNames {
  readonly #key: string
  #names: ReadonlySet<string> | undefined
  #isOld = true
  #fields = -1
  #scannedAt = 0
  #took = 0
  #scanning: Promise<void> | undefined

  constructor(key: string) {
    this.#key = key
  }

  /** Something in the zone has changed. */
  invalidate(): void {
    this.#isOld = true
  }

  /** Those of the zone as it is, or where finding out takes long as it was lately. `fields`: how many the zone has now. */
  async get(commands: RedisCommands, fields: number, oldest: number): Promise<ReadonlySet<string>> {
    const age = Date.now() - this.#scannedAt
    const isOld = this.#isOld || fields !== this.#fields || age > oldest
    if (this.#names && !isOld) return this.#names
    const isDue = !this.#names || this.#took < SHORT || age > this.#took * RARELY
    if (isDue) {
      // A scan under way may have passed the change by.
      if (this.#scanning && this.#isOld) await this.#scanning.catch(() => {})
      this.#scanning ??= this.#scan(commands, fields).finally(() => {
        this.#scanning = undefined
      })
    }
    if (!this.#names || this.#took < SHORT) await this.#scanning
    else this.#scanning?.catch(() => {})
    return this.#names ?? new Set()
  }

  async #scan(commands: RedisCommands, fields: number): Promise<void> {
    this.#isOld = false
    const start = Date.now()
    try {
      this.#names = emptyAmong(await fieldsOf(commands, this.#key, fields))
    } catch (error) {
      this.#isOld = true
      throw error
    }
    this.#fields = fields
    this.#scannedAt = Date.now()
    this.#took = this.#scannedAt - start
  }
}

async function fieldsOf(commands: RedisCommands, key: string, count: number): Promise<Iterable<string>> {
  if (count <= MOST_AT_ONCE) return commands.hKeys(key)
  const fields = new Set<string>()
  let cursor = '0'
  do {
    const page = await commands.hScan(key, cursor, { COUNT: PAGE })
    for (const { field } of page.entries) fields.add(field)
    cursor = page.cursor
  } while (cursor !== '0')
  return fields
}

/** The names above these that are not among them. */
export function emptyAmong(fields: Iterable<string>): Set<string> {
  const names = fields instanceof Set ? (fields as Set<string>) : new Set(fields)
  const empty = new Set<string>()
  for (const field of names) {
    // No name, but a page of proofs.
    if (field.startsWith('.')) continue
    for (let name = parentOf(field); name !== undefined; name = parentOf(name)) {
      if (names.has(name) || empty.has(name)) break
      empty.add(name)
    }
  }
  return empty
}

/** The text behind the first dot that is none of a label. */
function parentOf(name: string): string | undefined {
  for (let at = 0; at < name.length; at++) {
    if (name[at] === '\\') at++
    else if (name[at] === '.') return name.slice(at + 1)
  }
  return undefined
}
