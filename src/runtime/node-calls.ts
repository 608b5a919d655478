/** What both ends of a pair of ports can do: a worker and its parent's port are such a pair. */
export interface CallPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (message: Message) => void): unknown
}

interface Call {
  readonly call: string
  readonly argument: unknown
  readonly id: number
}

interface Outcome {
  readonly done: number
  readonly result?: unknown
  readonly error?: unknown
}

type Message = Call | Outcome

/** What one end does for the other: by name, with data that can go from thread to thread. */
export type Handlers = { readonly [name: string]: (argument: never) => unknown }

/** Function calls from thread to thread, either way. */
export class Calls {
  readonly #port: CallPort
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>()
  #ended: Error | undefined
  #calls = 0

  constructor(port: CallPort, handlers: Handlers) {
    this.#port = port
    port.on('message', (message) => {
      if ('call' in message) void this.#serve(handlers[message.call] as (argument: unknown) => unknown, message)
      else this.#settle(message)
    })
  }

  /** Rejects with what the other end threw: errors keep their properties, not their class. */
  call<T>(name: string, argument?: unknown): Promise<T> {
    if (this.#ended) return Promise.reject(this.#ended)
    const id = ++this.#calls
    const answer = Promise.withResolvers<unknown>()
    this.#open.set(id, answer)
    this.#port.postMessage({ call: name, argument, id })
    return answer.promise as Promise<T>
  }

  /** The other end is gone. */
  end(reason: Error): void {
    this.#ended = reason
    for (const { reject } of this.#open.values()) reject(reason)
    this.#open.clear()
  }

  async #serve(handler: (argument: unknown) => unknown, { argument, id }: Call): Promise<void> {
    try {
      this.#port.postMessage({ done: id, result: await handler(argument) })
    } catch (error) {
      this.#port.postMessage({ done: id, error: error instanceof Error ? { ...error, message: error.message } : error })
    }
  }

  #settle({ done, result, error }: Outcome): void {
    const answer = this.#open.get(done)
    this.#open.delete(done)
    if (error === undefined) answer?.resolve(result)
    else answer?.reject(Object.assign(new Error(), error))
  }
}
