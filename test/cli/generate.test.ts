import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { builtin } from '../../src/cli/builtin.ts'
import { parseChain } from '../../src/cli/chain.ts'
import { renderChain } from '../../src/cli/generate.ts'
import { modules } from '../../src/plugins.gen.ts'

const root = join(import.meta.dirname, '../..')
const isBuiltin = (name: string): boolean => builtin(name) !== undefined

describe('plugin.cfg', () => {
  it('keeps its order', () => {
    const text = '# chain\nlog:log\n\n whoami : whoami # last\nmine:./my/plugin.ts\nother:@scope/other\nfw:coredge-fw\n'
    expect(
      parseChain(text, isBuiltin).map(({ directive, module, kind, at }) => [directive, module, kind, at.line]),
    ).toEqual([
      ['log', 'log', 'builtin', 2],
      ['whoami', 'whoami', 'builtin', 4],
      ['mine', './my/plugin.ts', 'path', 5],
      ['other', '@scope/other', 'package', 6],
      ['fw', 'coredge-fw', 'package', 7],
    ])
  })

  const mistakes: [string, string][] = [
    ['log', 'plugin.cfg:1:1: a line must be <directive>:<module>, got "log"'],
    ['\nlog:log\nlog:log', 'plugin.cfg:3:1: log is already in the list'],
    ['lo-g:log', 'plugin.cfg:1:1: a directive is letters, digits and underscores, got "lo-g"'],
    ["log:'x'", `plugin.cfg:1:1: a module is a plugin's name, a path or a package, got "'x'"`],
  ]
  it.each(mistakes)('%j', (text, message) => {
    expect(() => parseChain(text, isBuiltin)).toThrow(message)
  })

  it('is what src/plugins.gen.ts was made from', () => {
    const chain = parseChain(readFileSync(join(root, 'plugin.cfg'), 'utf8'), isBuiltin)
    expect(readFileSync(join(root, 'src/plugins.gen.ts'), 'utf8')).toBe(renderChain(chain))
    expect(modules.map(({ name }) => name)).toEqual(chain.map(({ directive }) => directive))
  })
})
