import { expect, test } from 'vitest'
import { OPTION } from '../../src/dns/edns.ts'
import { faults, rig } from './rig.ts'

const ASKED = { options: [{ code: OPTION.NSID, data: new Uint8Array(0) }] }

test.each([
  ['nsid', 'host.example'],
  ['nsid Use The Force', 'Use The Force'],
  ['nsid "tf 2"', 'tf 2'],
])('%j', async (directive, text) => {
  const { answer } = await rig(`. {\n${directive}\nwhoami\n}`)
  const { message } = await answer('. A', ASKED)
  expect(message.edns!.options.map(({ code, data }) => [code, new TextDecoder().decode(data)])).toEqual([[3, text]])
  expect((await answer('. A', { do: true })).message.edns!.options).toEqual([])
  expect((await answer('. A')).message.edns).toBeUndefined()
})

test.each([
  ['nsid\nnsid', '3:1: nsid: may stand only once'],
  [`nsid ${'x'.repeat(256)}`, '2:1: nsid: must be at most 255 octets'],
])('%.20s is refused', async (directive, message) => {
  expect(await faults(`. {\n${directive}\n}`)).toContain(`Corefile:${message}`)
})
