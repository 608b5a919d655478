import type { ListenerLimits, TlsSettings } from '../capabilities.ts'
import type { DnsServer } from './dnsserver.ts'

/** Where to listen. */
export interface BindOptions {
  /** An IP address. */
  readonly address: string
  /** 0: the system chooses; `Listener.port` says which. */
  readonly port: number
  /** Several sockets of one process, or several processes, share the port; the kernel spreads the load. */
  readonly reusePort?: boolean
  /** `::` takes no IPv4. */
  readonly ipv6Only?: boolean
}

/** Where to listen, and what answers there. */
export interface ListenOptions extends BindOptions {
  readonly server: DnsServer
  readonly limits?: ListenerLimits
  /** For one that listens on all addresses: those that have a listener of their own at the same port. */
  readonly beside?: readonly string[]
  /** Told, in one line, of what goes wrong while listening. */
  readonly warn?: (line: string) => void
}

/** What a reload may change without closing a socket. What is left out stays. */
export interface ListenerUpdate {
  readonly server?: DnsServer
  readonly limits?: ListenerLimits
  readonly beside?: readonly string[]
  /** Throws, and changes nothing, where certificate and key are no pair. */
  readonly tls?: TlsSettings
}

/** A bound socket at work. */
export interface Listener {
  readonly address: string
  readonly port: number
  update(change: ListenerUpdate): void
  /** Takes no more queries, answers those in flight for at most `grace` milliseconds, then closes everything. */
  close(grace?: number): Promise<void>
}

/** How long `close` waits where the caller does not say: as long as CoreDNS. */
export const DEFAULT_GRACE = 5000
