import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** The pages of all plugins, and what their examples need. */

const FOLDER = new URL('../../src/plugins/', import.meta.url)

export const plugins: readonly string[] = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

/** A plugin's README.md; '' where it has none. */
export function pageOf(plugin: string): string {
  const path = new URL(`${plugin}/README.md`, FOLDER)
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

/** The Corefiles in a page. */
export const examplesIn = (page: string): readonly string[] =>
  [...page.matchAll(/^```corefile\n(.*?)^```$/gms)].map((match) => match[1])

const pem = (what: string): string => `-----BEGIN ${what}-----\nMA==\n-----END ${what}-----\n`
const ZONE = `
@   3600 IN SOA ns hostmaster 1 7200 3600 1209600 3600
    3600 IN NS  ns
ns  3600 IN A   192.0.2.1
`

/** Files that the examples name, by what their names promise. */
export function fileNamed(path: string): string {
  const name = path.split('/').at(-1)!
  if (/key.*\.pem$/.test(name)) return pem('PRIVATE KEY')
  if (name.endsWith('.pem')) return pem('CERTIFICATE')
  if (name.startsWith('db.') && !name.endsWith('.weights')) return ZONE
  return name === 'resolv.conf' ? 'nameserver 192.0.2.53\nsearch example.org\n' : ''
}
