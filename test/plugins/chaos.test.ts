import { expect, test } from 'vitest'
import { VERSION } from '../../src/version.ts'
import { faults, rig } from './rig.ts'

test.each([
  ['chaos coredge-1 me', 'version.bind', 'coredge-1'],
  ['chaos coredge-1 me', 'VERSION.server', 'coredge-1'],
  ['chaos', 'version.bind', `coredge-${VERSION}`],
  ['chaos coredge-1 me', 'hostname.bind', 'host.example'],
  ['chaos', 'id.server', 'host.example'],
  ['chaos v "A. U. Thor"', 'authors.bind', 'A. U. Thor'],
  ['chaos v', 'authors.bind', 'The coredge authors'],
  [`chaos ${'x'.repeat(300)}`, 'version.bind', 'x'.repeat(255)],
])('%.30s: %s', async (directive, name, text) => {
  const { answer } = await rig(`. {\n${directive}\n}`)
  const reply = await answer(`${name} TXT CH`)
  expect(reply).toMatchObject({ rcode: 'NOERROR', flags: 'rd', answer: [`${name}. 0 CH TXT "${text}"`] })
})

test('authors come in changing order, each once', async () => {
  const { answer } = await rig('. {\nchaos v a b a\n}')
  const firsts = new Set<string>()
  for (let i = 0; i < 200 && firsts.size < 2; i++) {
    const { answer: authors } = await answer('authors.bind TXT CH')
    expect([...authors].sort()).toEqual(['authors.bind. 0 CH TXT "a"', 'authors.bind. 0 CH TXT "b"'])
    firsts.add(authors[0])
  }
  expect(firsts.size).toBe(2)
})

test.each(['authors.bind SRV CH', 'version.bind TXT', 'other.bind TXT CH'])(
  '%s goes to the next plugin',
  async (question) => {
    const { answer } = await rig('. {\nchaos\nstub\n}', { stub: (query) => query.reply({ rcode: 5 }) })
    expect((await answer(question)).rcode).toBe('REFUSED')
  },
)

test('takes no braces', async () => {
  expect(await faults('. {\nchaos v2 {\nunknown\n}\n}')).toContain('Corefile:2:10: chaos: takes no braces')
})
