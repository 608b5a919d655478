import { execFile } from 'node:child_process'
import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import { afterEach } from 'vitest'
import type { Listener } from '../../src/transport/listener.ts'

const open: { close(): unknown }[] = []

/** Closes it after the test, whatever becomes of that. */
export function closing<T extends { close(grace?: number): unknown }>(thing: T): T {
  open.push(thing)
  return thing
}

afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close()
})

/** A listener that is closed, without mercy, after the test. */
export function listening(listener: Listener): Listener {
  open.push({ close: () => listener.close(0) })
  return listener
}

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits until it is so, for at most three seconds. */
export async function until(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + 3000; !isSo() && Date.now() < end; ) await wait(2)
}

/** A UDP socket with what it received. */
export class UdpClient {
  readonly received: Uint8Array[] = []
  readonly socket: dgram.Socket
  readonly #to: { readonly port: number; readonly address: string }

  constructor({ port, address }: { readonly port: number; readonly address: string }) {
    this.#to = { port, address }
    this.socket = dgram.createSocket(net.isIPv6(address) ? 'udp6' : 'udp4')
    this.socket.on('message', (message) => this.received.push(message))
  }

  send(message: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) =>
      this.socket.send(message, this.#to.port, this.#to.address, (error) => (error ? reject(error) : resolve())),
    )
  }

  /** Sends and waits for the next message; undefined after `patience` milliseconds. */
  async ask(message: Uint8Array, patience = 1000): Promise<Uint8Array | undefined> {
    const next = once(this.socket, 'message').then(([reply]) => reply as Uint8Array)
    await this.send(message)
    return Promise.race([next, wait(patience).then(() => undefined)])
  }

  close(): void {
    this.socket.close()
  }
}

/** A connection with the messages it received, and how it ended. */
export class StreamClient {
  readonly messages: Uint8Array[] = []
  readonly socket: net.Socket
  readonly closed: Promise<void>
  ended = false
  #octets = Buffer.alloc(0)

  constructor(socket: net.Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => this.#received(chunk))
    socket.on('end', () => {
      this.ended = true
    })
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => socket.on('close', () => resolve()))
  }

  static async connect(port: number, address = '127.0.0.1'): Promise<StreamClient> {
    const socket = net.connect({ port, host: address, allowHalfOpen: true })
    await once(socket, 'connect')
    return closing(new StreamClient(socket))
  }

  #received(chunk: Buffer): void {
    this.#octets = Buffer.concat([this.#octets, chunk])
    while (this.#octets.length >= 2 && this.#octets.length >= 2 + this.#octets.readUInt16BE()) {
      const end = 2 + this.#octets.readUInt16BE()
      this.messages.push(this.#octets.subarray(2, end))
      this.#octets = this.#octets.subarray(end)
      this.socket.emit('message')
    }
  }

  /** Waits until so many messages are there in all, or the connection is closed. */
  async until(count: number, patience = 3000): Promise<Uint8Array[]> {
    const end = Date.now() + patience
    while (this.messages.length < count && !this.socket.destroyed && Date.now() < end) await wait(2)
    return this.messages
  }

  /** Milliseconds until the server closes the connection; undefined where it has not after `patience`. */
  async untilClosed(patience = 3000): Promise<number | undefined> {
    const start = performance.now()
    while (!this.ended && !this.socket.destroyed && performance.now() < start + patience) await wait(2)
    return this.ended || this.socket.destroyed ? performance.now() - start : undefined
  }

  close(): void {
    this.socket.destroy()
  }
}

/** What a command prints, with its errors. */
export function run(command: string, ...args: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: 10_000 }, (_, stdout, stderr) => resolve(stdout + stderr))
  })
}

/** Octets that are sometimes a query, sometimes one with some octets changed, cut or added, sometimes anything. */
export function damaged(message: Uint8Array, random: () => number): Uint8Array {
  const kind = random()
  if (kind < 0.3) return Uint8Array.from({ length: Math.floor(random() * 80) }, () => Math.floor(random() * 256))
  const copy = Uint8Array.from(kind < 0.5 ? message.subarray(0, Math.floor(random() * message.length)) : message)
  for (let i = Math.floor(random() * 4); i > 0 && copy.length > 0; i--)
    copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256)
  return kind > 0.9 ? Uint8Array.of(...copy, ...copy.subarray(0, 20)) : copy
}

/** Random numbers that are the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
