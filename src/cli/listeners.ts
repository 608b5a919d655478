import type { AddressInfo } from 'node:net'
import type { Listener as Planned } from '../instance.ts'
import type { BindOptions, Listener, ListenOptions } from '../transport/listener.ts'
import { bindTcp, listenTcp } from '../transport/tcp.ts'
import { bindUdp, listenUdp } from '../transport/udp.ts'
import { isWildcard, listenUdpEverywhere } from '../transport/udpwildcard.ts'
import { Failure } from './failure.ts'

/** What is free for UDP may be taken for TCP: so many ports are tried where the system chooses. */
const CHOICES = 10

/** A planned listener at work: one socket, or for plain DNS two. */
export class OpenListener {
  #planned: Planned
  /** Others of ours may bind sockets to the address as well: other threads, and the next configuration. */
  readonly isShared: boolean
  readonly #sockets: readonly Listener[]

  constructor(planned: Planned, sockets: readonly Listener[], isShared: boolean) {
    this.#planned = planned
    this.isShared = isShared
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

/** What a listener is opened among. */
export interface Surroundings {
  /** The addresses of other listeners at the same port. */
  readonly beside: readonly string[]
  /** The port is in our own hands already. */
  readonly isOurs: boolean
  readonly warn: (line: string) => void
}

/** Binds the sockets of a planned listener, which then answers. Throws ListenError, leaving nothing open. */
export async function openListener(planned: Planned, surroundings: Surroundings): Promise<OpenListener> {
  try {
    return new OpenListener(planned, await openSockets(planned, surroundings, true), true)
  } catch (error) {
    try {
      // A system where sockets cannot share a port.
      if ((error as NodeJS.ErrnoException).code !== 'ENOTSUP' || planned.sockets > 1) throw error
      return new OpenListener(planned, await openSockets(planned, surroundings, false), false)
    } catch (reason) {
      throw new ListenError(listenerUrl(planned), reason as NodeJS.ErrnoException)
    }
  }
}

async function openSockets(
  planned: Planned,
  { beside, isOurs, warn }: Surroundings,
  reusePort: boolean,
): Promise<readonly Listener[]> {
  const { transport, address, port, server, limits, tls } = planned
  const isSharedWithIPv4 = address === '::' && beside.includes('0.0.0.0')
  const options = {
    address,
    port,
    server,
    limits,
    beside,
    warn,
    reusePort,
    ...(isSharedWithIPv4 && { ipv6Only: true }),
  }
  if (transport === 'dns') return openBoth(options, isOurs)
  return [await openStream(transport, { ...options, port: isOurs ? port : await free(options, bindTcp) }, tls)]
}

/** TLS and HTTP are loaded where they are of use: they take megabytes, and time to start. */
async function openStream(
  transport: Planned['transport'],
  options: ListenOptions,
  tls: Planned['tls'],
): Promise<Listener> {
  if (transport === 'tls' && tls) {
    const { listenTls } = await import('../transport/tls.ts')
    return listenTls({ ...options, tls })
  }
  if (transport === 'https') {
    const { listenHttps } = await import('../transport/https.ts')
    return listenHttps({ ...options, tls })
  }
  return listenTcp(options)
}

/** UDP first: whoever sees the TCP port open may send packets. The system's choice of a port for UDP goes for TCP as well. */
async function openBoth(options: ListenOptions, isOurs: boolean): Promise<readonly Listener[]> {
  for (let triesLeft = options.port === 0 ? CHOICES : 1; ; ) {
    const port = isOurs ? options.port : await free(options, bindUdp)
    const chosen = { ...options, port }
    const udp = await (isWildcard(options.address) ? listenUdpEverywhere(chosen) : listenUdp(chosen))
    try {
      return [udp, await listenTcp({ ...chosen, port: udp.port })]
    } catch (error) {
      await udp.close(0)
      if (--triesLeft === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
  }
}

/**
 * The port, that nobody else has; for 0 one of the system's choice. Sockets that share a port take queries from each other, unnoticed:
 * another program's, a second coredge's, would be shared too. Rejects where it cannot be bound.
 */
async function free<T extends Bound>(
  options: BindOptions,
  bind: (options: BindOptions) => Promise<T>,
): Promise<number> {
  const socket = await bind({ ...options, reusePort: false })
  const { port } = socket.address() as AddressInfo
  await new Promise<void>((resolve) => socket.close(() => resolve()))
  return port
}

interface Bound {
  address(): AddressInfo | string | null
  close(done: () => void): unknown
}

function explain({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return 'another program has this port; name another in the Corefile, or with -dns.port'
  if (code === 'EACCES')
    return 'not allowed; ports under 1024 are for root (or CAP_NET_BIND_SERVICE); name another in the Corefile, or with -dns.port'
  if (code === 'EADDRNOTAVAIL') return 'the address is not one of this machine'
  if (code === 'EAFNOSUPPORT') return 'this machine has no IPv6'
  // RFC 4007 §6: it is unique on one link only.
  if (code === 'EINVAL' && / fe80:/i.test(message))
    return 'a link-local address must name its interface, as in fe80::1%eth0'
  if (code === 'ENOTSUP') return 'this system does not spread queries over sockets, as multisocket wants it'
  return message
}
