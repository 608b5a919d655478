import { once } from 'node:events'
import net from 'node:net'
import { onTestFinished } from 'vitest'
import { decodeTap, type TapRecord } from '../../src/dnstap/decode.ts'
import { receive } from '../../src/dnstap/receiver.ts'
import { SocketConnection } from '../../src/runtime/node-net.ts'

/** A collector on loopback that keeps what it is sent. */
export class TestCollector {
  readonly records: TapRecord[] = []
  /** How each stream ended: undefined, as agreed. */
  readonly ends: (Error | undefined)[] = []
  readonly #server: net.Server
  readonly #sockets = new Set<net.Socket>()

  static async start(port = 0): Promise<TestCollector> {
    const collector = new TestCollector()
    collector.#server.listen(port, '127.0.0.1')
    await once(collector.#server, 'listening')
    onTestFinished(() => collector.stop())
    return collector
  }

  private constructor() {
    this.#server = net.createServer((socket) => {
      this.#sockets.add(socket)
      this.take(new SocketConnection(socket))
    })
  }

  take(connection: SocketConnection): void {
    receive(
      connection,
      (payload) => this.records.push(decodeTap(Uint8Array.from(payload))),
      (reason) => this.ends.push(reason),
    )
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port
  }

  /** `CLIENT_QUERY UDP`, in the order in which they came. */
  get kinds(): string[] {
    return this.records.map(({ type, protocol }) => `${type} ${protocol}`)
  }

  /** Breaks off all connections, and takes no more. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#sockets.clear()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }
}
