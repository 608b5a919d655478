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
import { Nsecs } from './nsecs.ts'
import type { CacheSettings, StaleSettings } from './settings.ts'
import { Store } from './store.ts'
import { subnetOf, subnetOption } from './subnet.ts'

/** A refresh wants the whole answer, whatever the client that caused it can take. */
const WHOLE = 65_535

/** What happened, since the start. */
export interface CacheCounts {
  requests: number
  hitsSuccess: number
  hitsDenial: number
  prefetches: number
  servedStale: number
  /** Denials made from NSEC records. */
  synthesized: number
}

/** Keeps replies and answers from them. */
export class Cache implements Plugin {
  readonly name = 'cache'
  readonly counts: CacheCounts = {
    requests: 0,
    hitsSuccess: 0,
    hitsDenial: 0,
    prefetches: 0,
    servedStale: 0,
    synthesized: 0,
  }
  readonly store: Store
  readonly #settings: CacheSettings
  readonly #runtime: Runtime
  readonly #nsecs: Nsecs | undefined

  constructor(settings: CacheSettings, runtime: Runtime) {
    this.#settings = settings
    this.#runtime = runtime
    this.store = new Store(settings)
    if (settings.aggressiveNsec) this.#nsecs = new Nsecs(settings.denial.maxTtl)
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    const { zones, prefetch, keepTtl, stale } = this.#settings
    if (zones.length > 0 && !zones.some((zone) => isWithin(query.name, zone))) return next(query)
    const now = performance.now()
    this.counts.requests++
    const entry = this.store.find(query, now)
    if (!entry) return this.#deny(query, now) ?? this.#fetch(query, next)
    if (entry.denies) this.counts.hitsDenial++
    else this.counts.hitsSuccess++
    const ttl = entry.ttlAt(now)
    if (ttl <= 0) return this.#serveStale(query, next, entry, stale!, now)
    if (prefetch) {
      entry.hit(now, prefetch.duration)
      if (entry.hits >= prefetch.amount && ttl <= Math.ceil((prefetch.percentage / 100) * entry.ttl))
        this.#refreshBehind(query, next, entry, now)
    }
    const reply = entry.reply(keepTtl ? entry.ttl : ttl)
    return entry.scope === undefined ? reply : forSubnet(query, reply, entry.scope)
  }

  #deny(query: Query, now: number): Reply | undefined {
    if (!this.#nsecs || query.checkingDisabled || query.class !== CLASS.IN) return undefined
    const denial = this.#nsecs.deny(query, now)
    if (denial) this.counts.synthesized++
    return denial
  }

  /** Asks the rest of the chain, and keeps what comes. */
  #fetch(query: Query, next: Handler): Reply | Promise<Reply> {
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
    return this.#stale(entry, stale)
  }

  #stale(entry: Entry, { ttl }: StaleSettings): Reply {
    this.counts.servedStale++
    return entry.stale(ttl)
  }

  async #verify(query: Query, next: Handler, entry: Entry, stale: StaleSettings): Promise<Reply> {
    const refresh = this.#refresh(query, next).then((fresh) => {
      entry.endRefresh(fresh !== undefined, stale.recheck)
      return fresh
    })
    if (stale.verifyTimeout === 0) return (await refresh) ?? this.#stale(entry, stale)
    this.#runtime.waitUntil(refresh)
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), stale.verifyTimeout)
    })
    const fresh = await Promise.race([refresh, late])
    clearTimeout(timer)
    return fresh ?? this.#stale(entry, stale)
  }

  /** Asks again without anybody waiting for it; once at a time for each entry. */
  #refreshBehind(query: Query, next: Handler, entry: Entry, now: number): void {
    if (!entry.beginRefresh(now)) return
    this.counts.prefetches++
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
