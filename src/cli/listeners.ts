import type { Listener as Planned } from '../instance.ts'
import type { Listener, ListenOptions } from '../transport/listener.ts'
import { listenTcp } from '../transport/tcp.ts'
import { listenUdp } from '../transport/udp.ts'
import { isWildcard, listenUdpEverywhere } from '../transport/udpwildcard.ts'
import { Failure } from './failure.ts'

/** What is free for UDP may be taken for TCP: so many ports are tried where the system chooses. */
const CHOICES = 10

/** A planned listener at work: one socket, or for plain DNS two. */
export class OpenListener {
  #planned: Planned
  /** Other threads may bind sockets to the address as well. */
  readonly isShared: boolean
  readonly #sockets: readonly Listener[]

  constructor(planned: Planned, sockets: readonly Listener[]) {
    this.#planned = planned
    this.isShared = planned.sockets > 1
    this.#sockets = sockets
  }

  get planned(): Planned {
    return this.#planned
  }

  /** The port that is bound: the system's choice where 0 was asked for. */
  get port(): number {
    return this.#sockets[0].port
  }

  /** `dns://127.0.0.1:1053` */
  get url(): string {
    return listenerUrl({ ...this.#planned, port: this.port })
  }

  /** Serves as another plan for the same address says. Throws, and changes nothing, where its certificate is no good. */
  update(planned: Planned, beside: readonly string[]): void {
    const { server, limits, tls } = planned
    for (const socket of this.#sockets) socket.update({ server, limits, tls, beside })
    this.#planned = planned
  }

  /** Answers what is under way, then closes. */
  async close(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => socket.close()))
  }
}

/** A socket that cannot be bound. The message says which, why, and what can be done. */
export class ListenError extends Failure {
  override name = 'ListenError'
  /** As Node has it: EADDRINUSE, EACCES … */
  readonly code: string | undefined

  constructor(url: string, reason: NodeJS.ErrnoException) {
    super(`cannot listen on ${url}: ${explain(reason)}`)
    this.code = reason.code
  }
}

/** The address is not of this machine, or the machine has no IPv6 at all. */
export const isAbsent = (code: string | undefined): boolean => code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'

/** What tells listeners apart: the same before and after a reload is the same listener. */
export function listenerId(planned: Address & Pick<Planned, 'tls'>): string {
  const plain = planned.transport !== 'dns' && !planned.tls ? ' without TLS' : ''
  return `${listenerUrl(planned)}${plain}`
}

/** `dns://127.0.0.1:1053` */
export const listenerUrl = ({ transport, address, port }: Address): string =>
  `${transport}://${address.includes(':') ? `[${address}]` : address}:${port}`

type Address = Pick<Planned, 'transport' | 'address' | 'port'>

/**
 * Binds the sockets of a planned listener, which then answers. Throws ListenError, leaving nothing open. `beside`: the
 * addresses of other listeners at the same port.
 */
export async function openListener(
  planned: Planned,
  beside: readonly string[],
  warn: (line: string) => void,
): Promise<OpenListener> {
  const { address, port, server, limits, sockets: count } = planned
  const sockets: Listener[] = []
  try {
    const isSharedWithIPv4 = address === '::' && beside.includes('0.0.0.0')
    const shared = { ...(count > 1 && { reusePort: true }), ...(isSharedWithIPv4 && { ipv6Only: true }) }
    const options = { address, port, server, limits, beside, warn, ...shared }
    await openSockets(planned, options, sockets)
  } catch (error) {
    await Promise.all(sockets.map((socket) => socket.close(0)))
    throw new ListenError(listenerUrl(planned), error as NodeJS.ErrnoException)
  }
  return new OpenListener(planned, sockets)
}

/** TLS and HTTP are loaded where they are of use: they take megabytes, and time to start. */
async function openSockets({ transport, tls }: Planned, options: ListenOptions, sockets: Listener[]): Promise<void> {
  if (transport === 'tls' && tls) {
    const { listenTls } = await import('../transport/tls.ts')
    sockets.push(await listenTls({ ...options, tls }))
  } else if (transport === 'https') {
    const { listenHttps } = await import('../transport/https.ts')
    sockets.push(await listenHttps({ ...options, tls }))
  } else if (transport === 'dns') await openBoth(options, sockets)
  else sockets.push(await listenTcp(options))
}

/** UDP first: whoever sees the TCP port open may send packets. The system's choice of a port for UDP goes for TCP as well. */
async function openBoth(options: ListenOptions, sockets: Listener[]): Promise<void> {
  for (let triesLeft = options.port === 0 ? CHOICES : 1; ; ) {
    const udp = await (isWildcard(options.address) ? listenUdpEverywhere(options) : listenUdp(options))
    try {
      sockets.push(udp, await listenTcp({ ...options, port: udp.port }))
      return
    } catch (error) {
      await udp.close(0)
      if (--triesLeft === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
  }
}

function explain({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return 'another program has this port; name another in the Corefile, or with -dns.port'
  if (code === 'EACCES')
    return 'not allowed; ports under 1024 are for root (or CAP_NET_BIND_SERVICE); name another in the Corefile, or with -dns.port'
  if (code === 'EADDRNOTAVAIL') return 'the address is not one of this machine'
  if (code === 'EAFNOSUPPORT') return 'this machine has no IPv6'
  if (code === 'ENOTSUP') return 'this system does not spread queries over sockets, as multisocket wants it'
  return message
}
