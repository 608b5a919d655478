import { createSocket } from 'node:dgram'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Registry } from '../../src/metrics/registry.ts'
import type { DnsServer } from '../../src/transport/dnsserver.ts'
import { NewestFirst } from '../../src/transport/shed.ts'
import { listenUdp } from '../../src/transport/udp.ts'
import { listening, wait } from './clients.ts'
import { fakeServer } from './fake.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Work that keeps the event loop busy. */
function work(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

test('what arrives in one turn is served in the next, newest first', async () => {
  const served: number[] = []
  const stack = new NewestFirst<number>(8, (n) => served.push(n))
  for (const n of [1, 2, 3]) stack.push(n)
  expect(served).toEqual([])
  await turn()
  expect([served, stack.waiting, stack.dropped]).toEqual([[3, 2, 1], 0, 0])
})

test('a full stack gives up its oldest', async () => {
  const served: number[] = []
  const stack = new NewestFirst<number>(3, (n) => served.push(n))
  for (let n = 1; n <= 8; n++) stack.push(n)
  expect([stack.waiting, stack.dropped]).toEqual([3, 5])
  await turn()
  expect(served).toEqual([8, 7, 6])
})

test('under overload the event loop gets its turns, and what arrives meanwhile is served before what waits', async () => {
  const served: number[] = []
  const stack = new NewestFirst<number>(100, (n) => {
    served.push(n)
    work(2)
  })
  for (let n = 1; n <= 3; n++) stack.push(n)
  await turn()
  expect(served).toEqual([3])
  stack.push(4)
  await turn()
  expect(served).toEqual([3, 4])
  stack.clear()
})

test('who has waited for too long is given up, and all that came before', async () => {
  const served: number[] = []
  const stack = new NewestFirst<number>(100, (n) => {
    served.push(n)
    work(80)
  })
  for (let n = 1; n <= 5; n++) stack.push(n)
  await turn()
  stack.push(6)
  await turn()
  await turn()
  expect([served, stack.waiting, stack.dropped]).toEqual([[5, 6], 0, 4])
})

test('what is pushed while serving is served as well', async () => {
  const served: number[] = []
  const stack = new NewestFirst<number>(4, (n) => {
    served.push(n)
    if (n < 5) stack.push(n + 1)
  })
  stack.push(1)
  for (let i = 0; i < 6; i++) await turn()
  expect(served).toEqual([1, 2, 3, 4, 5])
})

test('a cleared one serves no more', async () => {
  const served: number[] = []
  const stack = new NewestFirst<number>(4, (n) => served.push(n))
  stack.push(1)
  stack.push(2)
  stack.clear()
  await turn()
  expect([served, stack.dropped, stack.waiting]).toEqual([[], 2, 0])
})

test('serves the newest, never more than its depth, each once, and counts the rest', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 10 }),
      fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 6 }),
      async (depth, bursts) => {
        const served: number[] = []
        const stack = new NewestFirst<number>(depth, (n) => served.push(n))
        let next = 0
        for (const burst of bursts) {
          const before = served.length
          for (let i = 0; i < burst; i++) stack.push(next++)
          expect(stack.waiting).toBeLessThanOrEqual(depth)
          while (stack.waiting > 0) await turn()
          const newest = Array.from({ length: Math.min(burst, depth) }, (_, i) => next - 1 - i)
          expect(served.slice(before)).toEqual(newest)
        }
        expect(served.length + stack.dropped).toBe(next)
      },
    ),
    { numRuns: 50 },
  )
})

describe('a UDP listener with shed', () => {
  /** Takes its time, and sends back what it got. */
  const slow: DnsServer = Object.assign(fakeServer(), {
    answer: (message: Uint8Array) => {
      work(2)
      return message.slice()
    },
  })

  /** Sends a burst of one-octet packets; gives those that come back within the time, in order. */
  async function burst(port: number, count: number, patience: number): Promise<number[]> {
    const socket = createSocket('udp4')
    onTestFinished(() => new Promise<void>((resolve) => socket.close(() => resolve())))
    const back: number[] = []
    socket.on('message', (octets) => back.push(octets[0]))
    for (let n = 0; n < count; n++) socket.send(Uint8Array.of(n), port, '127.0.0.1')
    await wait(patience)
    return back
  }

  test('answers the newest of a burst first, and gives up the oldest', async () => {
    const listener = listening(await listenUdp({ server: slow, address: '127.0.0.1', port: 0, limits: { shed: 8 } }))
    const back = await burst(listener.port, 30, 300)
    expect(back.length).toBeLessThan(30)
    expect(back).toContain(29)
    expect(back.indexOf(29)).toBeLessThan(back.length - 1)
    await listener.close()
  })

  test('counts what it gives up, by its name as a server', async () => {
    const counters = new Registry().counters('dropped_total', 'x', ['server'])
    const limits = { shed: 8, shedCounter: (server: string) => counters.with(server) }
    const listener = listening(await listenUdp({ server: slow, address: '127.0.0.1', port: 0, limits }))
    const back = await burst(listener.port, 30, 300)
    expect(back.length).toBeLessThan(30)
    expect(counters.with(`dns://127.0.0.1:${listener.port}`).value).toBe(30 - back.length)
  })

  test('loses nothing that waits when it is switched off', async () => {
    let answered = 0
    const counting: DnsServer = Object.assign(fakeServer(), {
      answer: (message: Uint8Array) => {
        // Others wait by now.
        if (++answered === 2) setImmediate(() => listener.update({ limits: {} }))
        work(2)
        return message.slice()
      },
    })
    const limits = { shed: 50 }
    const listener = listening(await listenUdp({ server: counting, address: '127.0.0.1', port: 0, limits }))
    expect((await burst(listener.port, 4, 500)).sort()).toEqual([0, 1, 2, 3])
  })

  test('can have it switched on and off', async () => {
    const listener = listening(await listenUdp({ server: slow, address: '127.0.0.1', port: 0 }))
    expect((await burst(listener.port, 30, 300)).length).toBe(30)
    listener.update({ limits: { shed: 2 } })
    expect((await burst(listener.port, 30, 300)).length).toBeLessThan(30)
    listener.update({ limits: {} })
    expect(await burst(listener.port, 5, 100)).toEqual([0, 1, 2, 3, 4])
  })
})
