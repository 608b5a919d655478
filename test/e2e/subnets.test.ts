import { expect, it } from 'vitest'
import { OPTION } from '../../src/dns/edns.ts'
import { type AskOptions, rig } from '../plugins/rig.ts'
import { NetRuntime } from '../upstream/netruntime.ts'
import { type Scripted, scripted } from '../upstream/scripted.ts'

/** Clients of several networks, a cache, and an upstream whose answers depend on the network (RFC 7871). */

const subnet = (family: number, bits: number, ...address: number[]) => ({
  code: OPTION.ECS,
  data: Uint8Array.of(0, family, bits, 0, ...address),
})

/** An upstream that puts the network into its answer, and says that it holds for 24 bits, or for all where the name begins so. */
function upstreamByNetwork(): Promise<Scripted> {
  return scripted(({ name, message, reply }) => {
    const told = message.edns?.options.find(({ code }) => code === OPTION.ECS)
    if (!told) return reply([`${name} 300 IN A 10.0.0.0`])
    const { data } = told
    const scope = name.startsWith('all') ? 0 : Math.min(24, data[2])
    const option = { code: OPTION.ECS, data: data.with(3, scope) }
    return reply([`${name} 300 IN A 10.${[...data.subarray(4, 7), 0, 0, 0].slice(0, 3).join('.')}`], {
      options: [option],
    })
  })
}

type Ask = (name: string, how: AskOptions) => Promise<string>

/** `10.192.0.2 8=…`: the address in the answer, and the options. */
async function asker(lines: string): Promise<Ask> {
  const server = await rig(`. {\ncache\n${lines}\n}`, { runtime: new NetRuntime() })
  return async (name, how) => {
    const { answer, message } = await server.answer(`${name}.example.org`, how)
    const options = (message.edns?.options ?? []).map(
      ({ code, data }) => `${code}=${Buffer.from(data).toString('hex')}`,
    )
    return [...answer.map((line) => line.split(' ')[4]), ...options].join(' ')
  }
}

it('rewrite tells the network: each has its own answer, and no option comes back that was not sent', async () => {
  const upstream = await upstreamByNetwork()
  const ask = await asker(`rewrite edns0 subnet set 24 56\nforward . ${upstream.address}`)
  const ways: AskOptions[] = [{}, { bufsize: 1232 }, { options: [subnet(1, 16, 203, 0)] }]
  for (const how of ways) {
    const from = (address: string): AskOptions => ({ ...how, peer: { address } })
    expect(await ask('www', from('192.0.2.7'))).toBe('10.192.0.2')
    expect(await ask('www', from('192.0.2.8'))).toBe('10.192.0.2')
    expect(await ask('www', from('198.51.100.7'))).toBe('10.198.51.100')
    expect(await ask('www', from('2001:db8::7'))).toBe('10.32.1.13')
    expect(await ask('all', from('192.0.2.7'))).toBe('10.192.0.2')
    expect(await ask('all', from('198.51.100.7'))).toBe('10.192.0.2')
  }
  expect(upstream.log).toHaveLength(4)
})

it('the client tells it: the option comes back as it was sent, with the scope of the answer (§7.2.1)', async () => {
  const upstream = await upstreamByNetwork()
  const ask = await asker(`forward . ${upstream.address} {\npass_options subnet\n}`)
  const cases: [name: string, how: AskOptions, says: string][] = [
    ['www', { options: [subnet(1, 24, 192, 0, 2)] }, '10.192.0.2 8=00011818c00002'],
    ['www', { options: [subnet(1, 32, 192, 0, 2, 128)] }, '10.192.0.2 8=00012018c0000280'],
    ['www', { options: [subnet(1, 24, 198, 51, 100)] }, '10.198.51.100 8=00011818c63364'],
    ['www', { options: [subnet(1, 16, 198, 51)] }, '10.198.51.0 8=00011010c633'],
    ['www', { options: [subnet(2, 32, 0x20, 1, 0xd, 0xb8)] }, '10.32.1.13 8=0002201820010db8'],
    ['www', { options: [subnet(1, 0)] }, '10.0.0.0 8=00010000'],
    ['www', { bufsize: 1232 }, '10.0.0.0'],
    ['www', {}, '10.0.0.0'],
    ['all', { options: [subnet(1, 24, 192, 0, 2)] }, '10.192.0.2 8=00011800c00002'],
    ['all', { options: [subnet(1, 24, 198, 51, 100)] }, '10.192.0.2 8=00011800c63364'],
  ]
  for (const [name, how, says] of [...cases, ...cases]) expect(await ask(name, how)).toBe(says)
  // Of those with www the second, the eighth, and all of the second round came from the cache.
  expect(upstream.log).toHaveLength(7)
})
