import type { Connection, ConnectOptions } from './runtime.ts'

/** A socket as `cloudflare:sockets` makes them. */
export interface WorkerSocket {
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
  readonly opened: Promise<unknown>
  readonly closed: Promise<void>
  close(): Promise<void>
}

export type WorkerConnect = (
  address: { hostname: string; port: number },
  options: { secureTransport: 'on' | 'off'; allowHalfOpen: boolean },
) => WorkerSocket

/**
 * Opens a TCP or TLS connection from a Worker. The platform verifies a server's certificate by the name connected to, so
 * that is the server name where there is one; files of certificates and a source address have no meaning there.
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const sockets = await import('cloudflare:sockets')
  return connectBy(sockets.connect, options)
}

/** As `connect`, by a function given: for tests outside of Workers. */
export async function connectBy(
  open: WorkerConnect,
  { host, port, tls, timeout }: ConnectOptions,
): Promise<Connection> {
  const hostname = tls?.serverName ?? host
  const socket = open({ hostname, port }, { secureTransport: tls ? 'on' : 'off', allowHalfOpen: false })
  // Whoever waits for `opened` learns of failures; `closed` repeats them to nobody.
  socket.closed.catch(() => {})
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not connected within ${timeout} ms`)), timeout)
  })
  try {
    await Promise.race([socket.opened, late])
  } catch (error) {
    socket.close().catch(() => {})
    throw error
  } finally {
    clearTimeout(timer)
  }
  return new WorkerConnection(socket)
}

class WorkerConnection implements Connection {
  readonly #socket: WorkerSocket
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>
  #closed = false
  #waiting = 0
  #onClose: ((reason?: Error) => void) | undefined

  constructor(socket: WorkerSocket) {
    this.#socket = socket
    this.#writer = socket.writable.getWriter()
  }

  write(bytes: Uint8Array): void {
    this.#waiting += bytes.length
    // The stream may keep what it is given.
    this.#writer.write(bytes.slice()).then(
      () => {
        this.#waiting -= bytes.length
      },
      (reason: unknown) => this.#ended(reason),
    )
  }

  get waiting(): number {
    return this.#waiting
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#socket.close().catch(() => {})
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#read(listener).then(
      () => this.#ended(),
      (reason) => this.#ended(reason),
    )
  }

  onClose(listener: (reason?: Error) => void): void {
    this.#onClose = listener
  }

  async #read(listener: (bytes: Uint8Array) => void): Promise<void> {
    const reader = this.#socket.readable.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done || this.#closed) return
      listener(value)
    }
  }

  #ended(reason?: unknown): void {
    if (this.#closed) return
    this.#closed = true
    this.#socket.close().catch(() => {})
    this.#onClose?.(reason instanceof Error ? reason : undefined)
  }
}
