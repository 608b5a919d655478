import { createSocket, type Socket } from 'node:dgram'
import { readMessage } from '../../src/dns/message.ts'
import { recordTexts } from '../../src/dns/presentation.ts'
import { queryOf } from './ask.ts'

/** Keeps some queries under way all the time, and knows which were not answered. */
export class Load {
  readonly answers: string[] = []
  readonly #open = new Map<number, NodeJS.Timeout>()
  readonly #socket: Socket
  readonly #port: number
  readonly #asks: readonly string[]
  #id = 0
  lost = 0
  #isOn = true

  constructor(socket: Socket, port: number, asks: readonly string[]) {
    this.#socket = socket
    this.#port = port
    this.#asks = asks
    socket.on('message', (message) => this.#answered(message))
    for (let n = 0; n < 20; n++) this.#send()
  }

  /** `asks`: what is asked, one after the other. */
  static async start(port: number, asks: readonly string[] = ['www.example.org A']): Promise<Load> {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    return new Load(socket, port, asks)
  }

  #send(): void {
    this.#id = (this.#id + 1) & 0xffff
    const id = this.#id
    const missed = (): void => {
      if (!this.#open.delete(id)) return
      this.lost++
      if (this.#isOn) this.#send()
    }
    // Answers that came while this process was held up are looked at first.
    this.#open.set(
      id,
      setTimeout(() => setImmediate(missed), 2000),
    )
    this.#socket.send(queryOf({ title: '', ask: this.#asks[id % this.#asks.length] }, id), this.#port, '127.0.0.1')
  }

  #answered(message: Uint8Array): void {
    const reply = readMessage(message)
    clearTimeout(this.#open.get(reply.id))
    this.#open.delete(reply.id)
    this.answers.push(reply.answer.flatMap(recordTexts).join() || `rcode ${reply.rcode}`)
    if (this.#isOn) this.#send()
  }

  /** Sends no more and waits for what is under way. */
  async end(): Promise<void> {
    this.#isOn = false
    for (const end = Date.now() + 3000; this.#open.size > 0 && Date.now() < end; ) await wait(10)
    this.#socket.close()
  }
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Settles when `isSo` says so. */
export async function until(isSo: () => boolean, ms = 10_000): Promise<void> {
  for (const end = Date.now() + ms; !isSo(); await wait(20)) if (Date.now() > end) throw new Error('it did not happen')
}
