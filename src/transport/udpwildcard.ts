import { networkInterfaces } from 'node:os'
import type { Listener, ListenerUpdate } from './listener.ts'
import { bindUdp, UdpListener, type UdpOptions, type UdpSiblings } from './udp.ts'

export interface WildcardOptions extends UdpOptions {
  /** The machine's addresses as they are now. */
  readonly addresses?: () => readonly string[]
  /** How often they are looked at. Milliseconds. */
  readonly interval?: number
}

const INTERVAL = 5000
/** Addresses with a socket of their own. */
const MAX_SOCKETS = 1000

export const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::'

/**
 * Listens for DNS over UDP on all addresses of the machine. Rejects where the port cannot be bound.
 *
 * A reply must come from the address that was asked (RFC 2181 §4.1), and who has one socket for all of them cannot say so in Node:
 * the system takes the address that it would take to begin a conversation. So each address has a socket of its own, which the system
 * prefers, beside the one for all. That one is left with what no interface lists, such as 127.0.0.2.
 */
export async function listenUdpEverywhere(options: WildcardOptions): Promise<Listener> {
  // Sockets that share a port take queries from each other, unnoticed: another program's would be shared too.
  if (!options.reusePort) await close(await bindUdp(options))
  try {
    const rest = await bindUdp({ ...options, reusePort: true })
    const listener = new WildcardListener(new UdpListener(rest, options), options)
    await listener.follow()
    return listener
  } catch (error) {
    // A system where sockets cannot share a port.
    if (options.reusePort || (error as NodeJS.ErrnoException).code !== 'ENOTSUP') throw error
    return new UdpListener(await bindUdp(options), options)
  }
}

const close = (socket: Awaited<ReturnType<typeof bindUdp>>): Promise<void> =>
  new Promise((resolve) => socket.close(resolve))

class WildcardListener implements Listener {
  readonly address: string
  readonly port: number
  readonly #rest: UdpListener
  readonly #siblings: UdpSiblings
  readonly #sockets = new Map<string, UdpListener>()
  readonly #timer: ReturnType<typeof setInterval>
  #options: WildcardOptions
  #following: Promise<void> = Promise.resolve()
  #isClosing = false

  constructor(rest: UdpListener, options: WildcardOptions) {
    this.address = rest.address
    this.port = rest.port
    this.#rest = rest
    this.#siblings = rest.siblings
    this.#options = options
    this.#timer = setInterval(() => void this.follow(), options.interval ?? INTERVAL).unref()
  }

  /** Opens sockets for addresses that are new, one look after the other. */
  follow(): Promise<void> {
    this.#following = this.#following.then(() => this.#follow())
    return this.#following
  }

  async #follow(): Promise<void> {
    const { addresses = machineAddresses, beside = [] } = this.#options
    const isOurs = this.address === '0.0.0.0' || beside.includes('0.0.0.0') ? ofFamily(this.address) : () => true
    const now = new Set(addresses().filter((address) => isOurs(address) && !beside.includes(address)))
    // The socket of an address that is gone stays: one that moves between machines comes back, and is asked at once.
    const hasRoom = this.#sockets.size + now.size <= MAX_SOCKETS
    const stale = [...this.#sockets].filter(([address]) => beside.includes(address) || !(hasRoom || now.has(address)))
    for (const [address] of stale) this.#sockets.delete(address)
    const fresh = [...now].filter((address) => !this.#sockets.has(address))
    const room = MAX_SOCKETS - this.#sockets.size
    await Promise.all([
      ...stale.map(([, listener]) => listener.close()),
      ...fresh.slice(0, room).map((address) => this.#open(address)),
    ])
  }

  async #open(address: string): Promise<void> {
    try {
      const socket = await bindUdp({ address, port: this.port, reusePort: true })
      if (this.#isClosing) socket.close()
      else this.#sockets.set(address, new UdpListener(socket, { ...this.#options, siblings: this.#siblings }))
    } catch {
      // Not usable yet (RFC 4862 §5.4: tentative), gone again, or another program's: until the next look the other socket has it.
    }
  }

  update(change: ListenerUpdate): void {
    const { server = this.#options.server, limits = this.#options.limits, beside } = change
    this.#options = { ...this.#options, server, ...(limits && { limits }), ...(beside && { beside }) }
    for (const listener of [this.#rest, ...this.#sockets.values()]) listener.update(change)
    void this.follow()
  }

  async close(grace?: number): Promise<void> {
    this.#isClosing = true
    clearInterval(this.#timer)
    await this.#following
    await Promise.all([this.#rest, ...this.#sockets.values()].map((listener) => listener.close(grace)))
  }
}

/** Without link-local ones of IPv6: to answer their like the system takes the address of the same link (RFC 6724 §5, rule 2). */
function machineAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address))
  return all.filter((address) => !/^fe[89ab]/i.test(address))
}

const ofFamily =
  (of: string) =>
  (address: string): boolean =>
    address.includes(':') === of.includes(':')
