import { expect, test } from 'vitest'
import { faults, rig } from './rig.ts'

const limitsOf = async (directive: string) => {
  const { instance } = await rig(`https://example.org {\n${directive}\nwhoami\n}`)
  return instance.listeners[0].limits
}

test.each([
  ['timeouts {\nread 10\n}', { readTimeout: 10_000 }],
  ['timeouts {\nwrite 1m\nidle 24h\n}', { writeTimeout: 60_000, idleTimeout: 86_400_000 }],
  ['timeouts {\nmaxtcpqueries 128\n}', { maxTcpQueries: 128 }],
  ['timeouts {\nmaxtcpqueries -1\n}', { maxTcpQueries: Number.POSITIVE_INFINITY }],
  ['https\ntimeouts {\nread 1.5s\n}', { maxConnections: 200, readTimeout: 1500 }],
])('%j', async (directive, limits) => {
  expect(await limitsOf(directive)).toEqual(limits)
})

test.each([
  ['timeouts', '2:1: timeouts: must have at least one of read, write, idle, maxtcpqueries'],
  ['timeouts {\nread 999ms\n}', '3:6: timeouts: read: duration must be between 1s and 24h, got "999ms"'],
  ['timeouts {\nidle 25h\n}', '3:6: timeouts: idle: duration must be between 1s and 24h, got "25h"'],
  [
    'timeouts {\nmaxtcpqueries 0\n}',
    '3:15: timeouts: maxtcpqueries: number must be positive, or -1 for any number, got "0"',
  ],
])('%j is refused', async (directive, message) => {
  expect(await faults(`. {\n${directive}\n}`)).toContain(`Corefile:${message}`)
})

test('at the edge it is ignored, with a warning', async () => {
  const { instance } = await rig('. {\ntimeouts {\nread 1s\n}\nwhoami\n}', { name: 'workers' })
  expect(instance.warnings).toEqual([expect.stringContaining('timeouts: has no effect here')])
})
