import { expect, test } from 'vitest'
import { faults, rig } from './rig.ts'

test.each([
  ['reload', { interval: 30_000, jitter: 15_000 }],
  ['reload 10s', { interval: 10_000, jitter: 5000 }],
  ['reload 10s 2s', { interval: 10_000, jitter: 2000 }],
  ['reload 2s 0s', { interval: 2000, jitter: 0 }],
])('%j', async (directive, interval) => {
  const { instance } = await rig(`. {\n${directive}\n}`)
  expect(instance.reload).toMatchObject(interval)
})

test('without the directive nobody looks', async () => {
  const { instance } = await rig('. {\nwhoami\n}')
  expect(instance.reload).toBeUndefined()
})

test.each([
  ['reload 1s', '2:8: reload: interval must be at least 2s, got "1s"'],
  ['reload 3s 0.5s', '2:11: reload: jitter must be 0s or at least 1s, got "0.5s"'],
  ['reload\nreload', '3:1: reload: may stand only once'],
])('%j is refused', async (directive, message) => {
  expect(await faults(`. {\n${directive}\n}`)).toContain(`Corefile:${message}`)
})

test('at the edge it is ignored, with a warning', async () => {
  const { instance } = await rig('. {\nreload\nwhoami\n}', { name: 'workers' })
  expect(instance.warnings).toEqual([expect.stringContaining('reload: has no effect here')])
})
