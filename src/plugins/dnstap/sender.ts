import { CONTENT_TYPE, CONTROL, type Control, controlFrame, FrameStreamReader } from '../../dnstap/framestream.ts'
import type { Connection } from '../../runtime/runtime.ts'

/** How long a collector may take to say that it is ready, or that it has everything. Milliseconds. */
const PATIENCE = 4000

/** The sending side of one Frame Streams connection with its handshakes: READY, ACCEPT, START, data, STOP, FINISH. */
export class FrameSender {
  readonly #connection: Connection
  readonly #reader = new FrameStreamReader()
  /** Who waits for the collector's next control frame. */
  #waiting: { readonly resolve: (control: Control) => void; readonly reject: (reason: Error) => void } | undefined
  #ended: Error | undefined
  #onEnd: ((reason: Error) => void) | undefined

  /** Agrees with the collector on what is sent. Rejects with a one-line reason; then the connection is closed. */
  static async open(connection: Connection): Promise<FrameSender> {
    const sender = new FrameSender(connection)
    try {
      connection.write(controlFrame(CONTROL.READY, CONTENT_TYPE))
      const { type, contentTypes } = await sender.#control()
      if (type !== CONTROL.ACCEPT) throw new Error(`the collector sent control frame ${type} in place of ACCEPT`)
      if (contentTypes.length > 0 && !contentTypes.includes(CONTENT_TYPE))
        throw new Error(`the collector takes ${contentTypes.join(', ')}, not ${CONTENT_TYPE}`)
      connection.write(controlFrame(CONTROL.START, CONTENT_TYPE))
      return sender
    } catch (error) {
      connection.close()
      throw error
    }
  }

  private constructor(connection: Connection) {
    this.#connection = connection
    connection.onData((bytes) => this.#read(bytes))
    connection.onClose((reason) => this.#end(reason ?? new Error('connection closed')))
  }

  /** Octets that were written and did not leave yet. */
  get waiting(): number {
    return this.#connection.waiting
  }

  /** Called once when the connection is of no more use, at once where it is already. */
  onEnd(listener: (reason: Error) => void): void {
    if (this.#ended) listener(this.#ended)
    else this.#onEnd = listener
  }

  write(frames: Uint8Array): void {
    this.#connection.write(frames)
  }

  /** Says that this was all, waits a while for the collector to confirm it, and closes. */
  async finish(): Promise<void> {
    this.#onEnd = undefined
    if (this.#ended) return
    this.#connection.write(controlFrame(CONTROL.STOP))
    // Whoever goes away without FINISH has what it wanted.
    await this.#control().catch(() => {})
    this.close()
  }

  close(): void {
    this.#onEnd = undefined
    this.#ended ??= new Error('closed')
    this.#connection.close()
  }

  #control(): Promise<Control> {
    if (this.#ended) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new Error(`the collector says nothing for ${PATIENCE / 1000} s`))
      const timer = setTimeout(late, PATIENCE)
      this.#waiting = {
        resolve: (control) => {
          clearTimeout(timer)
          resolve(control)
        },
        reject: (reason) => {
          clearTimeout(timer)
          reject(reason)
        },
      }
    })
  }

  #read(bytes: Uint8Array): void {
    try {
      for (const frame of this.#reader.push(bytes)) {
        if (!('control' in frame)) throw new Error('the collector sends data')
        this.#waiting?.resolve(frame.control)
        this.#waiting = undefined
      }
    } catch (error) {
      this.#connection.close()
      this.#end(error as Error)
    }
  }

  #end(reason: Error): void {
    if (this.#ended) return
    this.#ended = reason
    this.#waiting?.reject(reason)
    this.#onEnd?.(reason)
  }
}
