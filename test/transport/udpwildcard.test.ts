import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { describe, expect, it } from 'vitest'
import type { Listener } from '../../src/transport/listener.ts'
import { listenUdp } from '../../src/transport/udp.ts'
import { listenUdpEverywhere, type WildcardOptions } from '../../src/transport/udpwildcard.ts'
import { closing, listening, UdpClient, until, wait } from './clients.ts'
import { ask, fakeServer, lastPeer, outcome } from './fake.ts'

/** Linux answers at all of 127.0.0.0/8, so that addresses can come and go here as if an interface had them. */
const isLinux = process.platform === 'linux'
const machine = Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address))
const hasIPv6 = machine.includes('::1')

async function listen(options: Partial<WildcardOptions> = {}): Promise<Listener> {
  return listening(await listenUdpEverywhere({ server: fakeServer(), address: '0.0.0.0', port: 0, ...options }))
}

/** The reply to a query from this machine to the address, and where it comes from. */
async function replySource({ port }: Listener, address: string): Promise<string | undefined> {
  const { socket } = closing(new UdpClient({ port, address }))
  const reply = once(socket, 'message').then(([message, from]) => `${outcome(message as Uint8Array)} ${from.address}`)
  // From another address the system would choose another one by itself.
  socket.bind(0, address.includes(':') ? '::1' : '127.0.0.1', () => socket.send(ask('www.test A'), port, address))
  return (await Promise.race([reply, wait(1000)])) ?? undefined
}

const answerFrom = (address: string): string => `NOERROR www.test. 1 ${address}`

describe.runIf(isLinux)('a listener for all addresses', () => {
  it.each(machine.filter((address) => !address.includes(':')))('answers from %s, where that was asked', async (one) => {
    expect(await replySource(await listen(), one)).toBe(answerFrom(one))
    expect(lastPeer().localAddress).toBe(one)
  })

  it.skipIf(!hasIPv6)('answers from both families, where it has both', async () => {
    const listener = await listen({ address: '::', addresses: () => ['127.0.0.2', '::1'] })
    expect(await replySource(listener, '::1')).toBe(answerFrom('::1'))
    expect(await replySource(listener, '127.0.0.2')).toBe(answerFrom('127.0.0.2'))
    expect(lastPeer().address).toBe('127.0.0.1')
  })

  it('answers what is asked at addresses that no interface lists, from where the system chooses', async () => {
    expect(await replySource(await listen({ addresses: () => ['127.0.0.2'] }), '127.0.0.3')).toBe(
      answerFrom('127.0.0.1'),
    )
  })

  it('follows addresses that come, and keeps what is gone', async () => {
    let addresses = ['127.0.0.2']
    const listener = await listen({ addresses: () => addresses, interval: 5 })
    addresses = ['127.0.0.3', '192.0.2.254']
    const isThere = async (): Promise<boolean> => (await replySource(listener, '127.0.0.3')) === answerFrom('127.0.0.3')
    await expect.poll(isThere).toBe(true)
    expect(await replySource(listener, '127.0.0.2')).toBe(answerFrom('127.0.0.2'))
  })

  it('leaves addresses alone that have a listener of their own, from the next reload at the latest', async () => {
    const listener = await listen({ addresses: () => ['127.0.0.2', '127.0.0.3'], beside: ['127.0.0.2'] })
    expect(await replySource(listener, '127.0.0.2')).toBe(answerFrom('127.0.0.1'))
    listener.update({ beside: ['127.0.0.3'] })
    await expect.poll(() => replySource(listener, '127.0.0.3')).toBe(answerFrom('127.0.0.1'))
    await expect.poll(() => replySource(listener, '127.0.0.2')).toBe(answerFrom('127.0.0.2'))
  })

  it('changes its server at all of them', async () => {
    const listener = await listen({ addresses: () => ['127.0.0.2'] })
    const silent = { ...fakeServer(), answer: () => undefined } as never
    listener.update({ server: silent })
    const client = closing(new UdpClient({ port: listener.port, address: '127.0.0.2' }))
    expect(await client.ask(ask('www.test A'), 100)).toBeUndefined()
  })

  it('shares the bound on what is under way', async () => {
    const listener = await listen({ addresses: () => ['127.0.0.2'], maxInFlight: 1 })
    const [one, two] = ['127.0.0.1', '127.0.0.2'].map((address) =>
      closing(new UdpClient({ port: listener.port, address })),
    )
    await one.send(ask('slow-300.test A'))
    await wait(50)
    expect(await two.ask(ask('www.test A'), 100)).toBeUndefined()
    await until(() => one.received.length > 0)
    expect(outcome(await two.ask(ask('www.test A')))).toBe('NOERROR www.test. 1')
  })

  it('must find its port free', async () => {
    const { port } = await listen()
    await expect(listen({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    const other = listening(await listenUdp({ server: fakeServer(), address: '127.0.0.1', port: 0, reusePort: true }))
    await expect(listen({ port: other.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('is free after it was closed', async () => {
    const listener = await listen()
    const { port } = listener
    await listener.close()
    for (const address of ['127.0.0.1', '0.0.0.0'])
      await listening(await listenUdp({ server: fakeServer(), address, port })).close()
  })
})
