import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { parseName } from '../../src/dns/name.ts'
import { NodeFiles } from '../../src/runtime/node-files.ts'
import { recordsOf } from '../zone/zones.ts'

/** What `$INCLUDE` may read: files in the folder of the zone file and below it, wherever links seem to put others. */

let top: string
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'coredge-include-'))
  mkdirSync(join(top, 'zones/sub'), { recursive: true })
  write('secret', 'secret 60 TXT "outside"\n')
  write('zones/more', 'more 60 TXT "inside"\n')
  write('zones/sub/more', '$INCLUDE ../more\nsub 60 TXT "inside"\n')
  write('zones/..odd', 'odd 60 TXT "inside"\n')
})
afterEach(() => rmSync(top, { recursive: true }))

const write = (name: string, text: string): void => writeFileSync(join(top, name), text)
const link = (target: string, name: string): void => symlinkSync(target, join(top, name))

/** The owners of TXT records in a zone that includes `path`. */
async function included(path: string, zone = join(top, 'zones/db')): Promise<string[]> {
  write('zones/db', `@ 60 SOA ns h 1 2 3 4 5\n@ 60 NS ns.test.\n$INCLUDE ${path}\n`)
  const image = await new NodeFiles().zone(zone, parseName('example.'))
  return recordsOf(image).flatMap((line) => (line.includes(' TXT ') ? [line.split(' ')[0]] : []))
}

const inside: [string, string[]][] = [
  ['more', ['more.example.']],
  ['./sub/../more', ['more.example.']],
  ['sub/more', ['more.example.', 'sub.example.']],
  ['..odd', ['odd.example.']],
]
it.each(inside)('%s is read', async (path, owners) => {
  expect(await included(path)).toEqual(owners)
  expect(await included(path, relative(process.cwd(), join(top, 'zones/db')))).toEqual(owners)
})

it('an absolute path is read where it leads into the folder', async () => {
  expect(await included(join(top, 'zones/more'))).toEqual(['more.example.'])
})

it('a link is read where it leads into the folder', async () => {
  link('more', 'zones/link')
  expect(await included('link')).toEqual(['more.example.'])
})

it('the files of a ConfigMap are read', async () => {
  mkdirSync(join(top, 'zones/..2026'))
  write('zones/..2026/part', 'part 60 TXT "inside"\n')
  link('..2026', 'zones/..data')
  link('..data/part', 'zones/part')
  expect(await included('part')).toEqual(['part.example.'])
})

it('the folder may be reached over a link', async () => {
  link('zones', 'link')
  write('zones/db', '')
  expect(await included('sub/more', join(top, 'link/db'))).toEqual(['more.example.', 'sub.example.'])
})

const outside: [string, () => string][] = [
  ['by ..', () => '../secret'],
  ['by .. in the middle', () => 'sub/../../secret'],
  ['by .. in an included file', () => 'up'],
  ['by an absolute path', () => join(top, 'secret')],
  ['by an absolute path that begins like the folder', () => `${top}/zones2/secret`],
  ['by a link', () => 'link'],
  ['by a link to a folder', () => 'way/secret'],
  ['by a link to a folder and back up', () => 'way/zones/../secret'],
  ['by .., where nothing is', () => '../nothing'],
]
it.each(outside)('nothing is read outside: %s', async (_how, path) => {
  link('../secret', 'zones/link')
  link('..', 'zones/way')
  mkdirSync(join(top, 'zones2'))
  write('zones2/secret', 'secret 60 TXT "outside"\n')
  write('zones/up', '$INCLUDE ../secret\n')
  await expect(included(path())).rejects.toThrow(
    /^\S+zones\/\w+:\d:10: \$INCLUDE: \S+ is outside the folder of the zone file$/,
  )
})

it('what is not there is said to be so', async () => {
  await expect(included('nothing')).rejects.toThrow(`db:3:10: $INCLUDE: cannot read ${top}/zones/nothing: no such file`)
})
