import { expect, test } from 'vitest'
import { faults, rig } from './rig.ts'

test.each([
  ['example.org ANY', ['example.org. 8482 IN HINFO "ANY obsoleted" "See RFC 8482"']],
  ['Example.org ANY', ['Example.org. 8482 IN HINFO "ANY obsoleted" "See RFC 8482"']],
  ['example.org A', []],
  ['example.org HINFO', []],
])('%s', async (question, answer) => {
  const { answer: ask } = await rig('. {\nany\nwhoami\n}')
  expect(await ask(question)).toMatchObject({ rcode: 'NOERROR', answer, flags: answer.length > 0 ? 'rd' : 'aa rd' })
})

test.each(['any example.org', 'any { foo }'])('%s is refused', async (directive) => {
  expect(await faults(`. {\n${directive}\n}`)).toContain('Corefile:2:5: any: takes no')
})
