import { expect, test } from 'vitest'
import { faults, rig } from './rig.ts'

test('the listeners of a block with shed have a stack, those of others not', async () => {
  const { instance } = await rig('. {\nshed\nwhoami\n}\n.:1054 {\nwhoami\n}')
  expect(instance.listeners.map(({ port, limits }) => [port, limits.shed])).toEqual([
    [1053, 1024],
    [1053, 1024],
    [1054, undefined],
    [1054, undefined],
  ])
})

test('of blocks that share a listener one is enough', async () => {
  const { instance } = await rig('a.example {\nwhoami\n}\nb.example {\nshed\nwhoami\n}')
  expect(instance.listeners.map(({ limits }) => limits.shed)).toEqual([1024, 1024])
})

test('queries are answered as ever', async () => {
  const { answer } = await rig('. {\nshed\ntemplate ANY ANY {\nrcode NXDOMAIN\n}\n}')
  expect((await answer('x A')).rcode).toBe('NXDOMAIN')
})

test.each([
  ['.', 'shed extra', 'Corefile:2:6: shed: takes no arguments, got "extra"'],
  ['.', 'shed {\ndepth 10\n}', 'Corefile:2:6: shed: takes no braces'],
  ['.', 'shed\nshed', 'Corefile:3:1: shed: may stand only once in a server block'],
  ['tls://.', 'shed', 'Corefile:2:1: shed: works in plain DNS server blocks only, got "tls://"'],
  ['. https://.', 'shed', 'Corefile:2:1: shed: works in plain DNS server blocks only, got "https://"'],
])('%s { %j } is wrong', async (keys, lines, message) => {
  expect(await faults(`${keys} {\n${lines}\nwhoami\n}`)).toContain(message)
})

test('at the edge it has no effect', async () => {
  const { instance } = await rig('. {\nshed\nwhoami\n}', { name: 'workers' })
  expect(instance.warnings.join()).toContain('shed: has no effect here: at the edge there is no UDP')
})
