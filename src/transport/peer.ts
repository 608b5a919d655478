import type { Peer, Transport } from '../query.ts'

/** An address as text with IPv4-mapped IPv6 (RFC 4291 §2.5.5.2), which dual-stack sockets show, as IPv4. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

/** Who a proxy speaks for, and where that one has sent its query. */
export type ProxiedClient = Omit<Peer, 'transport'>

/** The ends of a connection, or those that a proxy names; undefined where it is gone already. */
export function peerOf(socket: ConnectedSocket, transport: Transport, client?: ProxiedClient): Peer | undefined {
  const { remoteAddress, remotePort, localAddress, localPort } = socket
  if (!remoteAddress || !remotePort || !localAddress || !localPort) return undefined
  if (client) return { transport, ...client }
  return {
    transport,
    address: plainAddress(remoteAddress),
    port: remotePort,
    localAddress: plainAddress(localAddress),
    localPort,
  }
}

interface ConnectedSocket {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
}
