import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { insteadOf } from '../src/absent.ts'
import { modules } from '../src/plugins.gen.ts'
import { examplesIn, fileNamed } from './plugins/readmes.ts'
import { faults } from './plugins/rig.ts'

const PAGE = new URL('../docs/coming-from.md', import.meta.url)
const page = readFileSync(PAGE, 'utf8')
const names = new Set(modules.map(({ name }) => name))

/** The words in code of a table's column, from 0; the table is the one behind these words. */
function column(after: string, index: number): string[] {
  const rows = page.slice(page.indexOf(after)).split('\n\n')[1].split('\n').slice(2)
  return rows.flatMap((row) => [...row.split('|')[index + 1].matchAll(/`(\w+)`/g)].map(([, word]) => word))
}

describe('docs/coming-from.md', () => {
  test.each(examplesIn(page))('loads\n%s', async (corefile) => {
    expect(await faults(corefile, { otherwise: fileNamed })).toBe('')
  })

  test('what it says is missing is refused with advice, and nothing else is', () => {
    const missing = column('Directives that are not there', 0)
    expect(missing.length).toBeGreaterThan(10)
    expect(missing.filter((name) => names.has(name) || insteadOf(name) === undefined)).toEqual([])
  })

  test('what it names instead is there', () => {
    const instead = column('Directives that are not there', 1)
    expect(instead.length).toBeGreaterThan(5)
    expect(instead.filter((name) => !names.has(name))).toEqual([])
  })

  test('its links lead somewhere', () => {
    const links = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, path]) => path)
    expect(links.filter((path) => !existsSync(new URL(path, PAGE)))).toEqual([])
  })
})
