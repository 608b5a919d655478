import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { lookup as systemLookup } from 'node:dns/promises'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { inWords } from './node-reason.ts'
import type {
  Connection,
  ConnectOptions,
  DatagramFactory,
  DatagramSocket,
  LocalEnd,
  TlsClientOptions,
} from './runtime.ts'

/** Sockets of Node, as the shared code wants them. */

/** Opens a TCP or TLS connection. Rejects with a one-line reason. */
export function connect(options: ConnectOptions): Promise<Connection> {
  return openSocket(options).then((socket) => new SocketConnection(socket))
}

/**
 * The last TLS session with a server, to take it up again (RFC 8446 §2.2). Known by the very options: a resumed session is not
 * verified anew, so it must not serve anybody with other demands.
 */
const sessions = new WeakMap<TlsClientOptions, Buffer>()

/** The socket once it is connected, with its certificate verified where it is TLS. */
export function openSocket(options: ConnectOptions): Promise<Socket | TLSSocket> {
  return new Promise((resolve, reject) => {
    const { tls, timeout } = options
    const socket = tls ? startTls(options) : connectTcp(tcpOptions(options))
    const timer = setTimeout(() => socket.destroy(new Error(`not connected within ${timeout} ms`)), timeout)
    const failed = (error: Error): void => {
      clearTimeout(timer)
      reject(inWords(error))
    }
    const ended = (): void => failed(new Error('connection closed'))
    socket.once('error', failed)
    socket.once('close', ended)
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      socket.off('error', failed)
      socket.off('close', ended)
      resolve(socket)
    })
  })
}

function tcpOptions({ host, port, path, source }: ConnectOptions) {
  return path === undefined ? { host, port, localAddress: source, noDelay: true, keepAlive: true } : { path }
}

function startTls(options: ConnectOptions): TLSSocket {
  const { host, tls = {} } = options
  const { serverName, ca, cert, key, alpn, insecure } = tls
  const tlsOptions: ConnectionOptions = { minVersion: 'TLSv1.2', session: sessions.get(tls), ca, cert, key }
  if (insecure) tlsOptions.rejectUnauthorized = false
  if (alpn) tlsOptions.ALPNProtocols = [...alpn]
  // RFC 6066 §3 has no addresses in the server name; the certificate is compared with the host then.
  if (serverName) tlsOptions.servername = serverName
  else if (!isIP(host)) tlsOptions.servername = host
  // Loaded where it is of use: it takes megabytes.
  const { connect: connectTls } = process.getBuiltinModule('node:tls')
  const socket = connectTls({ ...tcpOptions(options), ...tlsOptions })
  socket.on('session', (ticket) => sessions.set(tls, ticket))
  return socket
}

export class SocketConnection implements Connection {
  readonly #socket: Socket
  #closed = false

  constructor(socket: Socket) {
    this.#socket = socket
    // Errors arrive before anybody listens, too.
    socket.on('error', () => {})
  }

  write(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes)
  }

  get waiting(): number {
    return this.#socket.writableLength
  }

  get local(): LocalEnd | undefined {
    const { localAddress: address, localPort: port } = this.#socket
    return address === undefined || port === undefined ? undefined : { address, port }
  }

  close(): void {
    this.#closed = true
    this.#socket.destroySoon()
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#socket.on('data', (bytes) => {
      if (!this.#closed) listener(bytes)
    })
  }

  onClose(listener: (reason?: Error) => void): void {
    const once = (reason?: Error): void => {
      if (this.#closed) return
      this.#closed = true
      listener(reason && inWords(reason))
    }
    if (this.#socket.destroyed) setImmediate(once)
    this.#socket.on('error', once)
    this.#socket.on('end', () => once())
    this.#socket.on('close', () => once())
  }
}

/** Opens a UDP socket connected to one address, from a port that the system draws. */
export const datagram: DatagramFactory = (host, port, source) =>
  new Promise((resolve, reject) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    const failed = (error: Error): void => {
      socket.close()
      reject(inWords(error))
    }
    socket.once('error', failed)
    const connectNow = (): void => {
      // Called with an error where the host is not found, which the types do not say.
      socket.connect(port, host, (error?: Error) => {
        if (error) return failed(error)
        socket.off('error', failed)
        resolve(new ConnectedUdp(socket))
      })
    }
    if (source) socket.bind({ address: source, port: 0, exclusive: true }, connectNow)
    else connectNow()
  })

class ConnectedUdp implements DatagramSocket {
  readonly local: LocalEnd
  readonly #socket: UdpSocket
  #open = true

  constructor(socket: UdpSocket) {
    this.#socket = socket
    const { address, port } = socket.address()
    this.local = { address, port }
    socket.on('error', () => {})
  }

  send(bytes: Uint8Array): void {
    if (this.#open) this.#socket.send(bytes)
  }

  onMessage(listener: (bytes: Uint8Array) => void): void {
    this.#socket.on('message', listener)
  }

  onError(listener: (reason: Error) => void): void {
    this.#socket.on('error', (reason) => {
      if (this.#open) listener(inWords(reason))
    })
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#socket.close()
  }
}

/** The addresses of a host, as the system finds them (/etc/hosts, DNS …). */
export async function lookup(host: string): Promise<readonly string[]> {
  const found = await systemLookup(host, { all: true }).catch((error: Error) => {
    throw inWords(error)
  })
  return found.map(({ address }) => address)
}
