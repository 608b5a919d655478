import { CLASS, FLAG, RCODE, TYPE } from '../../dns/constants.ts'
import { EDE } from '../../dns/edns.ts'
import { type Name, nameText, parseName, sameName } from '../../dns/name.ts'
import { type Key, key } from '../../key.ts'
import type { Handler, Plugin } from '../../plugin.ts'
import { type Peer, Query } from '../../query.ts'
import { DROPPED, type Reply } from '../../reply.ts'

/**
 * How long after the start to go on asking, how long to wait before the second try (then twice as long each time), and
 * how long for a probe to come back. Milliseconds.
 */
export interface Patience {
  readonly probes: number
  readonly pause: number
  readonly echo: number
}

const PATIENCE: Patience = { probes: 30_000, pause: 250, echo: 2000 }

/** On the probe as we made it; it is not there when the same question comes from outside. */
const Ours: Key<true> = key('loop/ours')

const NOBODY: Peer = { transport: 'udp', address: '127.0.0.1', port: 0, localAddress: '127.0.0.1', localPort: 0 }
const HEADER_AND_QUESTION = 16

/**
 * Asks the server for a name that nobody can know. When somebody else asks for it then, what the server forwards comes
 * back to it.
 */
export class Loop implements Plugin {
  readonly name = 'loop'
  readonly announces = true
  readonly #zone: Name
  readonly #ask: Handler
  readonly #found: (reason: string) => void
  readonly #patience: Patience
  #probe: Name | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #deadline = 0

  /** `ask` puts a query to the whole server; `found` is told of a loop, once. */
  constructor(zone: Name, ask: Handler, found: (reason: string) => void, patience: Patience = PATIENCE) {
    this.#zone = zone
    this.#ask = ask
    this.#found = found
    this.#patience = patience
  }

  start(): void {
    this.#probe = parseName(`${randomLabel()}.${randomLabel()}`, this.#zone)
    this.#deadline = performance.now() + this.#patience.probes
    this.#again(0, this.#patience.pause)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#probe = undefined
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    if (query.type !== TYPE.HINFO || !this.#probe || !sameName(query.name, this.#probe)) return next(query)
    if (query.get(Ours)) return next(query)
    this.#report(query.peer, this.#probe)
    // Around it does not go a second time.
    return query.reply({ rcode: RCODE.SERVFAIL }).withError(EDE.OTHER, 'forwarding loop')
  }

  #report({ address, port, localAddress, localPort }: Peer, probe: Name): void {
    const way = `${hostPort(address, port)} -> ${hostPort(localAddress, localPort)}`
    this.stop()
    this.#found(
      `loop: forwarding loop (${way}) detected for zone "${nameText(this.#zone)}": query "HINFO ${nameText(probe)}"`,
    )
  }

  #again(pause: number, next: number): void {
    this.#timer = setTimeout(() => void this.#try(next), pause)
  }

  /** Upstreams may not be there yet, and our own listeners may not be, which may be the upstream. */
  async #try(pause: number): Promise<void> {
    const isAnswered = await this.#isAnswered()
    if (!this.#probe) return
    if (!isAnswered && performance.now() < this.#deadline) this.#again(pause, 2 * pause)
    else this.#timer = setTimeout(() => this.stop(), this.#patience.echo)
  }

  async #isAnswered(): Promise<boolean> {
    const name = this.#probe!
    const query = new Query(
      name,
      TYPE.HINFO,
      CLASS.IN,
      0,
      FLAG.RD,
      undefined,
      NOBODY,
      HEADER_AND_QUESTION + name.length,
    )
    query.hint(Ours, true)
    const reply = await this.#ask(query)
    return reply !== DROPPED && reply.rcode !== RCODE.SERVFAIL
  }
}

const hostPort = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`

/** 62 bits in decimal digits. */
function randomLabel(): string {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2))
  return String((BigInt(high >>> 2) << 32n) | BigInt(low))
}
