import type { Socket } from 'node:net'
import tls, { type Server, type TLSSocket } from 'node:tls'
import type { TlsSettings } from '../capabilities.ts'
import type { Connections } from './connections.ts'
import type { StreamLimits } from './limits.ts'
import type { Listener, ListenOptions } from './listener.ts'
import type { ProxiedClient } from './peer.ts'
import { Acceptor, bindTcp, serveStream, streamHost, updateHost } from './tcp.ts'
import { TlsKeylog } from './tlskeylog.ts'
import { Waiting } from './waiting.ts'

export interface TlsOptions extends ListenOptions {
  readonly tls: TlsSettings
}

/** Listens for DNS over TLS (RFC 7858). Rejects where the address cannot be bound or certificate and key are no pair. */
export async function listenTls(options: TlsOptions): Promise<Listener> {
  const host = streamHost(options)
  // "dot" is IANA's name for it; clients that send no ALPN are welcome as well.
  const gate = new TlsGate(options, ['dot'], host, (socket, connections, client) => {
    serveStream(socket, 'tls', host, connections, client)
  })
  const accept = (socket: Socket, connections: Connections, client?: ProxiedClient): void =>
    gate.enter(socket, connections, client)
  const acceptor = new Acceptor(await bindTcp(options), host, accept, options.warn)
  return {
    address: acceptor.address,
    port: acceptor.port,
    update(change) {
      if (change.tls) gate.replace(change.tls)
      updateHost(host, change)
    },
    async close(grace) {
      await acceptor.close(grace)
      gate.close()
    },
  }
}

const MAX_TIMER = 2 ** 31 - 1

type Secured = (socket: TLSSocket, connections: Connections, client: ProxiedClient | undefined) => void

/** A connection while hands are shaken. */
interface Shaking {
  readonly entry: Waiting
  readonly connections: Connections
  readonly client: ProxiedClient | undefined
}

/** Shakes hands on accepted sockets, and hands on those that came through. */
export class TlsGate {
  readonly #alpn: string[]
  readonly #host: { readonly limits: StreamLimits }
  readonly #secured: Secured
  readonly #warn: ((line: string) => void) | undefined
  /** By the client's address and port, which both the plain and the secured socket have. */
  readonly #shaking = new Map<string, Shaking>()
  #server: Server
  #keylog: TlsKeylog | undefined

  constructor(
    { tls, warn }: { readonly tls: TlsSettings; readonly warn?: (line: string) => void },
    alpn: string[],
    host: { readonly limits: StreamLimits },
    secured: Secured,
  ) {
    this.#alpn = alpn
    this.#host = host
    this.#secured = secured
    this.#warn = warn
    this.#server = this.#make(tls)
    this.#log(tls.keylog)
  }

  /** New handshakes use the new settings. Throws, and goes on with the old ones, where they are no good. */
  replace(settings: TlsSettings): void {
    this.#server = this.#make(settings)
    this.#keylog?.close()
    this.#log(settings.keylog)
  }

  #log(file: string | undefined): void {
    const keylog = file ? new TlsKeylog(file, this.#warn) : undefined
    if (keylog) this.#server.on('keylog', (line) => keylog.write(line))
    this.#keylog = keylog
  }

  #make(settings: TlsSettings): Server {
    const { cert, key, ca, clientAuth } = settings
    // Never bound: it takes sockets that are accepted already, so that replacing it costs no connection.
    const server = tls.createServer({
      cert,
      key,
      ca,
      minVersion: 'TLSv1.2',
      ALPNProtocols: this.#alpn,
      requestCert: clientAuth !== 'nocert',
      rejectUnauthorized: clientAuth === 'require_and_verify',
      allowHalfOpen: true,
      noDelay: true,
      // `Waiting` has the deadline.
      handshakeTimeout: MAX_TIMER,
    })
    server.on('secureConnection', (socket) => this.#passed(socket, clientAuth))
    // No TLS, no common version, a certificate refused: the socket is closed, and that is all there is to do.
    server.on('tlsClientError', (_, socket) => socket.destroy())
    return server
  }

  enter(socket: Socket, connections: Connections, client?: ProxiedClient): void {
    const id = endpoint(socket)
    const entry = new Waiting(socket, this.#host)
    connections.add(entry)
    this.#shaking.set(id, { entry, connections, client })
    socket.once('close', () => {
      connections.delete(entry)
      if (this.#shaking.get(id)?.entry === entry) this.#shaking.delete(id)
    })
    this.#server.emit('connection', socket)
  }

  #passed(socket: TLSSocket, clientAuth: TlsSettings['clientAuth']): void {
    // Broken connections are everyday; 'close' follows.
    socket.on('error', () => {})
    const id = endpoint(socket)
    const waiting = this.#shaking.get(id)
    if (!waiting || !isAdmitted(socket, clientAuth)) {
      socket.destroy()
      return
    }
    this.#shaking.delete(id)
    this.#secured(socket, waiting.connections, waiting.client)
    waiting.connections.delete(waiting.entry)
  }

  close(): void {
    this.#keylog?.close()
  }
}

const endpoint = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`

/** What Node does not decide itself: the two policies between "none" and "a good one" of Go's tls.ClientAuthType. */
function isAdmitted(socket: TLSSocket, clientAuth: TlsSettings['clientAuth']): boolean {
  const hasCertificate = (): boolean => Object.keys(socket.getPeerCertificate() ?? {}).length > 0
  if (clientAuth === 'require') return hasCertificate()
  return clientAuth !== 'verify_if_given' || socket.authorized || !hasCertificate()
}
