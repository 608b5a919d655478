import type { ListenerLimits, ProxyProtocol } from '../capabilities.ts'

/** Limits of a listener for connections, all filled in. Milliseconds and counts. */
export interface StreamLimits {
  readonly maxConnections: number
  /** From a message's first octet to its last; also from the connection's opening to its first message. */
  readonly readTimeout: number
  /** Without any progress in sending. */
  readonly writeTimeout: number
  /** Between messages. */
  readonly idleTimeout: number
  /** Queries on one connection before it is closed. */
  readonly maxTcpQueries: number
  /** Connections may begin with a PROXY header. */
  readonly proxy: ProxyProtocol | undefined
}

/** Fills in CoreDNS's defaults. A maximum of zero or less means none. */
export function streamLimits(limits: ListenerLimits = {}, maxConnections: number): StreamLimits {
  const unlessUnlimited = (count: number): number => (count > 0 ? count : Number.POSITIVE_INFINITY)
  return {
    maxConnections: unlessUnlimited(limits.maxConnections ?? maxConnections),
    readTimeout: limits.readTimeout ?? 3000,
    writeTimeout: limits.writeTimeout ?? 5000,
    idleTimeout: limits.idleTimeout ?? 10_000,
    maxTcpQueries: unlessUnlimited(limits.maxTcpQueries ?? 0),
    proxy: limits.proxy,
  }
}

/** How often deadlines are looked at, so that none is missed by more than a quarter. Milliseconds. */
export function sweepInterval({ readTimeout, writeTimeout, idleTimeout }: StreamLimits): number {
  return Math.min(1000, Math.max(10, Math.min(readTimeout, writeTimeout, idleTimeout) / 4))
}
