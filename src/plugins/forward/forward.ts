import type { UpstreamTap } from '../../capabilities.ts'
import { OPCODE, RCODE, TYPE } from '../../dns/constants.ts'
import { EDE } from '../../dns/edns.ts'
import { isWithin, type Name, sameName } from '../../dns/name.ts'
import type { Registry } from '../../metrics/registry.ts'
import { after, type Handler, type Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import { Reply } from '../../reply.ts'
import { emptyReply, isResolverArpa } from '../../resolverarpa.ts'
import { UpstreamError } from '../../upstream/error.ts'
import type { Question } from '../../upstream/question.ts'
import { questionOf, replyOf } from './answer.ts'
import { followForward, followUpstream } from './figures.ts'
import { HedgeBudget } from './hedge.ts'
import { UpstreamUsed } from './hints.ts'
import { type Flight, Flights, hashOf } from './inflight.ts'
import { makePolicy, type Policy } from './policy.ts'
import { deadlineOf, PATIENCE, Resolution } from './resolution.ts'
import type { ForwardCounts, Member, Rules } from './rules.ts'
import type { ForwardSettings } from './settings.ts'
import { watchFor } from './taps.ts'

/**
 * Questions under way and queries waiting for them, whatever the configuration: memory must end somewhere. Fewer than the
 * 10,000 that a UDP listener waits for, as it drops what is above.
 */
const MAX_FLIGHTS = 8192
const MAX_WAITING = 200_000
/** While all upstreams are down. */
const MAX_DRAWN = 256
/** What we announce to upstreams. An answer cut short is longer, so clients that take no more get TC as well. */
const UDP_SIZE = 1232

const LIMITED = new Reply({ rcode: RCODE.REFUSED }).withError(EDE.OTHER, 'too many concurrent queries')
const OVERLOADED = new Reply({ rcode: RCODE.SERVFAIL }).withError(EDE.OTHER, 'too many queries under way')
const NOTIMP = new Reply({ rcode: RCODE.NOTIMP })
const NO_TRANSFER = new Reply({ rcode: RCODE.REFUSED }).withError(EDE.NOT_SUPPORTED, 'transfers are not forwarded')

/** Where the plugin stands among other forwards of its block, and what it may rely on. */
export interface Surroundings {
  /** The next plugin is a forward, too: only then `next` and `next_on_nodata` hold. */
  readonly beforeForward: boolean
  /** Queries may wait for what another query asked. */
  readonly mayShare: boolean
  /** Somebody may want to know which upstream answered. */
  readonly tracks: { readonly on: boolean }
  /** Told of what goes to upstreams, and what comes. Complete once the block is loaded. */
  readonly taps: () => readonly UpstreamTap[]
  readonly metrics: Registry
}

/** Sends queries to upstreams. Made by setup; its members are known once it is loaded and started. */
export class Forward implements Plugin {
  readonly name = 'forward'
  readonly anyClass = true
  readonly counts: ForwardCounts = { allDown: 0, rejected: 0, hedged: 0, drawn: 0 }
  readonly #settings: ForwardSettings
  readonly #surroundings: Surroundings
  readonly #policy: Policy
  readonly #hedges = new HedgeBudget()
  readonly #flights = new Flights()
  readonly #begin: Begin
  #rules: Rules | undefined
  #members: readonly Member[] = []
  #waiting = 0
  #ends: (() => void)[] = []

  constructor(settings: ForwardSettings, surroundings: Surroundings, begin: Begin) {
    this.#settings = settings
    this.#surroundings = surroundings
    this.#begin = begin
    this.#policy = makePolicy(settings.policy)
  }

  load(): Promise<void> {
    return this.#begin.load()
  }

  async start(): Promise<void> {
    const members = await this.#begin.members()
    const { metrics } = this.#surroundings
    this.#ends = members.map(({ upstream, health }) => followUpstream(metrics, upstream, health))
    this.#ends.push(followForward(metrics, this.counts))
    for (const { health } of members) health.start()
    this.#members = members
  }

  /** Queries under way are answered first. */
  async stop(): Promise<void> {
    const members = this.#members
    for (const { health } of members) health.stop()
    await Promise.allSettled([...this.#flights].map((flight) => flight.reply))
    for (const { upstream } of members) upstream.close()
    for (const end of this.#ends.splice(0)) end()
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    if (!this.#wants(query.name)) return next(query)
    if (query.opcode !== OPCODE.QUERY) return NOTIMP
    // Nobody else can say for us where we are found encrypted (RFC 9462 §6.1).
    if (isResolverArpa(query.name) && !isResolverArpa(this.#settings.from)) return emptyReply(query)
    if (query.type === TYPE.AXFR || query.type === TYPE.IXFR) return NO_TRANSFER
    const reply = this.#resolve(query)
    if (!this.#surroundings.beforeForward) return reply
    return after(reply, (settled) => (this.#isForNext(settled) ? next(query) : settled))
  }

  explain(query: Query, passes: boolean): string | undefined {
    if (passes) return this.#wants(query.name) ? 'the answer is for the next forward' : 'the name is not for it'
    const upstream = query.get(UpstreamUsed)
    return upstream ? `from ${upstream}` : undefined
  }

  #wants(name: Name): boolean {
    const { from, except } = this.#settings
    if (from.length > 1 && !isWithin(name, from)) return false
    // The zone itself is asked for even where an exception names it, as with CoreDNS.
    return except.length === 0 || sameName(name, from) || !except.some((zone) => isWithin(name, zone))
  }

  #isForNext(reply: Reply): boolean {
    const { next, nextOnNodata } = this.#settings
    if (next.includes(reply.rcode)) return true
    return nextOnNodata && reply.rcode === RCODE.NOERROR && reply.answer.length === 0
  }

  #resolve(query: Query): Reply | Promise<Reply> {
    const { forceTcp, preferUdp, maxConcurrent, options } = this.#settings
    const question = questionOf(query, options)
    const overTcp = forceTcp || (query.peer.transport !== 'udp' && !preferUdp)
    const whole = overTcp || query.peer.transport !== 'udp' || (query.edns?.udpSize ?? 0) > UDP_SIZE
    const hash = hashOf(question)
    const flying = this.#surroundings.mayShare ? this.#flights.find(hash, question) : undefined
    if (flying) return this.#join(query, flying, whole)
    if (maxConcurrent > 0 && this.#hasFlights(maxConcurrent)) {
      this.counts.rejected++
      return LIMITED
    }
    if (this.#hasFlights(MAX_FLIGHTS)) return OVERLOADED
    if (this.#members.length === 0) throw new UpstreamError('not started', EDE.NOT_READY)
    return this.#track(query, this.#launch(query, question, hash, overTcp, whole))
  }

  #hasFlights(limit: number): boolean {
    if (this.#flights.count < limit) return false
    if (!this.#surroundings.mayShare) this.#flights.dropAbandoned(performance.now() - 2 * PATIENCE)
    return this.#flights.count >= limit
  }

  #track(query: Query, flight: Flight): Promise<Reply> {
    if (!this.#surroundings.tracks.on) return flight.reply
    return flight.reply.then((reply) => {
      query.hint(UpstreamUsed, flight.from)
      return reply
    })
  }

  #join(query: Query, flight: Flight, whole: boolean): Reply | Promise<Reply> {
    if (this.#waiting >= MAX_WAITING) return OVERLOADED
    if (whole) flight.resolution.wantWhole()
    this.#waiting++
    flight.waiting++
    return this.#track(query, flight)
  }

  #launch(query: Query, question: Question, hash: number, overTcp: boolean, whole: boolean): Flight {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    this.#hedges.query()
    const resolution = new Resolution(
      this.#policy(this.#members),
      question,
      overTcp,
      whole,
      this.#requireRules(),
      deadlineOf(query),
      (result, from) => {
        this.#flights.remove(flight)
        this.#waiting -= flight.waiting
        flight.from = from?.name ?? ''
        if (result instanceof UpstreamError) reject(result)
        else resolve(replyOf(result, question.options))
      },
      watchFor(query, this.#surroundings.taps()),
    )
    const flight: Flight = {
      question,
      hash,
      resolution,
      reply: promise,
      waiting: 0,
      from: '',
      since: performance.now(),
      isOver: false,
      next: undefined,
    }
    this.#flights.add(flight)
    resolution.start()
    return flight
  }

  #requireRules(): Rules {
    const { readTimeout, maxConnectAttempts, failFast, failover, policy } = this.#settings
    const attempts = maxConnectAttempts ?? 2 * this.#members.length
    this.#rules ??= {
      readTimeout,
      maxAttempts: attempts === 0 ? Number.POSITIVE_INFINITY : attempts,
      failFast,
      // Who writes an order means it: the second upstream is for when the first has failed.
      hedgeElsewhere: policy !== 'sequential',
      hedges: this.#hedges,
      failover,
      // Where requests may end without a word, nobody could tell how many are left.
      maxDrawn: this.#surroundings.mayShare ? MAX_DRAWN : Number.POSITIVE_INFINITY,
      counts: this.counts,
    }
    return this.#rules
  }
}

/** What must be read and looked up before queries can be sent. */
export interface Begin {
  /** Reads files. */
  load(): Promise<void>
  /** Looks up host names. */
  members(): Promise<readonly Member[]>
}
