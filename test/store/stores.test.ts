import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, onTestFinished } from 'vitest'
import { MemoryStore } from '../../src/store/memory.ts'
import { SqliteStore } from '../../src/store/sqlite.ts'
import { storeSuite } from './suite.ts'

describe('memory', () => {
  storeSuite(async () => {
    const store = new MemoryStore()
    return { store, again: async () => store }
  })
})

describe('sqlite', () => {
  storeSuite(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coredge-sqlite-'))
    const opened: SqliteStore[] = []
    const open = (): SqliteStore => {
      const store = new SqliteStore(join(folder, 'zones.db'))
      opened.push(store)
      return store
    }
    onTestFinished(async () => {
      for (const store of opened) await store.close()
      rmSync(folder, { recursive: true })
    })
    const store = open()
    let other: SqliteStore | undefined
    return {
      store,
      again: async () => {
        other ??= open()
        return other
      },
    }
  })
})
