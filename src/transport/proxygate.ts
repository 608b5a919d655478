import type { Socket } from 'node:net'
import type { ProxyProtocol } from '../capabilities.ts'
import type { Connections } from './connections.ts'
import type { StreamLimits } from './limits.ts'
import { type ProxiedClient, plainAddress } from './peer.ts'
import { readProxyHeader } from './proxyheader.ts'
import { Waiting } from './waiting.ts'

type Proceed = (client: ProxiedClient | undefined) => void

/**
 * Reads the PROXY header that a connection may begin with, and goes on with what comes after it. A connection with a header
 * that is damaged, or not welcome, is closed.
 */
export function enterProxied(
  socket: Socket,
  { policyOf }: ProxyProtocol,
  host: { readonly limits: StreamLimits },
  connections: Connections,
  proceed: Proceed,
): void {
  const policy = policyOf(plainAddress(socket.remoteAddress ?? ''))
  if (policy === 'skip') {
    proceed(undefined)
    return
  }
  const waiting = new Waiting(socket, host)
  connections.add(waiting)
  let octets: Buffer = Buffer.alloc(0)
  const gone = (): void => connections.delete(waiting)
  const ended = (): void => void socket.destroy()
  const readable = (): void => {
    const chunk: Buffer | null = socket.read()
    if (chunk === null) return
    octets = octets.length === 0 ? chunk : Buffer.concat([octets, chunk])
    const header = readProxyHeader(octets)
    if (header === 'more') return
    socket.off('readable', readable).off('end', ended).off('close', gone)
    const isRefused = header === 'bad' || (policy === 'reject' && header !== 'none')
    if (isRefused) socket.destroy()
    else {
      const after = header === 'none' ? octets : octets.subarray(header.length)
      if (after.length > 0) socket.unshift(after)
      proceed(header !== 'none' && policy === 'use' ? header.client : undefined)
    }
    connections.delete(waiting)
  }
  socket.on('readable', readable).once('end', ended).once('close', gone)
}
