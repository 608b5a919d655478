import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { nameText } from '../../src/dns/name.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { SqliteStore } from '../../src/store/sqlite.ts'
import { APEX } from '../zone/zones.ts'
import { importText, storeSuite } from './suite.ts'

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

  test('a file that is replaced while it is served', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coredge-sqlite-'))
    const path = join(folder, 'zones.db')
    const store = new SqliteStore(path)
    const changed: string[] = []
    const end = store.watch((apex) => void changed.push(apex ? nameText(apex) : 'any'))
    onTestFinished(async () => {
      end()
      await store.close()
      rmSync(folder, { recursive: true })
    })
    for (const file of ['zones.db', 'zones.db-wal', 'zones.db-shm']) rmSync(join(folder, file), { force: true })
    const other = new SqliteStore(path)
    await importText(other, APEX)
    await expect.poll(() => changed).toContain('any')
    expect((await store.zones()).map(nameText)).toEqual(['example.'])
    await importText(other, APEX, 'new.')
    await expect.poll(() => changed.at(-1)).toBe('new.')
    await other.close()
  })
})
