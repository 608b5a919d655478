import { describe, expect, it } from 'vitest'
import type { ConnectOptions } from '../../src/runtime/runtime.ts'
import { connectBy, type WorkerConnect, type WorkerSocket } from '../../src/runtime/workers-net.ts'

interface FakeSocket extends WorkerSocket {
  readonly written: Uint8Array[]
  /** Octets from the other side; undefined ends the stream, an error breaks it. */
  arrive(what: Uint8Array | Error | undefined): void
  isClosed: boolean
}

function fakeSocket(opened: Promise<unknown> = Promise.resolve()): FakeSocket {
  let source!: ReadableStreamDefaultController<Uint8Array>
  const written: Uint8Array[] = []
  const socket: FakeSocket = {
    written,
    isClosed: false,
    opened,
    closed: new Promise(() => {}),
    readable: new ReadableStream<Uint8Array>({
      start(controller) {
        source = controller
      },
    }),
    writable: new WritableStream<Uint8Array>({ write: (bytes) => void written.push(bytes) }),
    arrive(what) {
      if (what instanceof Error) source.error(what)
      else if (what) source.enqueue(what)
      else source.close()
    },
    async close() {
      socket.isClosed = true
    },
  }
  return socket
}

const TO: ConnectOptions = { host: '192.0.2.53', port: 853, timeout: 50 }
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))

describe('connect from a Worker', () => {
  it.each([
    ['plain', TO, ['192.0.2.53', 853, 'off']],
    ['TLS', { ...TO, tls: {} }, ['192.0.2.53', 853, 'on']],
    ['TLS by name', { ...TO, tls: { serverName: 'dns.example' } }, ['dns.example', 853, 'on']],
  ])('%s', async (_, options, expected) => {
    const seen: unknown[] = []
    const open: WorkerConnect = ({ hostname, port }, { secureTransport }) => {
      seen.push(hostname, port, secureTransport)
      return fakeSocket()
    }
    await connectBy(open, options)
    expect(seen).toEqual(expected)
  })

  it('carries octets both ways, and tells of the end once', async () => {
    const socket = fakeSocket()
    const connection = await connectBy(() => socket, TO)
    const got: number[] = []
    const ends: (string | undefined)[] = []
    connection.onClose((reason) => ends.push(reason?.message))
    connection.onData((bytes) => got.push(...bytes))
    const sent = Uint8Array.of(1, 2)
    connection.write(sent)
    sent.fill(9)
    socket.arrive(Uint8Array.of(3))
    socket.arrive(Uint8Array.of(4, 5))
    await turn()
    expect(socket.written).toEqual([Uint8Array.of(1, 2)])
    expect(got).toEqual([3, 4, 5])
    socket.arrive(undefined)
    await turn()
    connection.close()
    expect(ends).toEqual([undefined])
    expect(socket.isClosed).toBe(true)
  })

  it('tells why it broke', async () => {
    const socket = fakeSocket()
    const connection = await connectBy(() => socket, TO)
    const ends: (string | undefined)[] = []
    connection.onClose((reason) => ends.push(reason?.message))
    connection.onData(() => {})
    socket.arrive(new Error('network lost'))
    await turn()
    expect(ends).toEqual(['network lost'])
  })

  it('says nothing after it was closed', async () => {
    const socket = fakeSocket()
    const connection = await connectBy(() => socket, TO)
    const heard: unknown[] = []
    connection.onClose((reason) => heard.push(reason))
    connection.onData((bytes) => heard.push(bytes))
    connection.close()
    socket.arrive(Uint8Array.of(1))
    await turn()
    expect(heard).toEqual([])
  })

  it.each([
    ['is refused', () => fakeSocket(Promise.reject(new Error('refused'))), 'refused'],
    ['takes too long', () => fakeSocket(new Promise(() => {})), 'not connected within 50 ms'],
  ])('fails when it %s', async (_, make, message) => {
    const sockets: FakeSocket[] = []
    const open: WorkerConnect = () => {
      const socket = make()
      sockets.push(socket)
      return socket
    }
    await expect(connectBy(open, TO)).rejects.toThrow(message)
    expect(sockets[0].isClosed).toBe(true)
  })
})
