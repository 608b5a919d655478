import net from 'node:net'
import { describe, expect, it } from 'vitest'
import { frame } from '../../src/dns/framing.ts'
import type { DnsServer } from '../../src/transport/dnsserver.ts'
import type { Listener, ListenOptions } from '../../src/transport/listener.ts'
import { listenTcp } from '../../src/transport/tcp.ts'
import { hasTool } from '../e2e/tools.ts'
import { closing, damaged, listening, run, StreamClient, seeded, wait } from './clients.ts'
import { ask, fakeServer, lastPeer, outcome } from './fake.ts'

async function listen(options: Partial<ListenOptions> = {}): Promise<Listener> {
  return listening(await listenTcp({ server: fakeServer(), address: '127.0.0.1', port: 0, ...options }))
}

const connect = ({ port }: Listener): Promise<StreamClient> => StreamClient.connect(port)
const frames = (...messages: Uint8Array[]): Buffer => Buffer.concat(messages.map(frame))
const ids = ({ messages }: StreamClient): number[] => messages.map((message) => (message[0] << 8) | message[1])
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)

/** Answers with what it was asked, at the latest tick possible, and knows how many wait. */
class EchoServer implements DnsServer {
  waiting = 0
  most = 0
  asked = 0
  readonly #release: (() => void)[] = []

  async answer(message: Uint8Array): Promise<Uint8Array> {
    this.asked++
    this.most = Math.max(this.most, ++this.waiting)
    await new Promise<void>((resolve) => this.#release.push(resolve))
    this.waiting--
    return message
  }

  answers(message: Uint8Array): Promise<Uint8Array> {
    return this.answer(message)
  }

  /** Lets the oldest, or with `pop` the newest, go. */
  release(which: 'shift' | 'pop' = 'shift'): void {
    this.#release[which]()?.()
  }

  exchange(): undefined {}
  serve(): undefined {}
}

describe('a connection', () => {
  it('answers a query', async () => {
    const listener = await listen()
    const client = await connect(listener)
    client.socket.write(frame(ask('www.test A')))
    const [reply] = await client.until(1)
    expect(outcome(reply)).toBe('NOERROR www.test. 1')
    expect(lastPeer()).toEqual({
      transport: 'tcp',
      address: '127.0.0.1',
      port: client.socket.localPort,
      localAddress: '127.0.0.1',
      localPort: listener.port,
    })
  })

  it('answers one after the other', async () => {
    const client = await connect(await listen())
    for (const id of range(5)) {
      client.socket.write(frame(ask('www.test A', id)))
      await client.until(id)
    }
    expect(ids(client)).toEqual(range(5))
  })

  it('answers many in one write', async () => {
    const client = await connect(await listen())
    client.socket.write(frames(...range(3000).map((id) => ask('www.test A', id))))
    await client.until(3000)
    expect(ids(client)).toEqual(range(3000))
  })

  it('answers a query that comes octet by octet', async () => {
    const client = await connect(await listen())
    for (const octet of frame(ask('www.test A'))) {
      client.socket.write(Uint8Array.of(octet))
      await wait(1)
    }
    expect(outcome((await client.until(1))[0])).toBe('NOERROR www.test. 1')
  })

  it('answers what is ready first', async () => {
    const client = await connect(await listen())
    client.socket.write(
      frames(ask('slow-120.test A', 1), ask('slow-60.test A', 2), ask('www.test A', 3), ask('slow-5.test A', 4)),
    )
    await client.until(4)
    expect(ids(client)).toEqual([3, 4, 2, 1])
  })

  it('carries large replies', async () => {
    const client = await connect(await listen())
    client.socket.write(frames(...range(20).map((id) => ask('big.test TXT', id))))
    await client.until(20)
    expect(client.messages.map(outcome)).toEqual(range(20).map(() => 'NOERROR big.test. 200'))
  })

  it('answers a client that has ended its side', async () => {
    const client = await connect(await listen())
    client.socket.end(frames(ask('slow-80.test A', 1), ask('www.test A', 2)))
    await client.until(2)
    expect(ids(client)).toEqual([2, 1])
    expect(await client.untilClosed()).toBeLessThan(500)
  })
})

describe('a connection is closed', () => {
  it.each([0, 1, 11])('for a message of %i octets', async (length) => {
    const client = await connect(await listen())
    client.socket.write(frames(ask('www.test A'), new Uint8Array(length), ask('www.test A')))
    expect(await client.untilClosed()).toBeLessThan(500)
    expect(client.messages).toHaveLength(1)
  })

  it('for a query that is dropped, when those before are answered', async () => {
    const client = await connect(await listen())
    client.socket.write(frames(ask('slow-60.test A', 1), ask('drop.test A', 2), ask('www.test A', 3)))
    expect(await client.untilClosed()).toBeDefined()
    expect(ids(client)).toEqual([1])
  })

  it('for a response', async () => {
    const client = await connect(await listen())
    client.socket.write(frame(ask('www.test A').map((octet, i) => (i === 2 ? octet | 0x80 : octet))))
    expect(await client.untilClosed()).toBeLessThan(500)
  })

  it.each(['throws', 'rejects'])('for a server that %s', async (how) => {
    const answer = how === 'throws' ? fail : async (): Promise<never> => fail()
    function fail(): never {
      throw new Error('as asked')
    }
    const client = await connect(await listen({ server: { answer, answers: answer, exchange: fail, serve: fail } }))
    client.socket.write(frame(ask('www.test A')))
    expect(await client.untilClosed()).toBeLessThan(500)
  })

  it('after as many queries as it may have', async () => {
    const client = await connect(await listen({ limits: { maxTcpQueries: 3 } }))
    client.socket.write(
      frames(ask('slow-50.test A', 1), ask('www.test A', 2), ask('www.test A', 3), ask('www.test A', 4)),
    )
    expect(await client.untilClosed()).toBeLessThan(1000)
    expect(ids(client)).toEqual([2, 3, 1])
  })

  it('when nothing has come', async () => {
    const client = await connect(await listen({ limits: { readTimeout: 80, idleTimeout: 5000 } }))
    const elapsed = await client.untilClosed()
    expect(elapsed).toBeGreaterThan(60)
    expect(elapsed).toBeLessThan(1000)
  })

  it('when nothing more comes', async () => {
    const client = await connect(await listen({ limits: { readTimeout: 5000, idleTimeout: 100 } }))
    client.socket.write(frame(ask('www.test A')))
    await client.until(1)
    const elapsed = await client.untilClosed()
    expect(elapsed).toBeGreaterThan(60)
    expect(elapsed).toBeLessThan(1000)
  })

  it('when a message trickles in', async () => {
    const client = await connect(await listen({ limits: { readTimeout: 100, idleTimeout: 5000 } }))
    client.socket.write(frame(ask('www.test A')))
    await client.until(1)
    let isClosed = false
    const start = performance.now()
    void client.untilClosed().then(() => {
      isClosed = true
    })
    for (const octet of frame(ask('www.test A'))) {
      if (isClosed) break
      client.socket.write(Uint8Array.of(octet))
      await wait(30)
    }
    expect(isClosed).toBe(true)
    expect(performance.now() - start).toBeLessThan(600)
    expect(client.messages).toHaveLength(1)
  })

  it('when its replies are not fetched', async () => {
    const client = await connect(await listen({ limits: { writeTimeout: 150, readTimeout: 150, idleTimeout: 150 } }))
    client.socket.pause()
    client.socket.write(frames(...range(200).map((id) => ask('big.test TXT', id))))
    await wait(800)
    client.socket.resume()
    expect(await client.untilClosed()).toBeDefined()
    expect(client.messages.length).toBeLessThan(200)
  })
})

describe('reading stops', () => {
  it('while many queries wait, and all are answered in the end', async () => {
    const server = new EchoServer()
    const client = await connect(await listen({ server }))
    client.socket.write(frames(...range(1000).map((id) => ask('www.test A', id))))
    await wait(50)
    expect(server.most).toBe(128)
    for (let i = 0; i < 1000; i++) {
      server.release(i % 3 ? 'shift' : 'pop')
      if (i % 50 === 0) await wait(1)
    }
    for (let i = 0; server.asked < 1000 || server.waiting > 0; i++) {
      server.release()
      if (i % 50 === 0) await wait(1)
    }
    await client.until(1000)
    expect(ids(client).sort((a, b) => a - b)).toEqual(range(1000))
    expect(server.most).toBe(128)
  })

  it('while replies are not fetched', async () => {
    let asked = 0
    const large = new Uint8Array(60_000)
    const answer = (): Uint8Array => {
      asked++
      return large
    }
    const client = await connect(
      await listen({ server: { answer, answers: answer, exchange: () => undefined, serve: () => undefined } }),
    )
    client.socket.pause()
    client.socket.write(frames(...range(2000).map((id) => ask('www.test A', id))))
    await wait(200)
    const before = asked
    expect(before).toBeLessThan(500)
    client.socket.resume()
    await client.until(2000, 10_000)
    expect(asked).toBe(2000)
    expect(client.messages).toHaveLength(2000)
  })
})

describe('connections', () => {
  it('make room, the one idle for longest first', async () => {
    const listener = await listen({ limits: { maxConnections: 3 } })
    const clients = [await connect(listener), await connect(listener), await connect(listener)]
    for (const client of [clients[1], clients[0], clients[2]]) {
      client.socket.write(frame(ask('www.test A')))
      await client.until(1)
      await wait(5)
    }
    const fourth = await connect(listener)
    fourth.socket.write(frame(ask('www.test A')))
    await fourth.until(1)
    expect(fourth.messages).toHaveLength(1)
    expect(clients.map(({ ended }) => ended)).toEqual([false, true, false])
  })

  it.each([
    ['half a query', (): Buffer => Buffer.from(frame(ask('www.test A'))).subarray(0, 9)],
    ['half a length', (): Buffer => Buffer.of(0)],
  ])('that send %s and no more make room', async (_, half) => {
    const listener = await listen({ limits: { maxConnections: 4 } })
    const halves: StreamClient[] = []
    for (let i = 0; i < 4; i++) {
      const client = await connect(listener)
      client.socket.write(half())
      halves.push(client)
      await wait(5)
    }
    const fifth = await connect(listener)
    fifth.socket.write(frame(ask('www.test A')))
    expect(await fifth.until(1)).toHaveLength(1)
    expect(halves.map(({ socket, ended }) => ended || socket.destroyed)).toEqual([true, false, false, false])
    // The others may take their time.
    halves[3].socket.write(Buffer.from(frame(ask('www.test A'))).subarray(half().length))
    expect(await halves[3].until(1)).toHaveLength(1)
  })

  it('that work are left alone, and new ones refused', async () => {
    const listener = await listen({ limits: { maxConnections: 2 } })
    const clients = [await connect(listener), await connect(listener)]
    for (const client of clients) client.socket.write(frame(ask('slow-150.test A')))
    await wait(30)
    const third = await connect(listener)
    expect(await third.untilClosed(100)).toBeDefined()
    for (const client of clients) expect(await client.until(1)).toHaveLength(1)
  })

  it('may be any number where the limit is 0', async () => {
    const listener = await listen({ limits: { maxConnections: 0 } })
    const clients = await Promise.all(range(50).map(() => connect(listener)))
    for (const client of clients) client.socket.write(frame(ask('www.test A')))
    for (const client of clients) expect(await client.until(1)).toHaveLength(1)
  })
})

describe('close', () => {
  it('answers what is in flight on every connection, then ends them', async () => {
    const listener = await listen()
    const [busy, idle] = [await connect(listener), await connect(listener)]
    busy.socket.write(frames(ask('slow-150.test A', 1), ask('www.test A', 2)))
    await busy.until(1)
    const closed = listener.close()
    expect(await idle.untilClosed()).toBeLessThan(500)
    idle.socket.end()
    await busy.until(2)
    expect(ids(busy)).toEqual([2, 1])
    expect(await busy.untilClosed()).toBeLessThan(500)
    busy.socket.end()
    await closed
    await expect(connect(listener)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('answers those who are connected but not let in yet', async () => {
    const listener = await listen()
    const client = new StreamClient(net.connect(listener.port, '127.0.0.1'))
    closing(client).socket.write(frame(ask('www.test A')))
    // Connected by the system, in a turn in which nobody can take the connection.
    for (const end = Date.now() + 50; Date.now() < end; );
    const closed = listener.close()
    expect(outcome((await client.until(1))[0])).toBe('NOERROR www.test. 1')
    await closed
  })

  it('answers what was on its way', async () => {
    const listener = await listen()
    const [kept, fresh] = [await connect(listener), await connect(listener)]
    kept.socket.write(frame(ask('www.test A')))
    await kept.until(1)
    const closed = listener.close()
    await wait(50)
    for (const client of [kept, fresh]) client.socket.write(frames(ask('slow-20.test A'), ask('www.test A')))
    await Promise.all([kept.until(3), fresh.until(2)])
    expect([kept.messages.length, fresh.messages.length]).toEqual([3, 2])
    for (const client of [kept, fresh]) expect(await client.untilClosed()).toBeLessThan(500)
    for (const { socket } of [kept, fresh]) socket.end()
    await closed
  })

  it('tells who goes on asking by an end that comes with an answer', async () => {
    const listener = await listen()
    const client = await connect(listener)
    const closed = listener.close()
    let asked = 0
    while (!client.ended && asked < 5000) {
      client.socket.write(frame(ask('www.test A', ++asked)))
      await client.until(asked)
      await new Promise(setImmediate)
    }
    expect(client.messages).toHaveLength(asked)
    client.socket.end()
    await closed
  })

  it('does not wait for ever', async () => {
    const listener = await listen()
    const client = await connect(listener)
    client.socket.write(frame(ask('never.test A')))
    await wait(30)
    const start = performance.now()
    await listener.close(100)
    expect(performance.now() - start).toBeLessThan(1000)
  })

  it('does not wait long for a client that does not end its side', async () => {
    const listener = await listen()
    const client = await connect(listener)
    client.socket.write(frame(ask('www.test A')))
    await client.until(1)
    const start = performance.now()
    await listener.close()
    expect(performance.now() - start).toBeLessThan(3000)
  })
})

it('goes on with other limits and another server after a reload', async () => {
  const listener = await listen({ server: new EchoServer() })
  const client = await connect(listener)
  listener.update({ server: fakeServer(), limits: { idleTimeout: 50 } })
  client.socket.write(frame(ask('www.test A')))
  expect(outcome((await client.until(1))[0])).toBe('NOERROR www.test. 1')
  expect(await client.untilClosed()).toBeDefined()
})

it('must have its port for itself', async () => {
  const { port } = await listen()
  await expect(listen({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

it('20,000 damaged frames do not end the process', async () => {
  const listener = await listen()
  const random = seeded(2)
  for (let i = 0; i < 20_000; ) {
    const client = await connect(listener)
    const batch = Array.from({ length: 20 }, () => {
      const octets = Buffer.from(frame(damaged(ask('www.test A', i++ & 0xffff), random)))
      if (random() < 0.1) octets[Math.floor(random() * 2)] = Math.floor(random() * 256)
      return octets
    })
    client.socket.write(Buffer.concat(batch))
    if (random() < 0.5) client.socket.end()
    else await Promise.race([wait(2), client.closed])
    client.socket.destroy()
  }
  const client = await connect(listener)
  client.socket.write(frame(ask('www.test A')))
  expect(outcome((await client.until(1))[0])).toBe('NOERROR www.test. 1')
}, 30_000)

it.skipIf(!hasTool('dig'))('dig +tcp', async () => {
  const { port } = await listen()
  const words = ['@127.0.0.1', '-p', `${port}`, '+tcp', '+keepopen', '+noall', '+answer', 'www.test', 'slow-20.test']
  const answer = await run('dig', ...words)
  expect(answer.replaceAll(/[ \t]+/g, ' ')).toBe('www.test. 300 IN A 192.0.2.1\nslow-20.test. 300 IN A 192.0.2.1\n')
  expect(await run('dig', ...words.slice(0, 4), 'big.test', 'TXT')).toContain('ANSWER: 200')
})
