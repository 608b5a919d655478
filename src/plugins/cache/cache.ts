import { CLASS, RCODE } from '../../dns/constants.ts'
import { isWithin } from '../../dns/name.ts'
import { after, type Handler, type Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import { DROPPED, type Reply } from '../../reply.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import { UpstreamError } from '../../upstream/error.ts'
import { classify } from './classify.ts'
import { withDnssec, withoutDnssec } from './dnssec.ts'
import type { Entry } from './entry.ts'
import type { CacheFigures } from './figures.ts'
import { Nsecs } from './nsecs.ts'
import type { CacheSettings, StaleSettings } from './settings.ts'
import { Store } from './store.ts'
import { subnetOf, subnetOption } from './subnet.ts'
import type { SecondTier } from './tier.ts'

/** A refresh wants the whole answer, whatever the client that caused it can take. */
const WHOLE = 65_535
/** Memory for proofs, for each denial that may be kept. */
const PROOF_OCTETS = 1024

/** Keeps replies and answers from them. */
export class Cache implements Plugin {
  readonly name = 'cache'
  readonly store: Store
  readonly #settings: CacheSettings
  readonly #runtime: Runtime
  readonly #figures: CacheFigures
  readonly #nsecs: Nsecs | undefined
  readonly #tier: SecondTier | undefined
  #end: (() => void) | undefined

  constructor(settings: CacheSettings, runtime: Runtime, figures: CacheFigures, tier?: SecondTier) {
    this.#settings = settings
    this.#runtime = runtime
    this.#figures = figures
    this.#tier = tier
    this.store = new Store(settings, tier && ((entry) => tier.keep(entry)))
    if (settings.aggressiveNsec)
      this.#nsecs = new Nsecs(settings.denial.maxTtl, settings.denial.capacity * PROOF_OCTETS)
  }

  start(): void {
    this.#end = this.#figures.follow(this.store)
  }

  stop(): void {
    this.#end?.()
    this.#end = undefined
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    const { zones } = this.#settings
    if (zones.length > 0 && !zones.some((zone) => isWithin(query.name, zone))) return next(query)
    const now = performance.now()
    this.#figures.of(query).requests.increment()
    const entry = this.store.find(query, now)
    if (entry) return this.#answer(query, next, entry, now)
    return this.#deny(query, now) ?? (this.#tier ? this.#restore(query, next, this.#tier) : this.#fetch(query, next))
  }

  #answer(query: Query, next: Handler, entry: Entry, now: number): Reply | Promise<Reply> {
    const { prefetch, keepTtl, stale } = this.#settings
    const counters = this.#figures.of(query)
    if (entry.denies) counters.denialHits.increment()
    else counters.successHits.increment()
    const ttl = entry.ttlAt(now)
    if (ttl <= 0) return this.#serveStale(query, next, entry, stale!, now)
    if (prefetch) {
      entry.hit(now, prefetch.duration)
      if (entry.hits >= prefetch.amount && ttl <= Math.ceil((prefetch.percentage / 100) * entry.ttl))
        this.#refreshBehind(query, next, entry, now)
    }
    const reply = entry.reply(query.name, keepTtl ? entry.ttl : ttl)
    return entry.scope === undefined ? reply : forSubnet(query, reply, entry.scope)
  }

  explain(query: Query, passes: boolean): string | undefined {
    const { zones } = this.#settings
    if (zones.length > 0 && !zones.some((zone) => isWithin(query.name, zone))) return 'the name is in none of its zones'
    const now = performance.now()
    const entry = this.store.find(query, now)
    if (!entry) return passes ? 'a miss' : 'denied by an NSEC record that is kept'
    const ttl = entry.ttlAt(now)
    return ttl > 0 ? `a hit, good for another ${ttl} s` : `expired ${-ttl} s ago`
  }

  #deny(query: Query, now: number): Reply | undefined {
    if (!this.#nsecs || query.checkingDisabled || query.class !== CLASS.IN) return undefined
    const denial = this.#nsecs.deny(query, now)
    if (denial) this.#figures.of(query).synthesized.increment()
    return denial
  }

  /** Looks in the second tier, then fetches. A reply to a client subnet is for that network, and not to be found there. */
  async #restore(query: Query, next: Handler, tier: SecondTier): Promise<Reply> {
    const preserved = subnetOf(query) ? undefined : await tier.find(query)
    const now = performance.now()
    const there = this.store.find(query, now)
    if (there) return this.#answer(query, next, there, now)
    const entry = preserved && this.store.restore(query, preserved, now)
    if (!entry) return this.#fetch(query, next)
    this.#figures.of(query).restored.increment()
    return this.#answer(query, next, entry, now)
  }

  /** Asks the rest of the chain, and keeps what comes. */
  #fetch(query: Query, next: Handler): Reply | Promise<Reply> {
    this.#figures.of(query).misses.increment()
    const reply = this.#ask(query, next)
    if (!(reply instanceof Promise)) return this.store.keep(query, reply)
    return reply.then(
      (late) => this.store.keep(query, late),
      (error) => {
        if (error instanceof UpstreamError) this.store.keepFailure(query, error)
        throw error
      },
    )
  }

  /** Where proofs are collected, they are asked for even when the client did not. */
  #ask(query: Query, next: Handler): Reply | Promise<Reply> {
    const nsecs = this.#nsecs
    if (!nsecs || query.checkingDisabled) return next(query)
    return after(next(query.dnssecOk ? query : withDnssec(query, WHOLE)), (reply) => {
      if (reply === DROPPED) return reply
      nsecs.learn(reply, performance.now())
      return query.dnssecOk ? reply : withoutDnssec(reply, query.type)
    })
  }

  #serveStale(query: Query, next: Handler, entry: Entry, stale: StaleSettings, now: number): Reply | Promise<Reply> {
    if (stale.verify) {
      if (stale.recheck === 0 || entry.beginRefresh(now)) return this.#verify(query, next, entry, stale)
    } else this.#refreshBehind(query, next, entry, now)
    return this.#stale(query, entry, stale)
  }

  #stale(query: Query, entry: Entry, { ttl }: StaleSettings): Reply {
    this.#figures.of(query).servedStale.increment()
    return entry.stale(query.name, ttl)
  }

  async #verify(query: Query, next: Handler, entry: Entry, stale: StaleSettings): Promise<Reply> {
    const refresh = this.#refresh(query, next).then((fresh) => {
      entry.endRefresh(fresh !== undefined, stale.recheck)
      return fresh
    })
    if (stale.verifyTimeout === 0) return (await refresh) ?? this.#stale(query, entry, stale)
    this.#runtime.waitUntil(refresh)
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), stale.verifyTimeout)
    })
    const fresh = await Promise.race([refresh, late])
    clearTimeout(timer)
    return fresh ?? this.#stale(query, entry, stale)
  }

  /** Asks again without anybody waiting for it; once at a time for each entry. */
  #refreshBehind(query: Query, next: Handler, entry: Entry, now: number): void {
    if (!entry.beginRefresh(now)) return
    this.#figures.of(query).prefetches.increment()
    const recheck = this.#settings.stale?.recheck ?? 0
    const isStale = entry.ttlAt(now) <= 0
    const refresh = this.#refresh(query, next).then((fresh) => {
      entry.endRefresh(fresh !== undefined, isStale ? recheck : 0)
    })
    this.#runtime.waitUntil(refresh)
  }

  /** A reply that may take the place of the entry, as the client is to see it; undefined where none came. Never rejects. */
  async #refresh(query: Query, next: Handler): Promise<Reply | undefined> {
    const whole = query.with({
      edns: { version: 0, dnssecOk: query.dnssecOk, options: query.edns?.options ?? [], udpSize: WHOLE },
    })
    try {
      const reply = await this.#ask(whole, next)
      return this.#accept(query, reply)
    } catch {
      return undefined
    }
  }

  /** RFC 8767 §4: answers and denials refresh an entry, failures do not. */
  #accept(query: Query, reply: Reply): Reply | undefined {
    if (reply === DROPPED || reply.tc) return undefined
    if (reply.rcode !== RCODE.NOERROR && reply.rcode !== RCODE.NXDOMAIN) return undefined
    const verdict = classify(query, reply)
    const shown = this.store.keep(query, reply)
    if (this.store.prefersPositive && !verdict?.answering) return undefined
    return shown
  }
}

/** The reply, and for which part of the client's network it holds. */
function forSubnet(query: Query, reply: Reply, scope: number): Reply {
  const subnet = subnetOf(query)
  return subnet ? reply.with({ options: [...reply.options, subnetOption(subnet, scope)] }) : reply
}
