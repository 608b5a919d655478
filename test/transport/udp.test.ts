import dgram from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { DnsServer } from '../../src/transport/dnsserver.ts'
import type { Listener } from '../../src/transport/listener.ts'
import { listenUdp, type UdpOptions } from '../../src/transport/udp.ts'
import { hasTool } from '../e2e/tools.ts'
import { freePort } from '../e2e/transports.ts'
import { closing, damaged, listening, run, seeded, UdpClient, until, wait } from './clients.ts'
import { ask, fakeServer, lastPeer, outcome } from './fake.ts'

const hasIPv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))

async function listen(options: Partial<UdpOptions> = {}): Promise<Listener> {
  return listening(await listenUdp({ server: fakeServer(), address: '127.0.0.1', port: 0, ...options }))
}

const client = (listener: Listener, address = listener.address): UdpClient =>
  closing(new UdpClient({ port: listener.port, address }))

describe('a query', () => {
  it.each([
    ['www.test A', 'NOERROR www.test. 1'],
    ['slow-20.test A', 'NOERROR slow-20.test. 1'],
    ['throw.test A', 'SERVFAIL throw.test. 0'],
    ['nx.test A', 'NXDOMAIN nx.test. 0'],
  ])('%s is answered', async (text, expected) => {
    expect(outcome(await client(await listen()).ask(ask(text)))).toBe(expected)
  })

  it('is answered to where it came from', async () => {
    const listener = await listen()
    const asker = client(listener)
    await asker.ask(ask('www.test A'))
    expect(lastPeer()).toEqual({
      transport: 'udp',
      address: '127.0.0.1',
      port: asker.socket.address().port,
      localAddress: '127.0.0.1',
      localPort: listener.port,
    })
  })

  it('gets no more than 512 octets without EDNS', async () => {
    const reply = await client(await listen()).ask(ask('big.test TXT'))
    expect(reply!.length).toBeLessThanOrEqual(512)
    expect(reply![2] & 2).toBe(2) // TC
  })

  it.each(['drop.test A'])('%s gets no reply', async (text) => {
    expect(await client(await listen()).ask(ask(text), 100)).toBeUndefined()
  })

  it.skipIf(!hasIPv6)('comes over IPv6', async () => {
    const listener = await listen({ address: '::1' })
    expect(outcome(await client(listener).ask(ask('www.test A')))).toBe('NOERROR www.test. 1')
    expect(lastPeer().address).toBe('::1')
  })

  it.skipIf(!hasIPv6)('comes over IPv4 to an IPv6 socket, and looks like it', async () => {
    const listener = await listen({ address: '::' })
    expect(outcome(await client(listener, '127.0.0.1').ask(ask('www.test A')))).toBe('NOERROR www.test. 1')
    expect(lastPeer().address).toBe('127.0.0.1')
  })

  it.skipIf(!hasIPv6)('over IPv4 does not reach a socket for IPv6 only', async () => {
    const listener = await listen({ address: '::', ipv6Only: true })
    expect(await client(listener, '127.0.0.1').ask(ask('www.test A'), 100)).toBeUndefined()
  })
})

describe('queries of one turn of the event loop', () => {
  /** What the server is asked and the socket is given while so many queries wait, as the first letter of each. */
  async function work(queries: number): Promise<string> {
    let done = ''
    const server: DnsServer = fakeServer()
    const answer = server.answer.bind(server)
    server.answer = (message, peer) => {
      done += 'a'
      return answer(message, peer)
    }
    const listener = await listen({ server })
    const asker = client(listener)
    await asker.ask(ask('www.test A'))
    const send = dgram.Socket.prototype.send as (...args: unknown[]) => void
    const spy = vi.spyOn(dgram.Socket.prototype, 'send').mockImplementation(function (this: unknown, ...args) {
      if (this !== asker.socket) done += 's'
      send.apply(this, args)
    })
    onTestFinished(() => spy.mockRestore())
    done = ''
    await Promise.all(Array.from({ length: queries }, (_, i) => asker.send(ask('www.test A', i))))
    await until(() => asker.received.length === queries + 1)
    return done
  }

  it('are answered first, and then their replies go out together', async () => {
    expect(await work(8)).toBe('aaaaaaaassssssss')
  })

  it('do not wait for more than 32 replies', async () => {
    const done = await work(200)
    expect(done.replaceAll('s', '').length).toBe(200)
    expect(done.replaceAll('a', '').length).toBe(200)
    expect(done).not.toMatch(/a{33}/)
  })
})

describe('the socket', () => {
  it('must be free', async () => {
    const { port } = await listen()
    await expect(listen({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it.runIf(process.platform === 'linux')('may be shared', async () => {
    const { port } = await listen({ reusePort: true })
    await listen({ port, reusePort: true })
  })

  it('takes sizes for its buffers', async () => {
    const listener = await listen({ receiveBuffer: 2 ** 31 - 1, sendBuffer: 65_536 })
    expect(outcome(await client(listener).ask(ask('www.test A')))).toBe('NOERROR www.test. 1')
  })

  it('goes on with another server after a reload', async () => {
    const silent: DnsServer = {
      answer: () => undefined,
      answers: () => undefined,
      exchange: () => undefined,
      serve: () => undefined,
    }
    const listener = await listen({ server: silent })
    expect(await client(listener).ask(ask('www.test A'), 50)).toBeUndefined()
    listener.update({ server: fakeServer() })
    expect(outcome(await client(listener).ask(ask('www.test A')))).toBe('NOERROR www.test. 1')
  })
})

describe('what must not end the process', () => {
  it('a server that throws', async () => {
    const throws = (): never => {
      throw new Error('as asked')
    }
    const listener = await listen({ server: { answer: throws, answers: throws, exchange: throws, serve: throws } })
    expect(await client(listener).ask(ask('www.test A'), 50)).toBeUndefined()
  })

  it('a server that rejects', async () => {
    const rejects = async (): Promise<never> => Promise.reject(new Error('as asked'))
    const listener = await listen({ server: { answer: rejects, answers: rejects, exchange: rejects, serve: rejects } })
    expect(await client(listener).ask(ask('www.test A'), 50)).toBeUndefined()
  })

  it('a reply larger than a datagram', async () => {
    const server = { ...fakeServer(), answer: () => new Uint8Array(65_535) }
    const listener = await listen({ server: server as unknown as DnsServer })
    expect(await client(listener).ask(ask('www.test A'), 50)).toBeUndefined()
  })

  it('20,000 damaged packets', async () => {
    const listener = await listen()
    const sender = client(listener)
    const random = seeded(1)
    for (let i = 0; i < 20_000; i += 100) {
      const batch = Array.from({ length: 100 }, () => sender.send(damaged(ask('www.test A', i & 0xffff), random)))
      await Promise.all(batch)
      await new Promise(setImmediate) // sends complete at once: without this nobody would ever read
    }
    await wait(20)
    expect(sender.received.length).toBeGreaterThan(1000)
    expect(outcome(await client(listener).ask(ask('www.test A')))).toBe('NOERROR www.test. 1')
  })
})

it('lets only so many queries wait', async () => {
  const listener = await listen({ maxInFlight: 3 })
  const asker = client(listener)
  for (let id = 1; id <= 8; id++) await asker.send(ask('slow-150.test A', id))
  await until(() => asker.received.length === 3)
  await wait(50)
  expect(asker.received.map((reply) => reply[1]).sort()).toEqual([1, 2, 3])
  expect(outcome(await asker.ask(ask('www.test A')))).toBe('NOERROR www.test. 1')
})

describe('close', () => {
  it('answers what is in flight, and what the kernel has already', async () => {
    const listener = await listen()
    const asker = client(listener)
    await asker.send(ask('slow-150.test A', 1))
    await wait(50)
    const closed = listener.close()
    await asker.send(ask('www.test A', 2))
    await until(() => asker.received.length === 1)
    await wait(30)
    // It is open for the sake of the first, and the system may know nobody else to give this to.
    await asker.send(ask('www.test A', 3))
    await closed
    await wait(20)
    expect(asker.received.map((reply) => reply[1])).toEqual([2, 3, 1])
    await listen({ port: listener.port })
  })

  it.runIf(process.platform === 'linux').each([
    ['127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1'],
    ['::1', '::1'],
    ['::', '127.0.0.1'],
  ])('leaves what comes to others at the same port: %s', async (address, to) => {
    if (address.includes(':') && !hasIPv6) return
    const port = await freePort()
    const [going, staying] = await Promise.all([1, 2].map(() => listen({ address, port, reusePort: true })))
    const peer = { port, address: to }
    // From so many ports that some are given to either.
    const slow = Array.from({ length: 40 }, () => closing(new UdpClient(peer)))
    for (const client of slow) await client.send(ask('slow-300.test A'))
    await wait(50)
    const closed = going.close()
    const quick: UdpClient[] = []
    for (let i = 0; i < 40; i++) {
      const client = closing(new UdpClient(peer))
      quick.push(client)
      await client.send(ask('www.test A'))
      if (i % 5 === 0) await wait(10)
    }
    await closed
    for (let i = 0; i < 20; i++) {
      const client = closing(new UdpClient(peer))
      quick.push(client)
      await client.send(ask('www.test A'))
    }
    await until(() => [...slow, ...quick].every(({ received }) => received.length > 0))
    const outcomes = (clients: UdpClient[]): unknown => new Set(clients.map(({ received: [first] }) => outcome(first)))
    expect(outcomes(slow)).toEqual(new Set(['NOERROR slow-300.test. 1']))
    expect(outcomes(quick)).toEqual(new Set(['NOERROR www.test. 1']))
    await staying.close()
  })

  it.runIf(process.platform === 'linux')('tells who asks meanwhile at once that nobody listens', async () => {
    const port = await freePort()
    const listener = await listen({ port })
    const asker = client(listener)
    await asker.send(ask('slow-300.test A', 1))
    await wait(50)
    const closed = listener.close()
    const late: dgram.Socket = dgram.createSocket('udp4')
    closing({ close: () => late.close() })
    late.connect(port, '127.0.0.1', () => late.send(ask('www.test A')))
    const [error] = await once(late, 'error')
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
    await closed
    expect(asker.received.map((reply) => reply[1])).toEqual([1])
  })

  it('does not wait for ever', async () => {
    const listener = await listen()
    await client(listener).send(ask('never.test A'))
    await wait(50)
    const start = performance.now()
    await listener.close(100)
    expect(performance.now() - start).toBeLessThan(1000)
  })

  it('leaves an answer that comes too late alone', async () => {
    const listener = await listen()
    await client(listener).send(ask('slow-100.test A'))
    await wait(50)
    await listener.close(1)
    await wait(100)
  })
})

it.skipIf(!hasTool('dig'))('dig', async () => {
  const { port } = await listen()
  const answer = await run('dig', '@127.0.0.1', '-p', `${port}`, '+noall', '+answer', 'www.test')
  expect(answer.replaceAll(/\s+/g, ' ').trim()).toBe('www.test. 300 IN A 192.0.2.1')
  expect(await run('dig', '@127.0.0.1', '-p', `${port}`, '+ignore', 'big.test', 'TXT')).toContain('qr tc rd')
})
