import { expect, test } from 'vitest'
import { faults, rig } from './rig.ts'

const files = { '/zones/a.hosts': '192.0.2.1 www.example.org', 'a.hosts': '192.0.2.2 www.example.org' }

test.each([
  ['', '192.0.2.2'],
  ['root /zones', '192.0.2.1'],
  ['root elsewhere\nroot /zones', '192.0.2.1'],
])('a relative file is below the root: %j', async (root, address) => {
  const { answer } = await rig(`example.org {\n${root}\nhosts a.hosts\n}`, { files })
  expect((await answer('www.example.org A')).answer).toEqual([`www.example.org. 3600 IN A ${address}`])
})

test('an absolute file is not', async () => {
  const { answer } = await rig('example.org {\nroot elsewhere\nhosts /zones/a.hosts\n}', { files })
  expect((await answer('www.example.org A')).answer).toHaveLength(1)
})

test('a missing folder is a warning', async () => {
  const { instance } = await rig('. {\nroot nowhere\nwhoami\n}', { files })
  expect(instance.warnings).toEqual([
    'Corefile:2:1: root: folder does not exist yet: cannot list nowhere: no such folder',
  ])
})

test.each([
  ['root', '2:1: root: path is missing (root PATH)'],
  ['root a b', '2:8: root: takes at most 1 argument (root PATH), got "b"'],
  ['root {\na\n}', '2:1: root: path is missing (root PATH)'],
])('%j is refused', async (directive, message) => {
  expect(await faults(`. {\n${directive}\n}`)).toContain(`Corefile:${message}`)
})
