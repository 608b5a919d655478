import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConfigError } from '../../src/corefile/error.ts'
import { parseName } from '../../src/dns/name.ts'
import { NodeFiles } from '../../src/runtime/node-files.ts'

let folder: string
const ends: (() => void)[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-files-'))
})
afterEach(() => {
  for (const end of ends.splice(0)) end()
  rmSync(folder, { recursive: true })
})

const path = (name: string): string => join(folder, name)
const write = (name: string, text: string): void => writeFileSync(path(name), text)

describe('reading', () => {
  it('gives octets', async () => {
    write('a', 'text')
    expect(Buffer.from(await new NodeFiles().read(path('a'))).toString()).toBe('text')
  })

  it('says why not', async () => {
    mkdirSync(path('folder'))
    const files = new NodeFiles()
    await expect(files.read(path('none'))).rejects.toThrow(new ConfigError(`cannot read ${path('none')}: no such file`))
    await expect(files.read(path('folder'))).rejects.toThrow(`cannot read ${path('folder')}: it is a folder`)
    await expect(files.list(path('none'))).rejects.toThrow(`cannot read folder ${path('none')}: no such folder`)
  })

  it('lists a folder by name', async () => {
    for (const name of ['b', 'c', 'a']) write(name, '')
    expect(await new NodeFiles().list(folder)).toEqual(['a', 'b', 'c'])
  })

  it('compiles zones, with what they include beside them', async () => {
    mkdirSync(path('zones'))
    write('zones/db', '$INCLUDE more\n@ 60 IN SOA ns hostmaster 7 60 60 60 60\n@ 60 IN NS ns.example.net.\n')
    write('zones/more', 'www 60 IN A 192.0.2.1\n')
    const files = new NodeFiles()
    const image = await files.zone(path('zones/db'), parseName('example.org.'))
    expect(Buffer.from(image.bytes).includes(Buffer.from([192, 0, 2, 1]))).toBe(true)
    expect(files.paths).toEqual([path('zones/db'), path('zones/more')])
  })
})

/** Counts the changes that a watch sees. */
function watched(files: NodeFiles, name: string, interval = 60_000): ReturnType<typeof vi.fn> {
  const changed = vi.fn()
  ends.push(files.watch(path(name), interval, changed))
  return changed
}

const untilCalled = (fn: ReturnType<typeof vi.fn>, times = 1): Promise<void> =>
  vi.waitFor(() => expect(fn.mock.calls.length).toBeGreaterThanOrEqual(times), 5000)
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 250))

describe('watching', () => {
  const changes: [string, () => void][] = [
    ['written', () => write('a', 'new')],
    [
      'replaced, as editors do',
      () => {
        write('a.new', 'new')
        renameSync(path('a.new'), path('a'))
      },
    ],
    ['removed', () => rmSync(path('a'))],
  ]
  it.each(changes)('tells of a file that is %s', async (_how, change) => {
    write('a', 'old')
    const files = new NodeFiles()
    await files.read(path('a'))
    const changed = watched(files, 'a')
    await settle()
    expect(changed).not.toHaveBeenCalled()
    change()
    await untilCalled(changed)
  })

  it('tells of a file that is written bit by bit when it is whole', async () => {
    write('a', 'old')
    const files = new NodeFiles()
    await files.read(path('a'))
    let seen = ''
    ends.push(files.watch(path('a'), 60_000, () => (seen += `${readFileSync(path('a'), 'utf8')} `)))
    await settle()
    for (const bit of ['one', '-two', '-three', '-four', '-five']) {
      writeFileSync(path('a'), bit, bit === 'one' ? {} : { flag: 'a' })
      await new Promise((resolve) => setTimeout(resolve, 70))
    }
    await vi.waitFor(() => expect(seen).toBe('one-two-three-four-five '), 5000)
  })

  it('tells of a file that comes to be', async () => {
    const files = new NodeFiles()
    await files.read(path('a')).catch(() => {})
    const changed = watched(files, 'a')
    await settle()
    write('a', 'new')
    await untilCalled(changed)
  })

  it('tells of a ConfigMap, whose files change by a link of the folder', async () => {
    mkdirSync(path('..one'))
    mkdirSync(path('..two'))
    write('..one/a', 'old')
    write('..two/a', 'new')
    symlinkSync('..one', path('..data'))
    symlinkSync('..data/a', path('a'))
    const files = new NodeFiles()
    await files.read(path('a'))
    const changed = watched(files, 'a')
    await settle()
    symlinkSync('..two', path('..data_new'))
    renameSync(path('..data_new'), path('..data'))
    await untilCalled(changed)
  })

  it('misses no change made between reading and watching', async () => {
    write('a', 'old')
    const files = new NodeFiles()
    await files.read(path('a'))
    write('a', 'newer')
    await untilCalled(watched(files, 'a'))
  })

  it('sees at its interval what no notice tells', async () => {
    mkdirSync(path('zones'))
    write('zones/a', 'old')
    symlinkSync('zones/a', path('a'))
    const files = new NodeFiles()
    await files.read(path('a'))
    const changed = watched(files, 'a', 100)
    await settle()
    // The folder that is watched does not change.
    write('zones/a', 'newer')
    await untilCalled(changed)
  })

  it('is quiet about other files, and about a file that is only looked at', async () => {
    write('a', 'old')
    const files = new NodeFiles()
    await files.read(path('a'))
    const changed = watched(files, 'a', 50)
    write('b', 'other')
    await files.read(path('a'))
    await settle()
    expect(changed).not.toHaveBeenCalled()
  })

  it('ends when told, and others of the folder go on', async () => {
    write('a', 'old')
    const files = new NodeFiles()
    await files.read(path('a'))
    const first = watched(files, 'a')
    const second = watched(files, 'a')
    ends.shift()!()
    utimesSync(path('a'), 1, 1)
    await untilCalled(second)
    expect(first).not.toHaveBeenCalled()
  })
})
