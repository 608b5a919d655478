import { expect, it } from 'vitest'
import { OPTION } from '../../src/dns/edns.ts'
import { type AskOptions, rig } from '../plugins/rig.ts'
import { NetRuntime } from '../upstream/netruntime.ts'
import { scripted } from '../upstream/scripted.ts'

/** Clients of several networks, a cache, and an upstream whose answers depend on the network (RFC 7871). */

const subnet = (family: number, bits: number, ...address: number[]) => ({
  code: OPTION.ECS,
  data: Uint8Array.of(0, family, bits, 0, ...address),
})

it('each network has its own answer from the upstream and the cache, and learns of no option that it did not send', async () => {
  const upstream = await scripted(({ name, message, reply }) => {
    const { data } = message.edns!.options.find(({ code }) => code === OPTION.ECS)!
    // Answers to names that begin so hold for all.
    const scope = name.startsWith('all') ? 0 : data[2]
    const option = { code: OPTION.ECS, data: data.with(3, scope) }
    return reply([`${name} 300 IN A 10.${data.subarray(4, 7).join('.')}`], { options: [option] })
  })
  const corefile = `. {\nrewrite edns0 subnet set 24 56\ncache\nforward . ${upstream.address}\n}`
  const server = await rig(corefile, { runtime: new NetRuntime() })
  const ask = async (name: string, address: string, how: AskOptions): Promise<string> => {
    const reply = await server.answer(`${name}.example.org`, { ...how, peer: { address } })
    return [...reply.answer.map((line) => line.split(' ')[4]), ...(reply.message.edns?.options ?? [])].join()
  }
  const ways: AskOptions[] = [{}, { bufsize: 1232 }, { options: [subnet(1, 16, 203, 0)] }]
  for (const how of ways) {
    expect(await ask('www', '192.0.2.7', how)).toBe('10.192.0.2')
    expect(await ask('www', '192.0.2.8', how)).toBe('10.192.0.2')
    expect(await ask('www', '198.51.100.7', how)).toBe('10.198.51.100')
    expect(await ask('www', '2001:db8::7', how)).toBe('10.32.1.13')
    expect(await ask('all', '192.0.2.7', how)).toBe('10.192.0.2')
    expect(await ask('all', '198.51.100.7', how)).toBe('10.192.0.2')
  }
  expect(upstream.log).toHaveLength(4)
})
