import type { Runtime, TlsClientOptions } from '../runtime/runtime.ts'
import { type UpstreamAddress, upstreamText } from './address.ts'
import { Ask, type Waiter } from './ask.ts'
import { DohCarrier, type DohMethod } from './doh.ts'
import { fetchClient } from './fetchclient.ts'
import type { Question } from './question.ts'
import { type UpstreamCounts, zeroCounts } from './receiver.ts'
import { RoundTrip } from './roundtrip.ts'
import { StreamPool } from './streampool.ts'
import { UdpPool } from './udppool.ts'

/** How an upstream is to be used. Times in milliseconds. */
export interface UpstreamOptions {
  /** For tls and https; the address's own server name goes before `serverName` here. */
  readonly tls?: TlsClientOptions
  /** Local address to ask from. */
  readonly source?: string
  readonly expire?: number
  readonly maxAge?: number
  readonly maxIdle?: number
  readonly connectTimeout?: number
  readonly dohMethod?: DohMethod
}

const EXPIRE = 10_000
const CONNECT_TIMEOUT = 3000
/** Milliseconds for which an upstream that knows no EDNS is asked without. */
const NO_EDNS_FOR = 600_000

/** One server that queries are sent to, with the sockets and connections to it. */
export class Upstream {
  readonly address: UpstreamAddress
  /** `192.0.2.1:53`, `tls://192.0.2.1:853` */
  readonly name: string
  readonly counts: UpstreamCounts = zeroCounts()
  readonly roundTrip = new RoundTrip()
  /** Undefined where only streams are to be had, or https is meant. */
  readonly udp: UdpPool | undefined
  readonly streams: StreamPool
  readonly doh: DohCarrier | undefined
  #noEdnsUntil = 0

  constructor(address: UpstreamAddress, runtime: Runtime, options: UpstreamOptions = {}) {
    this.address = address
    this.name = upstreamText(address)
    const { transport, host, port, path } = address
    const { source, expire = EXPIRE, maxAge = 0, maxIdle = 0, connectTimeout: timeout = CONNECT_TIMEOUT } = options
    const tls = transport === 'dns' ? undefined : tlsOptions(address, options)
    const { datagram } = runtime
    if (transport === 'dns' && datagram) this.udp = new UdpPool(() => datagram(host, port, source), this.counts, expire)
    const open = () => runtime.connect({ host, port, tls, source, timeout })
    this.streams = new StreamPool(open, this.counts, { expire, maxAge, maxIdle, reuse: !runtime.perRequestIo })
    if (transport === 'https') {
      const client = (runtime.https ?? fetchClient)({ host, port, tls, source, timeout, idle: expire, maxAge })
      this.doh = new DohCarrier(client, path, options.dohMethod ?? 'POST')
    }
  }

  /**
   * Sends a question. `overTcp`: not over UDP even where that is to be had. `whole`: an answer cut short over UDP is
   * fetched again over TCP (RFC 7766 §5). There is no time limit but what the caller sets by `cancel`.
   */
  ask(question: Question, overTcp: boolean, whole: boolean, waiter: Waiter): Ask {
    const ask = new Ask(this, question, whole, waiter)
    ask.start(overTcp)
    return ask
  }

  get isEncrypted(): boolean {
    return this.address.transport !== 'dns'
  }

  get knowsEdns(): boolean {
    return this.#noEdnsUntil === 0 || performance.now() >= this.#noEdnsUntil
  }

  /** The upstream answers only without EDNS (RFC 6891 §6.2.2). */
  leaveOutEdns(): void {
    this.#noEdnsUntil = performance.now() + NO_EDNS_FOR
  }

  close(): void {
    this.udp?.close()
    this.streams.close()
    this.doh?.close()
  }
}

function tlsOptions({ serverName, transport }: UpstreamAddress, { tls }: UpstreamOptions): TlsClientOptions {
  return { ...tls, serverName: serverName ?? tls?.serverName, alpn: transport === 'tls' ? ['dot'] : ['h2', 'http/1.1'] }
}
