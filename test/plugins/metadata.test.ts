import { expect, test } from 'vitest'
import { key } from '../../src/key.ts'
import { labelsOf } from '../../src/lineformat.ts'
import { isLabel, Metadata } from '../../src/metadata.ts'
import { definePlugin } from '../../src/plugin.ts'
import { faults, type RigOptions, rig } from './rig.ts'

const Told = key<string>('teller/told')
const teller = definePlugin({
  name: 'teller',
  directive: { args: [] },
  setup(_uses, block) {
    block.provide(Metadata, { name: 'teller/told', value: (query) => query.get(Told) ?? '' })
    return {
      name: 'teller',
      serve(query, next) {
        query.hint(Told, 'one\ntwo')
        return next(query.with({ type: 28 }))
      },
    }
  },
})
const options: RigOptions = { modules: [teller] }

test.each([
  ['metadata', 'one\\u{a}two'],
  ['metadata example.org', 'one\\u{a}two'],
  ['metadata example.net', '-'],
  ['', '-'],
])('with %j a label is %s', async (metadata, text) => {
  const { answer, runtime } = await rig(`. {\n${metadata}\nlog . {/teller/told}\nteller\nwhoami\n}`, options)
  await answer('example.org A')
  expect(runtime.logged).toEqual([`[INFO] ${text}`])
})

test('a label without metadata is warned of', async () => {
  const { instance } = await rig('. {\nlog . {/teller/told}\nteller\nwhoami\n}', options)
  expect(instance.warnings).toEqual(['Corefile:2:1: log: {/teller/told} is always "-" in a block without metadata'])
  expect(labelsOf('{/log/class} {/a/b}{name}')).toEqual(['a/b'])
})

test.each([
  ['metadata example.com {\nsome_param\n}', '2:22: metadata: takes no braces'],
  ['metadata\nmetadata', '3:1: metadata: may stand only once'],
])('%j is refused', async (directive, message) => {
  expect(await faults(`. {\n${directive}\n}`)).toContain(`Corefile:${message}`)
})

test.each([
  ['view/name', true],
  ['geoip/city/name', true],
  ['name', false],
  ['/name', false],
  ['view/', false],
])('is %s a label: %s', (name, is) => {
  expect(isLabel(name)).toBe(is)
})
