import type { ProxyProtocol } from '../capabilities.ts'
import { type ProxiedClient, plainAddress } from './peer.ts'
import { type ReadHeader, readProxyHeader } from './proxyheader.ts'
import { ProxySessions } from './proxysessions.ts'

/** A datagram without the header it had, and who is behind the proxy that sent it. */
export interface Unwrapped {
  readonly message: Uint8Array
  readonly client: ProxiedClient | undefined
}

/** Takes PROXY headers off datagrams; only version 2 can be in front of one. */
export class ProxyDatagrams {
  readonly #proxy: ProxyProtocol
  readonly #sessions: ProxySessions | undefined

  constructor(proxy: ProxyProtocol) {
    this.#proxy = proxy
    const { sessionLifetime, maxSessions } = proxy
    this.#sessions = sessionLifetime > 0 ? new ProxySessions(sessionLifetime, maxSessions) : undefined
  }

  /** Undefined: the datagram is no query, or its header is damaged or not welcome. */
  unwrap(message: Uint8Array, from: { readonly address: string; readonly port: number }): Unwrapped | undefined {
    const policy = this.#proxy.policyOf(plainAddress(from.address))
    if (policy === 'skip') return { message, client: undefined }
    const header = readProxyHeader(message)
    const isUsed = policy === 'use'
    if (header === 'none') return { message, client: isUsed ? this.#sessions?.get(nameOf(from)) : undefined }
    if (!isWhole(header) || policy === 'reject') return undefined
    const { client, length } = header
    if (isUsed && client) this.#sessions?.set(nameOf(from), client)
    const payload = message.subarray(length)
    return payload.length === 0 ? undefined : { message: payload, client: isUsed ? client : undefined }
  }
}

function isWhole(header: ReadHeader): header is Exclude<ReadHeader, string> {
  return typeof header === 'object' && header.version === 2 && header.kind !== 'stream'
}

const nameOf = ({ address, port }: { readonly address: string; readonly port: number }): string => `${address} ${port}`
