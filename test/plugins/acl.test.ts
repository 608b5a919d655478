import { expect, test } from 'vitest'
import { faults, rig } from './rig.ts'

const BLOCKED = 'REFUSED 15'
const FILTERED = 'NOERROR 17'
const DROPPED = 'nothing'
const ALLOWED = 'NOERROR'

test.each<[string, string, string, string]>([
  ['block type A net 192.168.0.0/16', 'A', '192.168.0.2', BLOCKED],
  ['block type A net 192.168.0.0/16', 'A', '192.167.0.2', ALLOWED],
  ['block type * net 192.168.0.0/16', 'AAAA', '192.168.0.2', BLOCKED],
  ['block type A', 'A', '10.1.0.2', BLOCKED],
  ['block type A', 'AAAA', '10.1.0.2', ALLOWED],
  ['BLOCK TYPE a aaaa NET 192.168.1.2', 'AAAA', '192.168.1.2', BLOCKED],
  ['block type A net 192.168.1.2', 'A', '192.168.1.3', ALLOWED],
  ['filter type A net 192.168.0.0/16', 'A', '192.168.0.2', FILTERED],
  ['allow net 192.168.0.0/16\nblock', 'A', '192.168.0.2', ALLOWED],
  ['allow net 192.168.0.0/16\nblock', 'A', '10.1.0.2', BLOCKED],
  ['drop net 192.168.0.0/16', 'A', '192.168.0.2', DROPPED],
  ['block net 192.168.1.0/24\ndrop net 192.168.0.0/16', 'A', '192.168.1.2', BLOCKED],
  ['drop net 192.168.0.0/16\nblock net 192.168.1.0/24', 'A', '192.168.1.1', DROPPED],
  ['block net 2001:db8:abcd:12::/64', 'A', '2001:db8:abcd:12::1230', BLOCKED],
  ['block net 2001:db8:abcd:12::/64', 'A', '2001:db8:abcd:13::', ALLOWED],
  ['block net 2001:db8:85a3::8a2e:370:7334', 'A', '2001:db8:85a3::8a2e:370:7334', BLOCKED],
  ['block net fe80::/10', 'A', 'fe80::1%eth0', BLOCKED],
  ['block net 0.0.0.0/0', 'A', '::1', ALLOWED],
  ['block net *', 'A', '::1', BLOCKED],
  ['allow net 192.168.0.0/16 10.0.0.0/8\nblock', 'A', 'unknown', BLOCKED],
  ['block type A TXT net 10.0.0.0/8 type MX', 'MX', '10.1.1.1', BLOCKED],
])('%j: %s from %s: %s', async (lines, type, address, verdict) => {
  const { ask } = await rig(`. {\nacl example.org {\n${lines}\n}\nwhoami\n}`)
  const reply = await ask(`www.example.org ${type}`, { do: false, peer: { address } })
  expect(reply ? [reply.rcode, ...reply.errors].join(' ') : 'nothing').toBe(verdict)
  expect(await ask(`www.example.net ${type}`, { peer: { address } })).toMatchObject({ rcode: 'NOERROR' })
})

test.each([
  ['acl a.example.org {\nblock\n}\nacl b.example.org {\nfilter\n}', 'www.a.example.org', BLOCKED],
  ['acl a.example.org {\nblock\n}\nacl b.example.org {\nfilter\n}', 'b.example.org', FILTERED],
  ['acl a.example.org {\nblock\n}\nacl b.example.org {\nfilter\n}', 'c.example.org', ALLOWED],
  ['acl {\nallow net 10.0.0.0/8\n}\nacl {\nblock\n}', 'example.org', BLOCKED],
  ['acl {\nallow net 192.0.2.0/24\n}\nacl {\nblock\n}', 'example.org', ALLOWED],
  ['acl', 'example.org', ALLOWED],
])('%j: %s', async (directives, name, verdict) => {
  const { answer } = await rig(`example.org {\n${directives}\nwhoami\n}`)
  const { rcode, errors } = await answer(`${name} A`, { do: false })
  expect([rcode, ...errors].join(' ')).toBe(verdict)
})

test.each([
  ['block A net 192.168.0.0/16', '3:7: acl: must have type or net before its words, got "A"'],
  ['block type net 192.168.0.0/16', '3:12: acl: type needs something after it, got "net"'],
  ['block net', '3:7: acl: net needs something after it, got "net"'],
  ['block type ABC', '3:12: acl: type must be a record type, got "ABC"'],
  ['blck type A', '3:1: acl: action must be allow, block, filter or drop (did you mean "block"?), got "blck"'],
  ['block net 192.168.0/16', '3:11: acl: net must be a network'],
  ['block net 192.168.0.0/33', '3:11: acl: net must be a network'],
])('%j is refused', async (line, message) => {
  expect(await faults(`. {\nacl {\n${line}\n}\n}`)).toContain(`Corefile:${message}`)
})
