import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CorefileReader, fingerprint } from '../../src/cli/corefile.ts'

let folder: string
const home = process.cwd()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-corefile-'))
  process.chdir(folder)
})
afterEach(() => {
  process.chdir(home)
  rmSync(folder, { recursive: true })
})

const keys = (reader: CorefileReader): string[] =>
  reader
    .read()
    .corefile()
    .blocks.flatMap((block) => block.keys.map(({ text }) => text))

describe('which Corefile', () => {
  it('the one that is named', () => {
    writeFileSync('Corefile', 'a.example {\n}\n')
    writeFileSync('other', 'b.example {\n}\n')
    expect(keys(new CorefileReader('other', undefined))).toEqual(['b.example'])
  })

  it('else the folder’s', () => {
    writeFileSync('Corefile', 'a.example {\n}\n')
    expect(keys(new CorefileReader(undefined, undefined))).toEqual(['a.example'])
  })

  it('else the built-in one', () => {
    const { blocks } = new CorefileReader(undefined, undefined).read().corefile()
    expect(blocks.map((block) => block.keys[0].text)).toEqual(['.:1053'])
    expect(blocks[0].directives.map(({ name }) => name)).toEqual(['whoami', 'log'])
    expect(keys(new CorefileReader(undefined, 5300))).toEqual(['.:5300'])
  })

  it('and it stays the same: a Corefile that vanishes is no reason to serve another', () => {
    writeFileSync('Corefile', 'a.example {\n}\n')
    const reader = new CorefileReader(undefined, undefined)
    rmSync('Corefile')
    expect(() => reader.read()).toThrow('cannot read Corefile: no such file')
  })
})

describe('imports', () => {
  it('are looked for beside the file that imports, with globs in order', () => {
    mkdirSync('conf/more', { recursive: true })
    writeFileSync('conf/Corefile', 'import b*\nimport more/all\n')
    writeFileSync('conf/b2', 'b2.example {\n}\n')
    writeFileSync('conf/b1', 'b1.example {\n}\n')
    mkdirSync('conf/b-folder')
    writeFileSync('conf/more/all', 'import one\n')
    writeFileSync('conf/more/one', 'one.example {\n}\n')
    expect(keys(new CorefileReader('conf/Corefile', undefined))).toEqual(['b1.example', 'b2.example', 'one.example'])
  })

  it('that cannot be read are reported with their place', () => {
    mkdirSync('folder')
    writeFileSync('Corefile', 'import nothing\nimport folder\n')
    const { corefile } = new CorefileReader('Corefile', undefined).read()
    expect(corefile).toThrow(
      /^Corefile:1:8: import: there is no such snippet or file.*\nCorefile:2:8: import: .*it is a folder/,
    )
  })
})

describe('the fingerprint changes with', () => {
  const changes: [string, () => void][] = [
    ['the Corefile', () => writeFileSync('Corefile', 'import part*\nb.example {\n}\n')],
    ['an imported file', () => writeFileSync('part1', 'part.example {\n}\n')],
    ['a file that a pattern finds anew', () => writeFileSync('part2', 'new.example {\n}\n')],
  ]
  it.each(changes)('%s', (_what, change) => {
    writeFileSync('Corefile', 'import part*\na.example {\n}\n')
    writeFileSync('part1', 'c.example {\n}\n')
    const reader = new CorefileReader('Corefile', undefined)
    const before = fingerprint(reader.read().record)
    expect(fingerprint(reader.read().record)).toBe(before)
    change()
    expect(fingerprint(reader.read().record)).not.toBe(before)
  })
})
