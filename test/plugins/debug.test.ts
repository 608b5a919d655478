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
  expect(runtime.logged).toHaveLength(1)
  expect(runtime.logged[0]).toContain('no such property')
  expect(runtime.logged[0].includes('\n    at ')).toBe(shown)
})

test('takes no arguments', async () => {
  expect(await faults('. {\ndebug off\n}')).toContain('Corefile:2:7: debug: takes no arguments, got "off"')
})
