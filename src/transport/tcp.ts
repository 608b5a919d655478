import net, { type AddressInfo, type Server, type Socket } from 'node:net'
import { Connections } from './connections.ts'
import { type StreamLimits, streamLimits, sweepInterval } from './limits.ts'
import { type BindOptions, DEFAULT_GRACE, type Listener, type ListenerUpdate, type ListenOptions } from './listener.ts'
import { type ProxiedClient, peerOf } from './peer.ts'
import { enterProxied } from './proxygate.ts'
import { StreamConnection, type StreamHost } from './stream.ts'
import { quietTurn } from './turns.ts'

const MAX_CONNECTIONS = 1000
const BACKLOG = 1024

/** Listens for DNS over TCP (RFC 7766). Rejects where the address cannot be bound. */
export async function listenTcp(options: ListenOptions): Promise<Listener> {
  const host = streamHost(options)
  const accept: Accept = (socket, connections, client) => serveStream(socket, 'tcp', host, connections, client)
  const acceptor = new Acceptor(await bindTcp(options), host, accept, options.warn)
  return {
    address: acceptor.address,
    port: acceptor.port,
    update: (change) => updateHost(host, change),
    close: (grace) => acceptor.close(grace),
  }
}

/** What the connections of a DNS stream listener share. */
export function streamHost({ server, limits }: ListenOptions): StreamHost {
  return { server, limits: streamLimits(limits, MAX_CONNECTIONS) }
}

export function updateHost(host: StreamHost, { server, limits }: ListenerUpdate): void {
  if (server) host.server = server
  if (limits) host.limits = streamLimits(limits, MAX_CONNECTIONS)
}

/** Puts a socket to work as a DNS stream. */
export function serveStream(
  socket: Socket,
  transport: 'tcp' | 'tls',
  host: StreamHost,
  connections: Connections,
  client?: ProxiedClient,
): void {
  const peer = peerOf(socket, transport, client)
  if (!peer) {
    socket.destroy()
    return
  }
  const connection = new StreamConnection(socket, peer, host)
  connections.add(connection)
  socket.on('data', (chunk: Uint8Array) =>
    connection.received(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)),
  )
  socket.on('drain', () => connection.drained())
  socket.on('end', () => connection.inputEnded())
  socket.on('close', () => {
    connection.closed()
    connections.delete(connection)
  })
}

type Accept = (socket: Socket, connections: Connections, client?: ProxiedClient) => void

/** A bound TCP socket: lets in as many connections as may be, and ends them together. */
export class Acceptor {
  readonly address: string
  readonly port: number
  readonly #server: Server
  readonly #connections: Connections

  constructor(server: Server, host: { readonly limits: StreamLimits }, accept: Accept, warn?: (line: string) => void) {
    const { address, port } = server.address() as AddressInfo
    this.address = address
    this.port = port
    this.#server = server
    this.#connections = new Connections(
      () => host.limits.maxConnections,
      () => sweepInterval(host.limits),
    )
    server.on('connection', (socket) => {
      // Broken connections are everyday; 'close' follows.
      socket.on('error', () => {})
      const { proxy } = host.limits
      if (!this.#connections.admit()) socket.destroy()
      else if (!proxy) accept(socket, this.#connections)
      else enterProxied(socket, proxy, host, this.#connections, (client) => accept(socket, this.#connections, client))
    })
    // Out of file descriptors, for one: connections wait in the backlog.
    server.on('error', (error) => warn?.(`tcp ${address}:${port}: ${error.message}`))
  }

  async close(grace: number = DEFAULT_GRACE): Promise<void> {
    // Connections that the system has made already are taken first: it would reset them.
    await quietTurn()
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    await this.#connections.drain(grace)
    await closed
  }
}

/** Binds a TCP socket. Rejects where that cannot be. */
export async function bindTcp({ address, port, reusePort, ipv6Only }: BindOptions): Promise<Server> {
  // Half open: a client may end its side after its last query, and still gets its answers.
  const server = net.createServer({ allowHalfOpen: true, noDelay: true })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: address, port, reusePort, ipv6Only, exclusive: true, backlog: BACKLOG }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return server
}
