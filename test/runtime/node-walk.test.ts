import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { NodeFiles } from '../../src/runtime/node-files.ts'

let folder: string
const ends: (() => void)[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-walk-'))
})
afterEach(() => {
  for (const end of ends.splice(0)) end()
  rmSync(folder, { recursive: true })
})

function write(...names: string[]): void {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), '')
  }
}
const link = (target: string, name: string): void => symlinkSync(target, join(folder, name))
const walk = (): Promise<string[]> => new NodeFiles().walk(folder)

describe('a walk', () => {
  it('finds files at any depth, in order', async () => {
    write('b', 'a/z', 'a/b/c', 'a.x', 'c')
    expect(await walk()).toEqual(['a/b/c', 'a/z', 'a.x', 'b', 'c'])
  })

  it('leaves out what is hidden, and links to folders', async () => {
    write('.hidden', '.git/a', 'real/a')
    link('real', 'folder')
    link('.', 'loop')
    link('real/a', 'file')
    link('nowhere', 'dangling')
    expect(await walk()).toEqual(['dangling', 'file', 'real/a'])
  })

  it('finds each file of a ConfigMap once', async () => {
    write('..2026/db.a', '..2026/db.b')
    link('..2026', '..data')
    link('..data/db.a', 'db.a')
    link('..data/db.b', 'db.b')
    expect(await walk()).toEqual(['db.a', 'db.b'])
  })

  it('says why not', async () => {
    await expect(new NodeFiles().walk(join(folder, 'none'))).rejects.toThrow(
      `cannot read folder ${folder}/none: no such folder`,
    )
  })
})

/** Counts the changes of names that a watch sees. */
async function watched(interval = 60_000): Promise<ReturnType<typeof vi.fn>> {
  const files = new NodeFiles()
  await files.walk(folder)
  const changed = vi.fn()
  ends.push(files.watch(folder, interval, changed))
  return changed
}
const untilCalled = (fn: ReturnType<typeof vi.fn>, times = 1): Promise<void> =>
  vi.waitFor(() => expect(fn.mock.calls.length).toBeGreaterThanOrEqual(times), 5000)
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 250))

describe('a watched folder', () => {
  it('tells of files that come and go, and not of those written to', async () => {
    write('a')
    const changed = await watched()
    await settle()
    write('a')
    await settle()
    expect(changed).not.toHaveBeenCalled()
    write('b')
    await untilCalled(changed)
    renameSync(join(folder, 'b'), join(folder, 'c'))
    await untilCalled(changed, 2)
    rmSync(join(folder, 'c'))
    await untilCalled(changed, 3)
  })

  it('tells at its interval of those in folders below', async () => {
    write('below/a')
    const changed = await watched(100)
    await settle()
    write('below/b')
    await untilCalled(changed)
  })

  it('misses nothing that comes between the walk and the watch', async () => {
    const files = new NodeFiles()
    await files.walk(folder)
    write('a')
    const changed = vi.fn()
    ends.push(files.watch(folder, 60_000, changed))
    await untilCalled(changed)
  })
})
