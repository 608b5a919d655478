import { statSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type Name, nameText, parseName } from '../dns/name.ts'
import { ownerPath, parsePath } from './owner.ts'
import {
  type Change,
  type Entry,
  type Owner,
  type Snapshot,
  StoreError,
  type ZoneReader,
  type ZoneStore,
} from './store.ts'

/** How long a writer waits for another one. Milliseconds. */
const PATIENCE = 10_000
/** How often to look whether another process has changed something. Milliseconds. */
const LOOK = 100
/** Names are read in pages of so many. */
const PAGE = 5000
/** A `replace` tells of its progress after so many names. */
const TELL_EVERY = 1000

/**
 * `revision` counts the changes of the whole file, and of a zone says when it was changed last: who has seen one finds all that
 * came later. Zones that were removed stay as rows that are not live, so that this is seen too.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS zones (
    id INTEGER PRIMARY KEY,
    apex TEXT NOT NULL UNIQUE,
    live INTEGER NOT NULL,
    version INTEGER NOT NULL,
    revision INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS zones_by_revision ON zones (revision);
  CREATE TABLE IF NOT EXISTS names (
    zone INTEGER NOT NULL,
    path TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (zone, path)
  ) WITHOUT ROWID;
`

interface ZoneRow {
  readonly id: number
  readonly version: number
}

/** Zones in a SQLite file, which several processes may use at once. Opening makes the file where it is not there. */
export class SqliteStore implements ZoneStore {
  readonly label: string
  readonly #path: string
  #file: OpenFile

  constructor(path: string) {
    this.label = `sqlite:${path}`
    this.#path = path
    this.#file = this.#do(() => open(path))
  }

  async zones(): Promise<readonly Name[]> {
    return this.#do(() => this.#file.apexes.all().map(({ apex }) => parseName(apex as string)))
  }

  async read(apex: Name, owners: readonly Owner[]): Promise<Snapshot | undefined> {
    return this.#transaction('BEGIN', () => {
      const zone = this.#find(apex)
      return zone && { version: String(zone.version), values: this.#values(zone, owners) }
    })
  }

  async *entries(apex: Name): AsyncGenerator<Entry> {
    const isOurs = !this.#file.db.isTransaction
    if (isOurs) this.#do(() => this.#file.db.exec('BEGIN'))
    try {
      const zone = this.#find(apex)
      if (!zone) return
      const next = this.#file.db.prepare(
        `SELECT path, value FROM names WHERE zone = ? AND path > ? ORDER BY path LIMIT ${PAGE}`,
      )
      // The apex's path is empty.
      const apexOwner = new Uint8Array(0)
      const [value] = this.#values(zone, [apexOwner])
      if (value !== undefined) yield { owner: apexOwner, value }
      for (let rows = next.all(zone.id, ''); rows.length > 0; rows = next.all(zone.id, rows.at(-1)!.path))
        for (const { path, value } of rows) yield { owner: parsePath(path as string), value: value as string }
    } finally {
      if (isOurs && this.#file.db.isTransaction) this.#file.db.exec('COMMIT')
    }
  }

  async replace(apex: Name, entries: Iterable<Entry>, told?: (done: number) => void): Promise<void> {
    this.#transaction('BEGIN IMMEDIATE', () => {
      const { id } = this.#touch(apex, true)
      this.#file.db.prepare('DELETE FROM names WHERE zone = ?').run(id)
      const insert = this.#file.db.prepare('INSERT INTO names (zone, path, value) VALUES (?, ?, ?)')
      let done = 0
      for (const { owner, value } of entries) {
        insert.run(id, ownerPath(owner), value)
        if (++done % TELL_EVERY === 0) told?.(done)
      }
      told?.(done)
    })
  }

  async edit(apex: Name, plan: (zone: ZoneReader) => Promise<readonly Change[]>): Promise<void> {
    this.#do(() => this.#file.db.exec('BEGIN IMMEDIATE'))
    try {
      const zone = this.#find(apex)
      if (!zone) throw new StoreError(`${this.label}: there is no zone ${nameText(apex)}`)
      const changes = await plan({
        get: async (owners) => this.#do(() => this.#values(zone, owners)),
        hasBelow: async (owner, gone) => this.#do(() => this.#hasBelow(zone, owner, gone)),
      })
      this.#do(() => {
        this.#apply(zone, changes)
        this.#touch(apex, false)
        this.#file.db.exec('COMMIT')
      })
    } catch (error) {
      if (this.#file.db.isTransaction) this.#file.db.exec('ROLLBACK')
      throw error
    }
  }

  async remove(apex: Name): Promise<void> {
    this.#transaction('BEGIN IMMEDIATE', () => {
      const zone = this.#find(apex)
      if (!zone) return
      this.#touch(apex, true)
      this.#file.db.prepare('UPDATE zones SET live = 0 WHERE id = ?').run(zone.id)
      this.#file.db.prepare('DELETE FROM names WHERE zone = ?').run(zone.id)
    })
  }

  watch(changed: (apex?: Name) => void): () => void {
    let news = newsOf(this.#file.db)
    const look = (): void => {
      if (this.#isReplaced()) {
        this.#file.db.close()
        this.#file = open(this.#path)
        news = newsOf(this.#file.db)
        changed()
      }
      for (const apex of news()) changed(apex)
    }
    const timer = setInterval(() => {
      try {
        look()
      } catch {
        // Whoever reads hears what is wrong.
        changed()
      }
    }, LOOK)
    timer.unref()
    return () => clearInterval(timer)
  }

  async close(): Promise<void> {
    if (this.#file.db.isOpen) this.#file.db.close()
  }

  /** Is another file there by now? One that was taken away stays in use until then. */
  #isReplaced(): boolean {
    const now = statSync(this.#path, { throwIfNoEntry: false })
    return now !== undefined && now.ino !== this.#file.inode
  }

  #find(apex: Name): ZoneRow | undefined {
    return this.#file.zone.get(nameText(apex)) as ZoneRow | undefined
  }

  #values(zone: ZoneRow, owners: readonly Owner[]): (string | undefined)[] {
    return owners.map((owner) => this.#file.value.get(zone.id, ownerPath(owner))?.value as string | undefined)
  }

  #hasBelow(zone: ZoneRow, owner: Owner, gone: readonly Owner[]): boolean {
    // What is below starts with the path and a dot, which only `/` comes right behind.
    const path = ownerPath(owner)
    const [from, to] = owner.length === 0 ? ['!', '\x7f'] : [`${path}.`, `${path}/`]
    const paths = gone.map(ownerPath)
    return this.#file.below.all(zone.id, from, to, paths.length + 1).some(({ path }) => !paths.includes(path as string))
  }

  #apply(zone: ZoneRow, changes: readonly Change[]): void {
    const put = this.#file.db.prepare('INSERT OR REPLACE INTO names (zone, path, value) VALUES (?, ?, ?)')
    const remove = this.#file.db.prepare('DELETE FROM names WHERE zone = ? AND path = ?')
    for (const { owner, value } of changes)
      if (value === undefined) remove.run(zone.id, ownerPath(owner))
      else put.run(zone.id, ownerPath(owner), value)
  }

  /** Notes that a zone changes, with a new version where all of it does; makes its row where there is none. */
  #touch(apex: Name, isAll: boolean): ZoneRow {
    const revision = lastRevision(this.#file.db) + 1
    return this.#file.db
      .prepare(
        `INSERT INTO zones (apex, live, version, revision) VALUES ($apex, 1, $revision, $revision)
         ON CONFLICT (apex) DO UPDATE SET
           live = 1, revision = $revision, version = CASE WHEN $all THEN $revision ELSE version END
         RETURNING id, version`,
      )
      .get({ apex: nameText(apex), revision, all: isAll ? 1 : 0 }) as unknown as ZoneRow
  }

  #transaction<T>(begin: string, action: () => T): T {
    if (this.#file.db.isTransaction) return this.#do(action)
    return this.#do(() => {
      this.#file.db.exec(begin)
      try {
        const result = action()
        this.#file.db.exec('COMMIT')
        return result
      } catch (error) {
        if (this.#file.db.isTransaction) this.#file.db.exec('ROLLBACK')
        throw error
      }
    })
  }

  /** What SQLite finds wrong, as an error of the store. */
  #do<T>(action: () => T): T {
    try {
      return action()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SQLITE_ERROR') throw error
      throw new StoreError(`${this.label}: ${(error as Error).message}`)
    }
  }
}

/** The file, and what is asked of it all the time. */
interface OpenFile extends Record<'zone' | 'value' | 'below' | 'apexes', StatementSync> {
  readonly db: DatabaseSync
  readonly inode: number
}

function open(path: string): OpenFile {
  const db = new DatabaseSync(path, { timeout: PATIENCE })
  // Readers see the last state that was committed while another process writes the next; one that dies leaves that state.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;')
  db.exec(TABLES)
  return {
    db,
    inode: statSync(path, { throwIfNoEntry: false })?.ino ?? 0,
    zone: db.prepare('SELECT id, version FROM zones WHERE apex = ? AND live'),
    value: db.prepare('SELECT value FROM names WHERE zone = ? AND path = ?'),
    below: db.prepare('SELECT path FROM names WHERE zone = ? AND path >= ? AND path < ? LIMIT ?'),
    apexes: db.prepare('SELECT apex FROM zones WHERE live'),
  }
}

/** Gives the zones that others have changed since the last call; what this process writes does not count. */
function newsOf(db: DatabaseSync): () => Name[] {
  const version = db.prepare('PRAGMA data_version')
  const since = db.prepare('SELECT apex, revision FROM zones WHERE revision > ? ORDER BY revision')
  let seen = version.get()?.data_version
  let revision = lastRevision(db)
  return () => {
    const now = version.get()?.data_version
    if (now === seen) return []
    seen = now
    return since.all(revision).map((row) => {
      revision = Number(row.revision)
      return parseName(row.apex as string)
    })
  }
}

const lastRevision = (db: DatabaseSync): number =>
  Number(db.prepare('SELECT max(revision) AS last FROM zones').get()?.last ?? 0)
