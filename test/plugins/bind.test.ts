import { expect, test } from 'vitest'
import { faults, rig } from './rig.ts'

const interfaces = { lo: ['127.0.0.1', '::1'], eth0: ['192.0.2.5', '2001:db8::5', 'fe80::5%eth0'] }

const addressesOf = async (directives: string): Promise<string[]> => {
  const { instance } = await rig(`. {\n${directives}\nwhoami\n}`, { interfaces })
  return instance.listeners.map((listener) => listener.address)
}

test.each([
  ['bind 127.0.0.1', ['127.0.0.1']],
  ['bind 127.0.0.1 ::1', ['127.0.0.1', '::1']],
  ['bind 127.0.0.1\nbind ::1', ['127.0.0.1', '::1']],
  ['bind 2001:DB8:0::1', ['2001:db8::1']],
  ['bind lo', ['127.0.0.1', '::1']],
  ['bind lo 127.0.0.1', ['127.0.0.1', '::1']],
  ['bind eth0 {\nexcept fe80::5%eth0\n}', ['192.0.2.5', '2001:db8::5']],
  ['bind lo eth0 {\nexcept lo\nexcept 2001:DB8::0005 fe80::5%eth0\n}', ['192.0.2.5']],
  ['bind lo {\nexcept 127.0.0.1\n}\nbind 127.0.0.1', ['::1', '127.0.0.1']],
])('%j', async (directives, addresses) => {
  expect(await addressesOf(directives)).toEqual(addresses)
})

test.each([
  ['bind', '2:1: bind: address is missing'],
  ['bind 1.2.3.invalid', '2:6: bind: no address, and no interface of this machine, got "1.2.3.invalid"'],
  ['bind ::1 eth7', '2:10: bind: no address, and no interface of this machine, got "eth7"'],
  ['bind 127.0.0.1%lo', '2:6: bind: no address'],
  ['bind lo {\nexcept\n}', '3:1: bind: except: address is missing'],
  ['bind lo {\nexcept nowhere\n}', '3:8: bind: except: no address'],
  ['bind lo {\nexcept lo\n}', '2:1: bind: leaves no address to listen on'],
  ['bind lo {\nexcpt lo\n}', '3:1: bind: unknown property (did you mean "except"?), got "excpt"'],
])('%j is refused', async (directive, message) => {
  expect(await faults(`. {\n${directive}\n}`, { interfaces })).toContain(`Corefile:${message}`)
})

test('at the edge it is ignored, whatever it names', async () => {
  const { instance, answer } = await rig('. {\nbind eth7\nwhoami\n}', { name: 'workers' })
  expect(instance.warnings[0]).toContain('Corefile:2:1: bind: has no effect here')
  expect((await answer('example.org A')).rcode).toBe('NOERROR')
})
