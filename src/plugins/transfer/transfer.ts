import type { ZoneContent, ZoneSource } from '../../capabilities.ts'
import { RCODE, TYPE } from '../../dns/constants.ts'
import { EDE } from '../../dns/edns.ts'
import { type Name, nameText } from '../../dns/name.ts'
import { NameTable } from '../../dns/nametable.ts'
import type { Handler, Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import { Reply } from '../../reply.ts'
import type { Log } from '../../runtime/runtime.ts'
import { clientSerial } from './clientserial.ts'
import type { Notifier } from './notifier.ts'
import { isMeant, type Receiver } from './receiver.ts'
import { sendZone } from './send.ts'

/** One use of the directive. */
export interface Rule {
  readonly zones: readonly Name[]
  readonly receivers: readonly Receiver[]
  /** Undefined where nobody is to be told of changes. */
  readonly notifier: Notifier | undefined
}

/** Who is told at the start comes to ask at once, and the listeners open only after all plugins. Milliseconds. */
const START_DELAY = 1000
const NOT_FOR_YOU = new Reply({ rcode: RCODE.REFUSED }).withError(EDE.PROHIBITED, 'no transfer to this address')
const NEEDS_STREAM = new Reply({ rcode: RCODE.REFUSED }).withError(EDE.NOT_SUPPORTED, 'transfers need TCP or TLS')
const NO_SERIAL = new Reply({ rcode: RCODE.FORMERR })

/** Sends the zones that other plugins of the block hold, and tells secondaries when they change. */
export class Transfer implements Plugin {
  readonly name = 'transfer'
  readonly announces = true
  readonly #rules: readonly Rule[]
  readonly #byZone = new NameTable<Rule>()
  readonly #sources: () => readonly ZoneSource[]
  readonly #log: Log
  #isRunning = false

  constructor(rules: readonly Rule[], sources: () => readonly ZoneSource[], log: Log) {
    this.#rules = rules
    for (const rule of rules) for (const zone of rule.zones) if (!this.#byZone.get(zone)) this.#byZone.set(zone, rule)
    this.#sources = sources
    this.#log = log
  }

  start(): void {
    this.#isRunning = true
    for (const source of this.#sources())
      for (const apex of source.apexes) if (source.zone(apex)) this.changed(apex, START_DELAY)
  }

  stop(): void {
    this.#isRunning = false
    for (const { notifier } of this.#rules) notifier?.stop()
  }

  /** Tells the zone's secondaries, `delay` milliseconds from now. */
  changed(apex: Name, delay = 0): void {
    if (this.#isRunning) this.#byZone.longest(apex)?.notifier?.notify(apex, delay)
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    if (query.type !== TYPE.AXFR && query.type !== TYPE.IXFR) return next(query)
    const rule = this.#byZone.longest(query.name)
    if (!rule) return next(query)
    if (!rule.receivers.some((receiver) => isMeant(receiver, query.peer.address))) return NOT_FOR_YOU
    const zone = this.#zone(query.name)
    if (!zone) return next(query)
    return query.type === TYPE.AXFR ? this.#full(query, zone) : this.#incremental(query, zone)
  }

  explain({ name, type }: Query, passes: boolean): string | undefined {
    if (!passes) return undefined
    if (type !== TYPE.AXFR && type !== TYPE.IXFR) return 'no transfer is asked for'
    return this.#byZone.longest(name) ? 'no plugin of the block holds the zone' : 'it does not send this zone'
  }

  #zone(apex: Name): ZoneContent | undefined {
    for (const source of this.#sources()) {
      const zone = source.zone(apex)
      if (zone) return zone
    }
    return undefined
  }

  #full(query: Query, zone: ZoneContent): Reply {
    const { transport } = query.peer
    return transport === 'tcp' || transport === 'tls' ? sendZone(query, zone, this.#log) : NEEDS_STREAM
  }

  /** No history is kept: a client is current, or gets the whole zone (RFC 1995 §4). */
  #incremental(query: Query, zone: ZoneContent): Reply {
    const { transport, address } = query.peer
    const serial = clientSerial(query)
    if (serial === undefined) return NO_SERIAL
    const isCurrent = isAtLeast(serial, zone.serial)
    // Over UDP the SOA record alone says that there is more to be had over TCP (RFC 1995 §2).
    if (!isCurrent && transport !== 'udp') return this.#full(query, zone)
    const [soa] = zone.rrsets()
    if (isCurrent)
      this.#log.info(`plugin/transfer: zone ${nameText(query.name)} with serial ${serial} is up to date at ${address}`)
    // Without AA where nothing is new, as CoreDNS sends it.
    return query.reply({ aa: !isCurrent, answer: [soa] })
  }
}

/** Serial number arithmetic (RFC 1982 §3.2). */
const isAtLeast = (serial: number, other: number): boolean => ((other - serial) | 0) <= 0
