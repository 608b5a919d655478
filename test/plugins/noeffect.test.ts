import { expect, test } from 'vitest'
import { faults, rig } from './rig.ts'

/** Directives of listeners that are not there: read, checked, and told to have no effect. */
test.each([
  ['https3'],
  ['https3 {\nmax_streams 0\n}'],
  ['quic {\nmax_streams 100\nworker_pool_size 1000\n}'],
  ['grpc_server {\nmax_streams 0\nmax_connections 7\n}'],
])('%j', async (directive) => {
  for (const name of ['node', 'workers'] as const) {
    const { instance, answer } = await rig(`. {\n${directive}\ntemplate ANY ANY {\nrcode NXDOMAIN\n}\n}`, { name })
    expect(instance.warnings.join()).toMatch(/^Corefile:2:1: \w+: has no effect here: /)
    expect((await answer('x A')).rcode).toBe('NXDOMAIN')
  }
})

test.each([
  ['https3 1', '2:8: https3: takes no arguments, got "1"'],
  ['https3 {\nmax_streams -1\n}', '3:13: https3: max_streams: number must not be negative, got "-1"'],
  ['quic {\nmax_streams 0\n}', '3:13: quic: max_streams: number must be at least 1, got "0"'],
  ['quic {\nworker_pool_size 1 2\n}', '3:20: quic: worker_pool_size: takes at most 1 argument'],
  ['grpc_server {\nmax_streams 1\nmax_streams 2\n}', '4:1: grpc_server: property was given before'],
])('%j is refused', async (directive, message) => {
  expect(await faults(`. {\n${directive}\n}`)).toContain(`Corefile:${message}`)
})
