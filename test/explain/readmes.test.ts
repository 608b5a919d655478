import { expect, it } from 'vitest'
import { examplesIn, fileNamed, pageOf, plugins } from '../plugins/readmes.ts'
import { rig } from '../plugins/rig.ts'
import { explained } from './explained.ts'

/** Whatever the Corefile: an explanation says what the server says. Those that go out on the network are left out. */

const NETWORK = /\b(forward|redis|kv|trace|dnstap|geoip)\b/
const corefiles = [...new Set(plugins.flatMap((plugin) => examplesIn(pageOf(plugin))))]
const QUESTIONS = [
  'www.example.org A',
  'example.org SOA',
  'nothing.example.org AAAA',
  '1.2.0.192.in-addr.arpa PTR',
  'version.bind TXT CH',
  'localhost A',
  'example.org AXFR',
]

it.each(corefiles.filter((corefile) => !NETWORK.test(corefile)))('%s', async (corefile) => {
  const options = { otherwise: fileNamed }
  for (const question of QUESTIONS) {
    // Servers of their own: what the one keeps or counts must not change what the other says.
    const server = await rig(corefile, options)
    const [{ transport, port }] = server.instance.listeners
    const how = { do: true, port, peer: { transport: transport === 'dns' ? 'udp' : transport } } as const
    const answer = await server.ask(question, how)
    const { reply, asked } = await explained(await rig(corefile, options), question, how)
    const what = `${question}: ${JSON.stringify(asked.steps)}`
    expect(reply === undefined, what).toBe(answer === undefined)
    if (!reply || !answer) continue
    expect([reply.rcode, reply.flags], what).toEqual([answer.rcode, `qr ${answer.flags}`.trim()])
    // Some plugins put records into an order of chance.
    for (const section of ['answer', 'authority', 'additional'] as const)
      expect(reply[section].toSorted(), what).toEqual(answer[section].toSorted())
  }
})

it('finds the Corefiles', () => {
  expect(corefiles.filter((corefile) => !NETWORK.test(corefile)).length).toBeGreaterThan(50)
})
