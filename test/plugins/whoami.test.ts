import { expect, test } from 'vitest'
import { type AskOptions, faults, rig } from './rig.ts'

test.each<[string, AskOptions, string[]]>([
  ['example.org A', {}, ['example.org. 0 IN A 192.0.2.7', '_udp.example.org. 0 IN SRV 0 0 4711 .']],
  ['Example.ORG TXT', {}, ['Example.ORG. 0 IN A 192.0.2.7', '_udp.Example.ORG. 0 IN SRV 0 0 4711 .']],
  ['. NS', { peer: { transport: 'tls' } }, ['. 0 IN A 192.0.2.7', '_tcp. 0 IN SRV 0 0 4711 .']],
  ['a. A', { peer: { address: '2001:db8::1', port: 1 } }, ['a. 0 IN AAAA 2001:db8::1', '_udp.a. 0 IN SRV 0 0 1 .']],
  ['a. A', { peer: { address: '' } }, ['_udp.a. 0 IN SRV 0 0 4711 .']],
])('%s %j', async (question, how, additional) => {
  const { answer } = await rig('. {\nwhoami\n}')
  expect(await answer(question, how)).toMatchObject({ rcode: 'NOERROR', flags: 'aa rd', answer: [], additional })
})

test('a name that has no room for another label', async () => {
  const { answer } = await rig('. {\nwhoami\n}')
  const longest = `${`${'a'.repeat(61)}.`.repeat(4)}bcdef.`
  expect((await answer(`${longest} A`)).additional).toEqual([`${longest} 0 IN A 192.0.2.7`])
})

test('takes no arguments', async () => {
  expect(await faults('. {\nwhoami example.org\n}')).toContain('whoami: takes no arguments')
})
