import { describe, expect, test } from 'vitest'
import { modules } from '../../src/plugins.gen.ts'
import { examplesIn, fileNamed, pageOf, plugins } from './readmes.ts'
import { faults } from './rig.ts'

describe.each(plugins)('%s', (plugin) => {
  const page = pageOf(plugin)

  test('is in plugin.cfg', () => {
    expect(modules.map((module) => module.name)).toContain(plugin)
  })

  test('has a page that begins with its name and says the syntax', () => {
    expect(page).toMatch(new RegExp(`^# ${plugin}\n\n\\*${plugin}\\* `))
    expect(page).toContain('\n## Syntax\n')
    expect(page).toMatch(/^## Where it runs$/m)
  })

  const examples = examplesIn(page)

  test('has an example', () => {
    expect(examples.length).toBeGreaterThan(0)
  })

  test.each(examples)('loads\n%s', async (corefile) => {
    expect(await faults(corefile, { otherwise: fileNamed })).toBe('')
  })
})
