import { beforeEach, describe, expect, it } from 'vitest'
import { frame } from '../../src/transport/framing.ts'
import { streamLimits } from '../../src/transport/limits.ts'
import { type OctetStream, StreamConnection } from '../../src/transport/stream.ts'
import { ask, fakeServer } from './fake.ts'

/** A socket whose client fetches octets only when told to. */
class SlowStream implements OctetStream {
  writableLength = 0
  writes = 0
  state = 'open'
  corked = 0

  cork(): void {
    this.corked++
  }

  uncork(): void {
    this.corked--
  }

  write(octets: Uint8Array): void {
    expect(this.corked).toBe(1)
    this.writes++
    this.writableLength += octets.length
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

describe('a client that does not fetch its replies', () => {
  beforeEach(() => {
    connection.received(www)
    connection.check(start)
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

  it('is no idle connection', () => {
    expect(connection.idleSince).toBeUndefined()
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
    connection.check(performance.now() + 900)
    expect(stream.state).toBe('ended')
    connection.check(performance.now() + 1100)
    expect(stream.state).toBe('destroyed')
  })

  it('knows since when', () => {
    expect(connection.idleSince).toBeLessThanOrEqual(start)
  })
})

it('replies of one moment go out in one write', async () => {
  for (let i = 0; i < 10; i++) connection.received(www)
  expect([stream.writes, stream.corked]).toEqual([10, 1])
  await Promise.resolve()
  expect(stream.corked).toBe(0)
})
