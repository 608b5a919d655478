import type { DatagramSocket } from '../runtime/runtime.ts'
import { randomBelow } from './random.ts'
import type { PoolCounts, UpstreamCounts } from './receiver.ts'
import { MAX_WAITING, UdpPort } from './udpport.ts'

/** Ports open for new queries at one time. */
const PORTS = 8
/** Queries that a port carries before another takes its place. */
const MAX_USES = 1024
/** Messages nobody asked for that a port takes before another takes its place: somebody may have found it. */
const MAX_UNWANTED = 16
/** Ports that may be open at all, those included that only wait for their last answers. */
const MAX_OPEN = 256

/**
 * The local ports from which one upstream is asked over UDP.
 *
 * Who wants to slip in an answer must hit a query's port and id at once (RFC 5452 §4). Each query goes out from one of up to
 * eight ports, drawn at random, that the system picked from its ephemeral range (about 2^15), under a random id (2^16):
 * 2^31 pairs for a packet sent blindly, as if each query had a socket of its own. What a long-lived port would give away
 * is time to find it out, so a port is replaced after 1024 queries, after `expire`, or after 16 messages that fit no query.
 * While fewer than eight are open, each query opens one: a server with little to ask uses no port twice in a row.
 * Identical questions are never asked at once (RFC 5452 §5), so the birthday paradox gives no help.
 */
export class UdpPool {
  readonly use: PoolCounts = { opened: 0, reused: 0 }
  readonly #open: () => Promise<DatagramSocket>
  readonly #counts: UpstreamCounts
  readonly #expire: number
  #ports: UdpPort[] = []
  /** Retired, with answers still to come. */
  #retired: UdpPort[] = []
  #sweeper: ReturnType<typeof setInterval> | undefined

  /** `expire` in milliseconds. */
  constructor(open: () => Promise<DatagramSocket>, counts: UpstreamCounts, expire: number) {
    this.#open = open
    this.#counts = counts
    this.#expire = expire
  }

  /** A port to send the next query from. */
  pick(): UdpPort {
    if (this.#ports.length < PORTS) return this.#add()
    const at = randomBelow(this.#ports.length)
    const port = this.#ports[at]
    if (this.#isFit(port)) {
      this.use.reused++
      return port
    }
    this.#remove(at)
    return this.#add()
  }

  close(): void {
    for (const port of [...this.#ports, ...this.#retired]) port.close()
    this.#ports = []
    this.#retired = []
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
  }

  #isFit(port: UdpPort): boolean {
    if (!port.usable || port.waiting >= MAX_WAITING) return false
    if (port.uses < MAX_USES && port.unwanted < MAX_UNWANTED) return true
    // With too many open, an upstream that does not answer keeps them so: go on with what there is.
    return this.#retired.length >= MAX_OPEN
  }

  #add(): UdpPort {
    this.use.opened++
    const port = new UdpPort(this.#open(), this.#counts)
    this.#ports.push(port)
    this.#sweeper ??= this.#startSweeper()
    return port
  }

  #startSweeper(): ReturnType<typeof setInterval> {
    const sweeper = setInterval(() => this.#sweep(), Math.max(this.#expire, 100))
    sweeper.unref?.()
    return sweeper
  }

  #remove(at: number): void {
    const port = this.#ports[at]
    this.#ports[at] = this.#ports[this.#ports.length - 1]
    this.#ports.pop()
    port.retire()
    this.#retired = this.#retired.filter((old) => old.waiting > 0)
    if (port.waiting > 0) this.#retired.push(port)
  }

  /** No port outlives `expire` by more than that. */
  #sweep(): void {
    for (let at = this.#ports.length - 1; at >= 0; at--) this.#remove(at)
    if (this.#retired.length > 0) return
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
  }
}
