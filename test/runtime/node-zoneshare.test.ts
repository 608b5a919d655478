import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { parseName } from '../../src/dns/name.ts'
import { NodeFiles } from '../../src/runtime/node-files.ts'
import { ZoneShare } from '../../src/runtime/node-zoneshare.ts'
import { wait } from '../transport/clients.ts'

let folder: string
let reads: number
let share: ZoneShare
const origin = parseName('example.org.')

class CountedFiles extends NodeFiles {
  override zone(...args: Parameters<NodeFiles['zone']>): ReturnType<NodeFiles['zone']> {
    reads++
    return super.zone(...args)
  }
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-share-'))
  reads = 0
  share = new ZoneShare(new CountedFiles())
  write('db', zone(1))
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
const zone = (serial: number): string => `@ 60 SOA ns admin ${serial} 1h 1h 1h 1h\n@ 60 NS ns\n$INCLUDE more\n`
const read = () => share.zone(join(folder, 'db'), origin)

it('whoever asks gets the same image, read once', async () => {
  write('more', 'ns 60 A 192.0.2.1\n')
  const [one, two] = await Promise.all([read(), read()])
  const three = await read()
  expect(two.image).toBe(one.image)
  expect(three.image).toBe(one.image)
  expect([...one.stamps.keys()].map((file) => file.slice(folder.length + 1))).toEqual(['db', 'more'])
  expect(reads).toBe(1)
})

it('a changed file is read again, and so is what it includes', async () => {
  write('more', 'ns 60 A 192.0.2.1\n')
  const { image } = await read()
  write('db', `${zone(2)}; longer\n`)
  const second = await read()
  expect([image.serial, second.image.serial, reads]).toEqual([1, 2, 2])
  write('more', 'ns 60 A 192.0.2.1\nns 60 AAAA 2001:db8::1\n')
  const third = await read()
  expect([third.image.records, reads]).toEqual([second.image.records + 1, 3])
})

it('who asks after a change never gets what was being read before it', async () => {
  write('more', 'ns 60 A 192.0.2.1\n')
  const before = read()
  await wait(0)
  write('db', `${zone(2)}; longer\n`)
  expect((await read()).image.serial).toBe(2)
  await before
})

it('another origin is another zone', async () => {
  write('more', 'ns 60 A 192.0.2.1\n')
  const one = await read()
  const other = await share.zone(join(folder, 'db'), parseName('example.net.'))
  expect(other.image).not.toBe(one.image)
})

it('a mistake is told to all who ask, and forgotten when it is mended', async () => {
  write('more', 'ns 60 A nonsense\n')
  const outcomes = await Promise.allSettled([read(), read()])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  write('more', 'ns 60 A 192.0.2.1\n')
  expect((await read()).image.serial).toBe(1)
})
