import { expect, test } from 'vitest'
import { faults, rig } from './rig.ts'

const proxyOf = async (lines: string) =>
  (await rig(`.  {\nbind 127.0.0.1\nproxyproto {\n${lines}\n}\nwhoami\n}`)).instance.listeners[0].limits.proxy!

test.each([
  ['', '192.0.2.1', 'use'],
  ['default reject', '192.0.2.1', 'reject'],
  ['default SKIP', '192.0.2.1', 'skip'],
  ['allow 192.0.2.0/24 2001:db8::/32', '192.0.2.1', 'use'],
  ['allow 192.0.2.0/24 2001:db8::/32', '2001:db8::1', 'use'],
  ['allow 192.0.2.0/24\nallow 198.51.100.0/24', '198.51.100.1', 'use'],
  ['allow 192.0.2.0/24', '198.51.100.1', 'ignore'],
  ['allow 192.0.2.0/24', '2001:db8::1', 'ignore'],
  ['allow fe80::/10', 'fe80::1%lo', 'use'],
  ['allow 192.0.2.0/24\ndefault reject', '198.51.100.1', 'reject'],
  ['allow 192.0.2.0/24\ndefault reject', '192.0.2.1', 'use'],
])('%j, from %s: %s', async (lines, address, policy) => {
  const { policyOf } = await proxyOf(lines)
  expect(policyOf(address)).toBe(policy)
  expect(policyOf(address)).toBe(policy)
})

test('addresses without number are not remembered for ever', async () => {
  const { policyOf } = await proxyOf('allow 10.0.0.0/15')
  for (let i = 0; i < 200_000; i++)
    expect(policyOf(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)).toBe(i >> 16 < 2 ? 'use' : 'ignore')
})

test.each([
  ['', 0, 10_240],
  ['udp_session_tracking 28s', 28_000, 10_240],
  ['udp_session_tracking 1m 500', 60_000, 500],
])('%j: sessions of %i ms, %i of them', async (lines, sessionLifetime, maxSessions) => {
  expect(await proxyOf(lines)).toMatchObject({ sessionLifetime, maxSessions })
})

test.each([
  ['unknown', '3:1: proxyproto: unknown property'],
  ['allow invalid_ip', '3:7: proxyproto: allow: network must be a network such as 192.0.2.0/24'],
  ['default invalid', '3:9: proxyproto: default: policy must be use, ignore, reject or skip'],
  ['udp_session_tracking', '3:1: proxyproto: udp_session_tracking: '],
  ['udp_session_tracking 28s 100 extra', '3:30: proxyproto: udp_session_tracking: '],
  ['udp_session_tracking soon', '3:22: proxyproto: udp_session_tracking: duration '],
  ['udp_session_tracking 28s 0', '3:26: proxyproto: udp_session_tracking: max_sessions must be at least 1'],
])('%j is refused', async (lines, message) => {
  expect(await faults(`. {\nproxyproto {\n${lines}\n}\nwhoami\n}`)).toContain(`Corefile:${message}`)
})

test('at the edge it has no effect', async () => {
  const { instance } = await rig('. {\nproxyproto\nwhoami\n}', { name: 'workers' })
  expect(instance.warnings.join()).toContain('proxyproto: has no effect here')
})
