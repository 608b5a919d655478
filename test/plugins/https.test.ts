import { expect, test } from 'vitest'
import { faults, rig } from './rig.ts'

const limitsOf = async (directive: string) => {
  const { instance } = await rig(`https://example.org {\n${directive}\nwhoami\n}`)
  return instance.listeners[0].limits
}

test.each([
  ['https', 200],
  ['https {\nmax_connections 7\n}', 7],
  ['https {\nmax_connections 0\n}', Number.POSITIVE_INFINITY],
])('%j', async (directive, maxConnections) => {
  expect(await limitsOf(directive)).toEqual({ maxConnections })
})

test('other listeners of the block keep theirs', async () => {
  const { instance } = await rig('dns://example.org https://example.org {\nhttps\nwhoami\n}')
  expect(instance.listeners.map(({ transport, limits }) => [transport, limits])).toContainEqual(['dns', {}])
})

test.each([
  ['https 1', '2:7: https: takes no arguments, got "1"'],
  ['https {\nmax_connections -1\n}', '3:17: https: max_connections: number must not be negative, got "-1"'],
  ['https {\nmax_connections 1\nmax_connections 2\n}', '4:1: https: property was given before'],
])('%j is refused', async (directive, message) => {
  expect(await faults(`. {\n${directive}\n}`)).toContain(`Corefile:${message}`)
})

test('at the edge it is ignored, with a warning', async () => {
  const { instance } = await rig('. {\nhttps\nwhoami\n}', { name: 'workers' })
  expect(instance.warnings).toEqual([expect.stringContaining('https: has no effect here')])
})
