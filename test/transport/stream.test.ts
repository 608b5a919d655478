import { beforeEach, describe, expect, it } from 'vitest'
import { frame } from '../../src/dns/framing.ts'
import { streamLimits } from '../../src/transport/limits.ts'
import { type OctetStream, StreamConnection } from '../../src/transport/stream.ts'
import { ask, fakeServer } from './fake.ts'

/** A socket whose client fetches octets only when told to. */
class SlowStream implements OctetStream {
  writableLength = 0
  readonly written: Uint8Array[] = []
  state = 'open'

  get writes(): number {
    return this.written.length
  }

  write(octets: Uint8Array): boolean {
    this.written.push(octets)
    this.writableLength += octets.length
    return true
  }

  fetch(octets: number): void {
    this.writableLength -= octets
  }

  pause(): void {
    this.state = 'paused'
  }

  resume(): void {
    if (this.state === 'paused') this.state = 'open'
  }

  end(): void {
    this.state = 'ended'
  }

  destroy(): void {
    this.state = 'destroyed'
  }
}

const peer = { transport: 'tcp', address: '192.0.2.1', port: 1, localAddress: '192.0.2.2', localPort: 53 } as const
const limits = streamLimits({ readTimeout: 1000, writeTimeout: 2000, idleTimeout: 3000 }, 10)
const www = frame(ask('www.test A'))
let stream: SlowStream
let connection: StreamConnection
let start: number

beforeEach(() => {
  stream = new SlowStream()
  connection = new StreamConnection(stream, peer, { server: fakeServer(), limits })
  start = performance.now()
})

it('leaves replies alone that the system has not taken', () => {
  const names = ['one.test', 'two.test', 'three.test']
  for (const name of names) connection.received(frame(ask(`${name} A`)))
  const texts = stream.written.map((octets) => Buffer.from(octets).toString('latin1'))
  expect(texts.map((text) => names.find((name) => text.includes(name.slice(0, -5))))).toEqual(names)
})

describe('a client that does not fetch its replies', () => {
  beforeEach(() => {
    connection.received(www)
    connection.check(start)
  })

  it('is no work once a look has found that it fetches nothing', () => {
    expect(connection.idleSince).toBeUndefined()
    connection.check(start + 500)
    expect(connection.idleSince).toBe(start)
    stream.fetch(1)
    connection.check(start + 1000)
    expect(connection.idleSince).toBeUndefined()
  })

  it('has the write timeout', () => {
    connection.check(start + 1900)
    expect(stream.state).toBe('open')
    connection.check(start + 2100)
    expect(stream.state).toBe('destroyed')
  })

  it('has it anew with each bit that it fetches', () => {
    for (let seconds = 1; seconds < 20; seconds++) {
      stream.fetch(1)
      connection.check(start + seconds * 1000)
    }
    expect(stream.state).toBe('open')
  })

  it('does not have it anew with each query', () => {
    for (let seconds = 1; seconds < 5; seconds++) {
      connection.received(www)
      connection.check(start + seconds * 1000)
    }
    expect(stream.state).toBe('destroyed')
  })
})

describe('a message that is half here', () => {
  beforeEach(() => connection.received(www.subarray(0, 5)))

  it('has the read timeout', () => {
    connection.check(start + 900)
    expect(stream.state).toBe('open')
    connection.received(www.subarray(5, 6))
    connection.check(start + 1500)
    expect(stream.state).toBe('destroyed')
  })

  it('is no work', () => {
    const began = connection.idleSince
    expect(began).toBeGreaterThanOrEqual(start)
    connection.received(www.subarray(5, 6))
    expect(connection.idleSince).toBe(began)
  })

  it('is one where the client begins it, not what went before', async () => {
    connection.received(www.subarray(5))
    stream.fetch(stream.writableLength)
    await new Promise((resolve) => setTimeout(resolve, 5))
    const before = connection.idleSince!
    connection.received(www.subarray(0, 5))
    expect(connection.idleSince).toBeGreaterThan(before)
  })
})

describe('a connection that closes', () => {
  const close = (age: number): void => {
    const { now } = performance
    performance.now = () => now.call(performance) - age
    connection.close()
    performance.now = now
  }

  it('answers what is on its way, and ends when nothing comes', () => {
    connection.received(www)
    stream.fetch(stream.writableLength)
    connection.close()
    connection.received(www)
    stream.fetch(stream.writableLength)
    expect([stream.writes, stream.state]).toEqual([2, 'open'])
    connection.check(performance.now() + 200)
    expect(stream.state).toBe('open')
    connection.check(performance.now() + 300)
    expect(stream.state).toBe('ended')
  })

  it('ends with the next answer after a moment', () => {
    close(300)
    connection.received(www.subarray(0, 5))
    expect(stream.state).toBe('open')
    connection.received(www.subarray(5))
    expect([stream.writes, stream.state]).toEqual([1, 'ended'])
  })

  it('ends with the last of the answers that are under way', async () => {
    close(300)
    for (const [milliseconds, id] of [
      [40, 1],
      [10, 2],
    ])
      connection.received(frame(ask(`slow-${milliseconds}.test A`, id)))
    await expect.poll(() => stream.writes, { interval: 2 }).toBe(1)
    expect(stream.state).toBe('open')
    await expect.poll(() => stream.state).toBe('ended')
    expect(stream.writes).toBe(2)
  })

  it('reads no more of a client that never stops to ask', async () => {
    connection.close()
    connection.received(frame(ask('slow-50.test A', 1)))
    connection.check(performance.now() + 1100)
    connection.received(frame(ask('slow-50.test A', 2)))
    await expect.poll(() => stream.state).toBe('ended')
    expect(stream.writes).toBe(1)
  })
})

describe('a connection with nothing to do', () => {
  it('has the read timeout for its first query', () => {
    connection.check(start + 1100)
    expect(stream.state).toBe('ended')
  })

  it('has the idle timeout for the next', () => {
    connection.received(www)
    stream.fetch(stream.writableLength)
    connection.check(start + 2900)
    expect(stream.state).toBe('open')
    connection.check(start + 3500)
    expect(stream.state).toBe('ended')
  })

  it('is destroyed where the client does not end its side', () => {
    connection.close()
    connection.check(performance.now() + 300)
    connection.check(performance.now() + 900)
    expect(stream.state).toBe('ended')
    connection.check(performance.now() + 1100)
    expect(stream.state).toBe('destroyed')
  })

  it('knows since when', () => {
    expect(connection.idleSince).toBeLessThanOrEqual(start)
  })
})

describe('an answer of many messages', () => {
  /** Made so far, and whether it was ended before its end. */
  let made: number
  let wasLeft: boolean

  /** `many.test` gets 100 messages of 1000 octets, or an error after as many as its first label says. */
  function* messages(errorAfter = Number.POSITIVE_INFINITY): Generator<Uint8Array> {
    try {
      for (made = 0; made < 100; ) {
        if (made >= errorAfter) throw new Error('as asked')
        made++
        yield new Uint8Array(1000)
      }
    } finally {
      wasLeft = made < 100
    }
  }

  /** Has enough at ten messages, like a socket with its mark there. */
  class FullStream extends SlowStream {
    override write(octets: Uint8Array): boolean {
      super.write(octets)
      return this.writableLength < 10_000
    }
  }

  const many = frame(ask('many.test AXFR'))
  async function turns(count = 30): Promise<void> {
    for (let i = 0; i < count; i++) await new Promise(setImmediate)
  }

  /** The client fetches all that is there. */
  async function drain(): Promise<void> {
    stream.fetch(stream.writableLength)
    connection.drained()
    await turns()
  }

  function open(errorAfter?: number): void {
    const server = fakeServer()
    const { answers } = server
    server.answers = (message, from) =>
      message.includes(252) ? messages(errorAfter) : answers.call(server, message, from)
    stream = new FullStream()
    connection = new StreamConnection(stream, peer, { server, limits })
    wasLeft = false
  }

  it('is made as the client fetches it', async () => {
    open()
    connection.received(many)
    expect(made).toBe(1)
    await turns()
    expect([made, stream.writes]).toEqual([10, 10])
    await drain()
    expect(made).toBe(20)
    for (let drains = 0; drains < 8; drains++) await drain()
    expect([made, stream.writes]).toEqual([100, 100])
    expect(connection.idleSince).toBeUndefined()
    await drain()
    expect(connection.idleSince).toBeDefined()
  })

  it('does not hold up other queries', async () => {
    open()
    connection.received(many)
    connection.received(www)
    expect([made, stream.writes, stream.state]).toEqual([1, 2, 'open'])
    await turns()
    connection.received(www)
    expect([made, stream.writes]).toEqual([10, 12])
  })

  it('comes after others that are under way', async () => {
    open()
    connection.received(many)
    connection.received(many)
    for (let drains = 0; drains < 25; drains++) await drain()
    expect([made, stream.writes]).toEqual([100, 200])
    expect(connection.idleSince).toBeDefined()
  })

  it('comes to its end before the connection does', async () => {
    open()
    connection.received(many)
    connection.close()
    connection.check(performance.now() + 1100)
    expect(stream.state).toBe('open')
    for (let drains = 0; drains < 12; drains++) await drain()
    expect([made, stream.state]).toEqual([100, 'ended'])
  })

  it('ends with the connection', async () => {
    open()
    connection.received(many)
    connection.closed()
    expect(wasLeft).toBe(true)
    await drain()
    expect([made, stream.writes]).toEqual([1, 1])
  })

  it('that breaks off takes the connection with it', async () => {
    open(15)
    connection.received(many)
    await turns()
    expect([made, stream.state]).toEqual([10, 'open'])
    await drain()
    expect([made, stream.state]).toEqual([15, 'destroyed'])
  })

  it('does not keep a client that fetches nothing', () => {
    open()
    connection.received(many)
    connection.check(start)
    connection.check(start + 2100)
    expect(stream.state).toBe('destroyed')
  })
})

it('replies of one moment go out in one write', () => {
  connection.received(new Uint8Array(Buffer.concat(Array.from({ length: 10 }, () => www))))
  expect(stream.writes).toBe(1)
})

it('over TLS, where records come one by one, that is those of a turn', async () => {
  connection = new StreamConnection(stream, { ...peer, transport: 'tls' }, { server: fakeServer(), limits })
  for (let i = 0; i < 10; i++) connection.received(www)
  expect([stream.writes, connection.idleSince]).toEqual([0, undefined])
  await new Promise(setImmediate)
  expect(stream.writes).toBe(1)
})
