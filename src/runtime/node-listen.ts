import { rmSync, statSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { SocketConnection } from './node-net.ts'
import type { Connection, ListenOptions, StreamListener, TlsServerOptions } from './runtime.ts'

type Accept = (connection: Connection) => void

interface Place {
  readonly server: Server
  /** Who takes connections here; the latest does. */
  readonly takers: Accept[]
}

/** Stream listeners by address: a reload, where the new configuration starts before the old one ends, keeps them open. */
export class StreamListeners {
  readonly #places = new Map<string, Place>()
  /** One after the other. */
  #queue: Promise<unknown> = Promise.resolve()

  /** Rejects with a one-line reason. */
  listen(options: ListenOptions, accept: Accept): Promise<StreamListener> {
    return this.#inTurn(async () => {
      const key = options.path ?? `${options.host} ${options.port}${options.tls ? ' tls' : ''}`
      const place = this.#places.get(key) ?? (await this.#open(options))
      if (options.tls && 'setSecureContext' in place.server)
        (place.server as Secured).setSecureContext(secured(options.tls))
      this.#places.set(key, place)
      // One of its own, so that the same function may be there twice.
      const taker: Accept = (connection) => accept(connection)
      place.takers.push(taker)
      return { close: () => this.#inTurn(() => this.#leave(key, place, taker)) }
    })
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(act)
    this.#queue = done.catch(() => {})
    return done
  }

  async #open(options: ListenOptions): Promise<Place> {
    const takers: Accept[] = []
    const take = (socket: Socket): void => {
      const taker = takers.at(-1)
      if (taker) taker(new SocketConnection(socket))
      else socket.destroy()
    }
    const make = (): Server => serverOf(options.tls, take)
    try {
      return { server: await listening(make(), options), takers }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || !options.path) throw error
      if (!(await isLeftBehind(options.path))) throw error
      rmSync(options.path)
      return { server: await listening(make(), options), takers }
    }
  }

  async #leave(key: string, place: Place, taker: Accept): Promise<void> {
    place.takers.splice(place.takers.indexOf(taker), 1)
    if (place.takers.length > 0) return
    this.#places.delete(key)
    // Connections go on; those who have them close them.
    place.server.close()
  }
}

interface Secured extends Server {
  setSecureContext(options: object): void
}

function serverOf(tls: TlsServerOptions | undefined, take: (socket: Socket) => void): Server {
  if (!tls) return createServer(take)
  // Loaded where it is of use: it takes megabytes.
  const { createServer: createTls } = process.getBuiltinModule('node:tls')
  const { ca, optional } = tls
  const options = { ...secured(tls), requestCert: ca !== undefined, rejectUnauthorized: ca !== undefined && !optional }
  return createTls(options, (socket) => {
    // Who need not show a certificate may not show a wrong one either.
    if (ca !== undefined && !socket.authorized && socket.getPeerX509Certificate()) socket.destroy()
    else take(socket)
  })
}

const secured = ({ cert, key, ca }: TlsServerOptions): object => ({ cert, key, ca, minVersion: 'TLSv1.2' })

function listening(server: Server, { host, port, path }: ListenOptions): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path === undefined ? { host: host || undefined, port } : { path }, () => {
      server.off('error', reject)
      // Without file descriptors no connection can be taken for a while; the next ones are.
      server.on('error', () => {})
      resolve(server)
    })
  })
}

/** A socket in the file system that nobody listens on: its process was killed. */
function isLeftBehind(path: string): Promise<boolean> {
  if (!statSync(path, { throwIfNoEntry: false })?.isSocket()) return Promise.resolve(false)
  return new Promise((resolve) => {
    const socket = connect({ path })
    socket.once('connect', () => {
      socket.destroy()
      resolve(false)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
}
