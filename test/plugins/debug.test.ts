import { expect, test } from 'vitest'
import { faults, rig } from './rig.ts'

test.each([
  ['', false],
  ['debug', true],
])('without errors, %j shows the stack of a fault: %s', async (directive, shown) => {
  const { answer, runtime } = await rig(`. {\n${directive}\nstub\n}`, {
    stub: () => {
      throw new TypeError('no such property')
    },
  })
  expect((await answer('example.org A')).rcode).toBe('SERVFAIL')
  expect(runtime.logged).toHaveLength(shown ? 4 : 1)
  expect(runtime.logged[0]).toContain('no such property')
  expect(runtime.logged[0].includes('\n    at ')).toBe(shown)
})

test('the query that failed is there to be sent again, as CoreDNS dumps it', async () => {
  const { ask, runtime } = await rig('. {\ndebug\nerrors\nstub\n}', { stub: () => Promise.reject(new Error('no')) })
  await ask('example.org A', { id: 10 })
  expect(runtime.logged.slice(-3)).toEqual([
    'debug: 000000 00 0a 01 00 00 01 00 00 00 00 00 00 07 65 78 61',
    'debug: 000010 6d 70 6c 65 03 6f 72 67 00 00 01 00 01',
    'debug: 00001d',
  ])
})

test('takes no arguments', async () => {
  expect(await faults('. {\ndebug off\n}')).toContain('Corefile:2:7: debug: takes no arguments, got "off"')
})
