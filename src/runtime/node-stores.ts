import { StoreError, type ZoneStore } from '../store/store.ts'
import type { Stores } from './runtime.ts'

/** Stores that Node has; each is loaded when one is opened. */
export const nodeStores: Stores = {
  async sqlite(path) {
    const { SqliteStore } = await sqliteModule()
    return new SqliteStore(path)
  },
  async redis(options) {
    const { openRedis } = await import('../store/redis.ts')
    return openRedis(options)
  },
}

/** node:sqlite is there from Node 22.13 on. */
async function sqliteModule(): Promise<{ SqliteStore: new (path: string) => ZoneStore }> {
  try {
    return await import('../store/sqlite.ts')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_UNKNOWN_BUILTIN_MODULE') throw error
    throw new StoreError(`SQLite needs Node 22.13 or later, this is ${process.version}`)
  }
}
