import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { modules } from '../../src/plugins.gen.ts'
import { faults } from './rig.ts'

const FOLDER = new URL('../../src/plugins/', import.meta.url)
const plugins = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

const pem = (what: string): string => `-----BEGIN ${what}-----\nMA==\n-----END ${what}-----\n`
const ZONE = `
@   3600 IN SOA ns hostmaster 1 7200 3600 1209600 3600
    3600 IN NS  ns
ns  3600 IN A   192.0.2.1
`

/** Files that the examples name, by what their names promise. */
function fileNamed(path: string): string {
  const name = path.split('/').at(-1)!
  if (/key.*\.pem$/.test(name)) return pem('PRIVATE KEY')
  if (name.endsWith('.pem')) return pem('CERTIFICATE')
  if (name.startsWith('db.') && !name.endsWith('.weights')) return ZONE
  return name === 'resolv.conf' ? 'nameserver 192.0.2.53\nsearch example.org\n' : ''
}

describe.each(plugins)('%s', (plugin) => {
  const path = new URL(`${plugin}/README.md`, FOLDER)
  const page = existsSync(path) ? readFileSync(path, 'utf8') : ''

  test('is in plugin.cfg', () => {
    expect(modules.map((module) => module.name)).toContain(plugin)
  })

  test('has a page that begins with its name and says the syntax', () => {
    expect(page).toMatch(new RegExp(`^# ${plugin}\n\n\\*${plugin}\\* `))
    expect(page).toContain('\n## Syntax\n')
    expect(page).toMatch(/^## Where it runs$/m)
  })

  const examples = [...page.matchAll(/^```corefile\n(.*?)^```$/gms)].map((match) => match[1])

  test('has an example', () => {
    expect(examples.length).toBeGreaterThan(0)
  })

  test.each(examples)('loads\n%s', async (corefile) => {
    expect(await faults(corefile, { otherwise: fileNamed })).toBe('')
  })
})
