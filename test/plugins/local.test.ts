import { expect, test } from 'vitest'
import { faults, rig } from './rig.ts'

const SOA = 'SOA localhost. root.localhost. 1 0 0 0 604800'

test.each([
  ['localhost A', 'NOERROR', ['localhost. 604800 IN A 127.0.0.1'], []],
  ['localHOst A', 'NOERROR', ['localHOst. 604800 IN A 127.0.0.1'], []],
  ['localhost AAAA', 'NOERROR', ['localhost. 604800 IN AAAA ::1'], []],
  ['localhost NS', 'NOERROR', ['localhost. 604800 IN NS localhost.'], []],
  ['localhost SOA', 'NOERROR', [`localhost. 604800 IN ${SOA}`], []],
  ['localhost MX', 'NOERROR', [], [`localhost. 604800 IN ${SOA}`]],
  ['127.in-addr.arpa A', 'NOERROR', [], [`127.in-addr.arpa. 604800 IN ${SOA}`]],
  ['0.in-addr.arpa NS', 'NOERROR', ['0.in-addr.arpa. 604800 IN NS localhost.'], []],
  ['a.localhost A', 'NOERROR', ['a.localhost. 604800 IN A 127.0.0.1'], []],
  ['a.localhost MX', 'NOERROR', [], [`a.localhost. 604800 IN ${SOA}`]],
  ['1.0.0.127.in-addr.arpa PTR', 'NOERROR', ['1.0.0.127.in-addr.arpa. 604800 IN PTR localhost.'], []],
  ['1.0.0.127.in-addr.arpa MX', 'NOERROR', [], [`127.in-addr.arpa. 604800 IN ${SOA}`]],
  ['2.0.0.127.in-addr.arpa PTR', 'NXDOMAIN', [], [`127.in-addr.arpa. 604800 IN ${SOA}`]],
  ['1.255.in-addr.arpa PTR', 'NXDOMAIN', [], [`255.in-addr.arpa. 604800 IN ${SOA}`]],
  ['localhost.example.net A', 'NOERROR', ['localhost.example.net. 604800 IN A 127.0.0.1'], []],
  ['localhost.example.net MX', 'NOERROR', [], [`localhost.example.net. 604800 IN ${SOA}`]],
  ['alocalhost A', 'REFUSED', [], []],
  ['localhosts.example.net A', 'REFUSED', [], []],
  ['localhost A CH', 'REFUSED', [], []],
])('%s', async (question, rcode, answer, authority) => {
  const { answer: ask } = await rig('. {\nlocal\nstub\n}', { stub: (query) => query.reply({ rcode: 5 }) })
  expect(await ask(question)).toMatchObject({ rcode, answer, authority, flags: 'rd' })
})

test.each([
  ['off', 'REFUSED'],
  ['on', 'NOERROR'],
])('localhost_prefix %s', async (state, rcode) => {
  const { answer } = await rig(`. {\nlocal {\nlocalhost_prefix ${state}\n}\nstub\n}`, {
    stub: (query) => query.reply({ rcode: 5 }),
  })
  expect((await answer('localhost.example.net A')).rcode).toBe(rcode)
  expect((await answer('a.localhost A')).rcode).toBe('NOERROR')
})

test.each(['local example.org', 'local { foo }', 'local {\nlocalhost_prefix maybe\n}'])(
  '%j is refused',
  async (directive) => {
    expect(await faults(`. {\n${directive}\n}`)).toContain('local: ')
  },
)
