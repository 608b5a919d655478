import dgram, { type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { ListenerLimits, ProxyProtocol } from '../capabilities.ts'
import type { Peer } from '../query.ts'
import type { DnsServer } from './dnsserver.ts'
import { type BindOptions, DEFAULT_GRACE, type Listener, type ListenerUpdate, type ListenOptions } from './listener.ts'
import { Outbox } from './outbox.ts'
import { type ProxiedClient, plainAddress } from './peer.ts'
import { ProxyDatagrams } from './proxydatagram.ts'
import { NewestFirst } from './shed.ts'

export interface UdpOptions extends ListenOptions {
  /** Queries that may wait for an answer at one time; more are dropped. */
  readonly maxInFlight?: number
  /** Octets of the kernel's buffers; what it makes of them is its own affair. */
  readonly receiveBuffer?: number
  readonly sendBuffer?: number
  /** What this socket shares with others of the same listener. */
  readonly siblings?: UdpSiblings
}

/** What several sockets of one listener share. */
export interface UdpSiblings {
  /** The listener's address. */
  readonly address: string
  /** Queries of all of them that wait for an answer. */
  inFlight: number
}

const MAX_IN_FLIGHT = 10_000
/** Room for a burst. Without being told the kernel has room for some 300 queries. */
const RECEIVE_BUFFER = 1024 * 1024
/** How long a socket that closes goes on reading where queries keep coming, as they do where it cannot turn them away. Milliseconds. */
const READ_OUT = 100

/** Listens for DNS over UDP. Rejects where the address cannot be bound. */
export async function listenUdp(options: UdpOptions): Promise<Listener> {
  return new UdpListener(await bindUdp(options), options)
}

/** A bound socket that nobody reads yet. Rejects where the address cannot be bound. */
export async function bindUdp(options: BindOptions): Promise<Socket> {
  const socket = dgram.createSocket({
    type: isIPv6(options.address) ? 'udp6' : 'udp4',
    reusePort: options.reusePort,
    ipv6Only: options.ipv6Only,
    lookup: alreadyAnAddress,
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind({ address: options.address, port: options.port, exclusive: true }, () => {
      socket.off('error', reject)
      resolve()
    })
  })
  return socket
}

type LookupCallback = (error: null, address: string, family: number) => void

/** In place of dns.lookup, which would put off each send to the next tick. */
function alreadyAnAddress(address: string, _options: unknown, callback: LookupCallback): void {
  callback(null, address, 0)
}

interface Packet {
  readonly message: Uint8Array
  readonly from: RemoteInfo
  /** Who is behind the proxy that sent it. */
  readonly client: ProxiedClient | undefined
}

/** One socket at work. */
export class UdpListener implements Listener {
  readonly address: string
  readonly port: number
  readonly siblings: UdpSiblings
  readonly #socket: Socket
  readonly #outbox: Outbox
  readonly #mapsIPv4: boolean
  readonly #maxInFlight: number
  /** The system may choose the port; then it takes it back where a socket is not connected any more. */
  readonly #hasPort: boolean
  #server: DnsServer
  #inFlight = 0
  #isClosing = false
  #drained: (() => void) | undefined
  /** Read in this turn of the event loop, and not yet looked at. */
  #packets: Packet[] = []
  #turn: ReturnType<typeof setImmediate> | undefined
  /** Where `shed` is on: packets read and not yet looked at. */
  #waiting: NewestFirst<Packet> | undefined
  #depth = 0
  #proxy: ProxyProtocol | undefined

  constructor(socket: Socket, options: UdpOptions) {
    const { address, port } = socket.address()
    this.address = address
    this.port = port
    this.siblings = options.siblings ?? { address, inFlight: 0 }
    this.#socket = socket
    this.#outbox = new Outbox(socket)
    this.#server = options.server
    this.#mapsIPv4 = isIPv6(address)
    this.#maxInFlight = options.maxInFlight ?? MAX_IN_FLIGHT
    this.#hasPort = options.port > 0
    // What waits in the kernel is read oldest first: `shed` wants little of it there.
    setBuffers(socket, { receiveBuffer: options.limits?.shed ? undefined : RECEIVE_BUFFER, ...options })
    this.#listen(options.limits ?? {})
    // ICMP errors and the like; the socket goes on.
    socket.on('error', (error) => options.warn?.(`udp ${address}:${port}: ${error.message}`))
  }

  update({ server, limits }: ListenerUpdate): void {
    if (server) this.#server = server
    if (!limits || (limits.proxy === this.#proxy && (limits.shed ?? 0) === this.#depth)) return
    this.#socket.removeAllListeners('message')
    // What waits is served all the same.
    this.#waiting = undefined
    this.#listen(limits)
  }

  /** What packets go through before they are looked at: `proxyproto`, the stack of `shed`, or the end of the turn. */
  #listen({ shed = 0, shedCounter, proxy }: ListenerLimits): void {
    this.#depth = shed
    this.#proxy = proxy
    let take = this.#received
    if (shed > 0) {
      const { address } = this.siblings
      const counter = shedCounter?.(`dns://${isIPv6(address) ? `[${address}]` : address}:${this.port}`)
      const waiting = new NewestFirst<Packet>(shed, this.#serve, counter)
      this.#waiting = waiting
      take = (message, from, client) => waiting.push({ message, from, client })
    }
    if (!proxy) {
      this.#socket.on('message', take)
      return
    }
    const datagrams = new ProxyDatagrams(proxy)
    this.#socket.on('message', (message, from) => {
      const unwrapped = datagrams.unwrap(message, from)
      if (unwrapped) take(unwrapped.message, from, unwrapped.client)
    })
  }

  /** All that is read in a turn is answered at its end: one kind of work after the other, which the processor's caches like. */
  readonly #received = (message: Uint8Array, from: RemoteInfo, client?: ProxiedClient): void => {
    this.#packets.push({ message, from, client })
    this.#turn ??= setImmediate(this.#serveTurn)
  }

  readonly #serveTurn = (): void => {
    clearImmediate(this.#turn)
    this.#turn = undefined
    const packets = this.#packets
    this.#packets = []
    for (const packet of packets) this.#serve(packet)
    this.#outbox.flush()
  }

  /** The hot path: no closure, no promise and no tick between a query and its reply where the server has it at hand. */
  readonly #serve = ({ message, from, client }: Packet): void => {
    // Nothing can be sent to port 0 (RFC 768: no reply wanted); Node throws on it.
    if (this.siblings.inFlight >= this.#maxInFlight || from.port === 0) return
    const peer: Peer = {
      transport: 'udp',
      address: client ? client.address : this.#mapsIPv4 ? plainAddress(from.address) : from.address,
      port: client ? client.port : from.port,
      localAddress: this.address,
      localPort: this.port,
    }
    try {
      const reply = this.#server.answer(message, peer)
      if (reply === undefined) return
      if (reply instanceof Promise) this.#sendLater(reply, from)
      else this.#outbox.push(reply, from)
    } catch {
      // No packet may end the process. The server has reported what a plugin threw.
    }
  }

  async #sendLater(reply: Promise<Uint8Array | undefined>, to: RemoteInfo): Promise<void> {
    this.#inFlight++
    this.siblings.inFlight++
    try {
      const octets = await reply
      if (octets) this.#outbox.push(octets, to)
    } catch {
      // As above; also when the socket was closed meanwhile.
    }
    this.siblings.inFlight--
    if (--this.#inFlight === 0) this.#drained?.()
  }

  /** Answers what has arrived, until the kernel has no more of it: three turns of the event loop bring nothing. */
  async #readOut(grace: number): Promise<void> {
    let isQuiet = false
    const heard = (): void => {
      isQuiet = false
    }
    this.#socket.prependListener('message', heard)
    // A thread that gets no processor for a while has turns that are long, not many.
    const end = performance.now() + (this.#outbox.isAway ? grace : Math.min(grace, READ_OUT))
    for (let quiet = 0; quiet < 3 && performance.now() < end; quiet = isQuiet ? quiet + 1 : 0) {
      isQuiet = !this.#waiting?.waiting
      await new Promise(setImmediate)
    }
    this.#socket.off('message', heard)
  }

  /** Waits until nothing is in flight, for so long. */
  async #drain(milliseconds: number): Promise<void> {
    let late: ReturnType<typeof setTimeout> | undefined
    await new Promise<void>((resolve) => {
      this.#drained = resolve
      late = setTimeout(resolve, milliseconds)
    })
    clearTimeout(late)
  }

  async close(grace: number = DEFAULT_GRACE): Promise<void> {
    if (this.#isClosing) return
    this.#isClosing = true
    if (this.#hasPort) this.#outbox.turnAway(this.port, this.address)
    const end = performance.now() + grace
    await this.#readOut(grace)
    for (let left = grace; this.#inFlight > 0 && left > 0; left = end - performance.now()) {
      await this.#drain(left)
      // What came meanwhile: where it cannot be turned away, or while a reply was sent.
      await this.#readOut(left)
    }
    this.#waiting?.clear()
    this.#serveTurn()
    await new Promise<void>((resolve) => this.#socket.close(resolve))
  }
}

function setBuffers(socket: Socket, { receiveBuffer, sendBuffer }: UdpOptions): void {
  try {
    if (receiveBuffer) socket.setRecvBufferSize(receiveBuffer)
    if (sendBuffer) socket.setSendBufferSize(sendBuffer)
  } catch {
    // Some systems refuse sizes beyond their maximum, where Linux takes the maximum. Smaller buffers serve as well.
  }
}
