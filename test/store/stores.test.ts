import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { nameText } from '../../src/dns/name.ts'
import { entriesOf } from '../../src/store/entries.ts'
import { MemoryStore } from '../../src/store/memory.ts'
import { pageOwner } from '../../src/store/pages.ts'
import { SqliteStore } from '../../src/store/sqlite.ts'
import { ValueError } from '../../src/store/store.ts'
import { APEX, zoneOf } from '../zone/zones.ts'
import { SIGNINGS, signed } from './signing.ts'
import { answer, contentOf, EXAMPLE, importText, storeSuite, viewOf } from './suite.ts'

describe('memory', () => {
  storeSuite(async () => {
    const store = new MemoryStore()
    return { store, again: async () => store }
  })
})

describe.each(SIGNINGS)('the pages of a zone with many names, signed with %s', (signing) => {
  const image = zoneOf(signed(`${APEX}$GENERATE 1-5000 n$ 300 A 192.0.2.1\n`, signing))
  const filled = async (): Promise<MemoryStore> => {
    const store = new MemoryStore()
    await store.replace(EXAMPLE, entriesOf(image))
    return store
  }

  test('are small, and make a tree of three levels', async () => {
    const store = await filled()
    const pages = Object.entries(await contentOf(store)).filter(([owner]) => owner.startsWith('.proofs.'))
    const root = (await contentOf(store))['.proofs.0.'] as { fences: string[] }
    expect(root.fences).toHaveLength(2)
    expect(pages.length).toBeGreaterThan(5000 / 16)
    for (const [, page] of pages) expect(JSON.stringify(page).length).toBeLessThan(16_000)
    const view = viewOf(store)
    for (let n = 0; n < 300; n++) {
      const question = `${n % 3 ? '' : 'x.'}n${n * 17}${n % 2 ? 'x' : ''}.example. MX +do`
      expect(await answer(view, question), question).toEqual(await answer(image, question))
    }
    expect(await answer(view, '!.example. A +do')).toEqual(await answer(image, '!.example. A +do'))
  }, 60_000)

  test('whatever stands there in their place, a query comes to an end', async () => {
    const store = await filled()
    const value = fc.oneof(
      fc.json(),
      fc
        .record({ first: fc.integer(), fences: fc.array(fc.string()), denial: fc.constantFrom('nsec', 'nsec3', 'x') })
        .map((page) => JSON.stringify(page)),
      fc.constantFrom(
        '{"first":0,"fences":["@"],"denial":"nsec"}',
        '{"first":1,"fences":["@"]}',
        '{"nsec":[["@"]]}',
        '{"nsec3":[[5,{}]]}',
        undefined,
      ),
    )
    const pages = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), value), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(pages, async (pages) => {
        await store.replace(EXAMPLE, entriesOf(image))
        await store.edit(EXAMPLE, async () => pages.map(([page, value]) => ({ owner: pageOwner(page), value })))
        for (const question of ['!.example. A +do', 'n1x.example. A +do', 'n2.example. MX +do'])
          await answer(viewOf(store), question).catch((error) => {
            if (!(error instanceof ValueError)) throw error
          })
      }),
      { numRuns: 40 },
    )
  }, 60_000)
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
