import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { makeFolder } from '../../src/cli/files.ts'
import { main } from '../../src/cli/main.ts'

let folder: string
let errors: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coredge-files-'))
  writeFileSync(join(folder, 'file'), '')
  errors = []
  vi.spyOn(console, 'log').mockImplementation(() => {})
  vi.spyOn(console, 'error').mockImplementation((line: string) => errors.push(line))
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

const NO_FOLDER = 'a part of the path is no folder'

// Words of a command line, with @ for a folder that has only `file` in it, and what is said against them.
it.each([
  ['init @/file', `cannot write @/file/Corefile: ${NO_FOLDER}`],
  ['init @/file/x', `cannot make the folder @/file/x: ${NO_FOLDER}`],
  ['plugin new mine @/file/x', `cannot make the folder @/file/x: ${NO_FOLDER}`],
  ['plugin new mine @/file', '@/file is there already'],
  ['dnstap listen @/file', 'cannot listen on @/file: something else is there already'],
  ['-conf=', '-conf: must name a file, got ""'],
  ['check -conf=', '-conf: must name a file, got ""'],
  ['plugin new', 'the plugin must be given a name'],
  ['plugin new Mine', 'the name must be lower-case letters and digits, got "Mine"'],
  ['query a. @tls://127.0.0.1 +tls-ca=@/x', 'no answer from tls://127.0.0.1:853: cannot read @/x: no such file'],
  ['-conf=@/file -pidfile=@', '@/file: there is no server block'],
])('%s', async (line, message) => {
  const here = (text: string): string => text.replaceAll('@/', `${folder}/`).replace(/@$/, folder)
  expect(await main(here(line).split(' '))).toBe(1)
  expect(errors[0]).toBe(here(message))
})

// Where a folder that is there says of every new one in it that it is not.
it.runIf(process.platform === 'linux')('ends where no folder can be made', () => {
  expect(() => makeFolder('/proc/x/y')).toThrow('cannot make the folder /proc/x/y: no such file')
})

it('makes all folders that are missing', () => {
  makeFolder(join(folder, 'a/b/c'))
  makeFolder(join(folder, 'a/b/c'))
  expect(existsSync(join(folder, 'a/b/c'))).toBe(true)
})
