import type { Runtime } from '../runtime/runtime.ts'
import type { StoreAccess } from './access.ts'
import type { Catalog } from './catalog.ts'

/** A store that is open, with what was read from it. */
export interface OpenStore {
  readonly access: StoreAccess
  readonly catalog: Catalog
  close(): Promise<void>
}

interface Shared {
  readonly opened: Promise<OpenStore>
  users: number
}

const inUse = new WeakMap<Runtime, Map<string, Shared>>()

/**
 * Opens a store, or takes the one that is open under this key: the next configuration starts before the last one stops, and so has
 * what that has read, be the store away by then. Rejects as `open` does.
 */
export async function takeStore(runtime: Runtime, key: string, open: () => Promise<OpenStore>): Promise<OpenStore> {
  const all = inUse.get(runtime) ?? new Map<string, Shared>()
  inUse.set(runtime, all)
  const shared = all.get(key) ?? { opened: open(), users: 0 }
  all.set(key, shared)
  shared.users++
  const release = (): boolean => {
    if (--shared.users > 0) return false
    if (all.get(key) === shared) all.delete(key)
    return true
  }
  try {
    const { access, catalog, close } = await shared.opened
    return { access, catalog, close: async () => void (release() && (await close())) }
  } catch (error) {
    release()
    throw error
  }
}
