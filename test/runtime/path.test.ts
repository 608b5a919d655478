import { expect, it } from 'vitest'
import { joinPath } from '../../src/runtime/path.ts'

const cases: [string, string, string][] = [
  ['zones', 'db.example.org', 'zones/db.example.org'],
  ['zones/', './db', 'zones/db'],
  ['./zones', '../other/db', 'other/db'],
  ['zones', '../../up', '../up'],
  ['../up', 'db', '../up/db'],
  ['.', 'db', 'db'],
  ['', 'db', 'db'],
  ['zones', '.', 'zones'],
  ['.', '.', '.'],
  ['/etc', 'hosts', '/etc/hosts'],
  ['/etc', '../../hosts', '/hosts'],
  ['/', 'hosts', '/hosts'],
  ['zones', '/etc/hosts', '/etc/hosts'],
  ['zones', 'C:\\dns\\db', 'C:\\dns\\db'],
]
it.each(cases)('%s and %s are %s', (folder, path, joined) => {
  expect(joinPath(folder, path)).toBe(joined)
})
