import { type Name, nameText } from '../dns/name.ts'
import { ownerPath, parsePath } from './owner.ts'
import type { Change, Entry, Owner, Snapshot, ZoneReader, ZoneStore } from './store.ts'

interface MemoryZone {
  readonly apex: Name
  readonly version: number
  /** By path. */
  readonly values: Map<string, string>
}

/** Zones in memory: for tests, and the plainest example of a store. */
export class MemoryStore implements ZoneStore {
  readonly label = 'memory'
  readonly #zones = new Map<string, MemoryZone>()
  readonly #watchers = new Set<(apex?: Name) => void>()
  #versions = 0

  async zones(): Promise<readonly Name[]> {
    return [...this.#zones.values()].map(({ apex }) => apex)
  }

  async read(apex: Name, owners: readonly Owner[]): Promise<Snapshot | undefined> {
    const zone = this.#zones.get(nameText(apex))
    return zone && { version: String(zone.version), values: owners.map((owner) => zone.values.get(ownerPath(owner))) }
  }

  async *entries(apex: Name): AsyncGenerator<Entry> {
    const values = this.#zones.get(nameText(apex))?.values ?? []
    for (const [path, value] of [...values]) yield { owner: parsePath(path), value }
  }

  async replace(apex: Name, entries: Iterable<Entry>, told?: (done: number) => void): Promise<void> {
    const values = new Map<string, string>()
    for (const { owner, value } of entries) {
      values.set(ownerPath(owner), value)
      told?.(values.size)
    }
    this.#zones.set(nameText(apex), { apex: apex.slice(), version: ++this.#versions, values })
    this.#tell(apex)
  }

  async edit(apex: Name, plan: (zone: ZoneReader) => Promise<readonly Change[]>): Promise<void> {
    const zone = this.#zones.get(nameText(apex))
    if (!zone) throw new Error(`no zone ${nameText(apex)}`)
    const { values } = zone
    const changes = await plan({
      get: async (owners) => owners.map((owner) => values.get(ownerPath(owner))),
      hasBelow: async (owner, gone) => {
        const paths = gone.map(ownerPath)
        return [...values.keys()].some((path) => isBelow(path, owner) && !paths.includes(path))
      },
    })
    for (const { owner, value } of changes)
      if (value === undefined) values.delete(ownerPath(owner))
      else values.set(ownerPath(owner), value)
    this.#tell(apex)
  }

  async remove(apex: Name): Promise<void> {
    this.#zones.delete(nameText(apex))
    this.#tell(apex)
  }

  watch(changed: (apex?: Name) => void): () => void {
    this.#watchers.add(changed)
    return () => void this.#watchers.delete(changed)
  }

  async close(): Promise<void> {}

  #tell(apex: Name): void {
    for (const changed of this.#watchers) changed(apex)
  }
}

function isBelow(path: string, owner: Owner): boolean {
  return owner.length === 0 ? path !== '' : path.startsWith(`${ownerPath(owner)}.`)
}
