import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseChain, renderChain } from '../../src/cli/generate.ts'
import { modules } from '../../src/plugins.gen.ts'

const root = join(import.meta.dirname, '../..')
const everything = (): boolean => true

describe('plugin.cfg', () => {
  it('keeps its order', () => {
    const text = '# chain\nlog:log\n\n whoami : whoami # last\nmine:./my/plugin.ts\nother:@scope/other\n'
    expect(parseChain(text, everything)).toEqual([
      { directive: 'log', specifier: './plugins/log/setup.ts' },
      { directive: 'whoami', specifier: './plugins/whoami/setup.ts' },
      { directive: 'mine', specifier: '../my/plugin.ts' },
      { directive: 'other', specifier: '@scope/other' },
    ])
  })

  const mistakes: [string, string][] = [
    ['log', 'plugin.cfg:1:1: a line must be <directive>:<module>, got "log"'],
    ['\nlog:log\nlog:log', 'plugin.cfg:3:1: log is already in the list'],
    ['lo-g:log', 'plugin.cfg:1:1: a directive is letters, digits and underscores, got "lo-g"'],
    ["log:'x'", `plugin.cfg:1:1: a module is a folder's name, a path or a package, got "'x'"`],
  ]
  it.each(mistakes)('%j', (text, message) => {
    expect(() => parseChain(text, everything)).toThrow(message)
  })

  it('names folders that are there', () => {
    expect(() => parseChain('log:log', () => false)).toThrow(
      'plugin.cfg:1:1: there is no src/plugins/log/setup.ts, got "log"',
    )
    expect(() => parseChain('log:./log.ts', () => false)).toThrow(
      'plugin.cfg:1:1: there is no such file, got "./log.ts"',
    )
  })

  it('is what src/plugins.gen.ts was made from', () => {
    const chain = parseChain(readFileSync(join(root, 'plugin.cfg'), 'utf8'), (path) => existsSync(join(root, path)))
    expect(readFileSync(join(root, 'src/plugins.gen.ts'), 'utf8')).toBe(renderChain(chain))
    expect(modules.map(({ name }) => name)).toEqual(chain.map(({ directive }) => directive))
  })
})
