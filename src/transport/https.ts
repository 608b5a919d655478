import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ListenerLimits, TlsSettings } from '../capabilities.ts'
import type { Connections } from './connections.ts'
import { dohHandler } from './dohhandler.ts'
import type { HttpHandler } from './http.ts'
import type { HttpHost } from './httprequest.ts'
import { Http1 } from './https1.ts'
import { Http2Connection } from './https2.ts'
import { type StreamLimits, streamLimits } from './limits.ts'
import type { Listener, ListenOptions } from './listener.ts'
import { type ProxiedClient, peerOf } from './peer.ts'
import { Acceptor, bindTcp } from './tcp.ts'
import { TlsGate } from './tls.ts'
import { Waiting } from './waiting.ts'

export interface HttpsOptions extends ListenOptions {
  /** Left out: plain HTTP. */
  readonly tls?: TlsSettings
}

export interface HttpOptions extends Omit<HttpsOptions, 'server'> {
  readonly handler: HttpHandler
}

/** As many as CoreDNS. */
const MAX_CONNECTIONS = 200

/** Listens for DNS over HTTPS (RFC 8484) over HTTP/2 and 1.1. Rejects where the address or certificate is no good. */
export async function listenHttps(options: HttpsOptions): Promise<Listener> {
  let { server } = options
  const listener = await listenHttp({ ...options, handler: dohHandler(() => server) })
  return {
    ...listener,
    update(change) {
      listener.update(change)
      server = change.server ?? server
    },
  }
}

/** Listens for HTTP/2 and 1.1, over TLS or (HTTP/2 by prior knowledge) without, and lets `handler` answer. */
export async function listenHttp(options: HttpOptions): Promise<Listener> {
  const host = { handler: options.handler, limits: httpLimits(options.limits) }
  const http1 = new Http1()
  const serve: Serve = (socket, isHttp2, connections, client) =>
    serveHttp(socket, isHttp2 ? undefined : http1, host, connections, client)
  const gate = options.tls && tlsGate({ tls: options.tls, warn: options.warn }, host, serve)
  const accept = (socket: Socket, connections: Connections, client?: ProxiedClient): void => {
    if (gate) gate.enter(socket, connections, client)
    else awaitPreface(socket, host, connections, (isHttp2) => serve(socket, isHttp2, connections, client))
  }
  const acceptor = new Acceptor(await bindTcp(options), host, accept, options.warn)
  return {
    address: acceptor.address,
    port: acceptor.port,
    update({ limits, tls }) {
      if (tls) gate?.replace(tls)
      if (limits) host.limits = httpLimits(limits)
    },
    async close(grace) {
      await acceptor.close(grace)
      gate?.close()
    },
  }
}

const httpLimits = (limits: ListenerLimits | undefined): StreamLimits => streamLimits(limits, MAX_CONNECTIONS)

type Serve = (socket: Socket, isHttp2: boolean, connections: Connections, client: ProxiedClient | undefined) => void

function tlsGate(
  options: { readonly tls: TlsSettings; readonly warn?: (line: string) => void },
  host: HttpHost,
  serve: Serve,
): TlsGate {
  return new TlsGate(options, ['h2', 'http/1.1'], host, (socket: TLSSocket, connections, client) =>
    serve(socket, socket.alpnProtocol === 'h2', connections, client),
  )
}

/** Puts a socket to work: by `http1` or, where there is none, by HTTP/2. */
function serveHttp(
  socket: Socket,
  http1: Http1 | undefined,
  host: HttpHost,
  connections: Connections,
  client: ProxiedClient | undefined,
): void {
  const peer = peerOf(socket, 'https', client)
  if (!peer) {
    socket.destroy()
    return
  }
  const connection = http1 ? http1.connect(socket, peer, host) : new Http2Connection(socket, peer, host)
  connections.add(connection)
  socket.once('close', () => connections.delete(connection))
}

/** Without ALPN the first octets tell: HTTP/2 begins with "PRI * HTTP/2.0" (RFC 9113 §3.4). */
function awaitPreface(
  socket: Socket,
  host: HttpHost,
  connections: Connections,
  serve: (isHttp2: boolean) => void,
): void {
  const waiting = new Waiting(socket, host)
  connections.add(waiting)
  const gone = (): void => connections.delete(waiting)
  socket.once('close', gone)
  socket.once('data', (chunk: Buffer) => {
    socket.off('close', gone)
    socket.pause()
    socket.unshift(chunk)
    const isHttp2 = chunk.toString('latin1', 0, 3) === 'PRI'
    serve(isHttp2)
    connections.delete(waiting)
    // HTTP/2 takes the octets itself, a tick later; if they flowed it would miss them.
    if (!isHttp2) socket.resume()
  })
}
