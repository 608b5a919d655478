import { RCODE } from '../../dns/constants.ts'
import { isWithin, type Name } from '../../dns/name.ts'
import { hashQuestion } from '../../dns/questionhash.ts'
import type { Handler, Plugin } from '../../plugin.ts'
import type { Query } from '../../query.ts'
import { DROPPED, Reply } from '../../reply.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import { UpstreamError } from '../../upstream/error.ts'
import { classify, type Verdict } from './classify.ts'
import { type CacheKey, Entry } from './entry.ts'
import { withTtl } from './pack.ts'
import type { CacheSettings, HalfSettings, StaleSettings } from './settings.ts'
import { SieveTable } from './table.ts'

/** Memory an entry may take on average. Octets. */
const ENTRY_OCTETS = 2048
/** RFC 9520 §3.2: failures are kept for a second at least; no longer, so that a return is noticed soon. Seconds. */
const UNREACHABLE_TTL = 1
/** A refresh wants the whole answer, whatever the client that caused it can take. */
const WHOLE = 65_535

/** What happened, since the start. */
export interface CacheCounts {
  requests: number
  hitsSuccess: number
  hitsDenial: number
  prefetches: number
  servedStale: number
}

/** Keeps replies and answers from them. */
export class Cache implements Plugin {
  readonly name = 'cache'
  readonly counts: CacheCounts = { requests: 0, hitsSuccess: 0, hitsDenial: 0, prefetches: 0, servedStale: 0 }
  readonly success: SieveTable<Entry>
  readonly denial: SieveTable<Entry>
  readonly #settings: CacheSettings
  readonly #runtime: Runtime
  /** Seconds that an entry may be served after its end. */
  readonly #staleFor: number
  readonly #prefersPositive: boolean
  /** What was kept last, and made from which reply. */
  #last: { readonly reply: Reply; readonly entry: Entry } | undefined

  constructor(settings: CacheSettings, runtime: Runtime) {
    this.#settings = settings
    this.#runtime = runtime
    const table = ({ capacity }: HalfSettings) => new SieveTable<Entry>(capacity, capacity * ENTRY_OCTETS)
    this.success = table(settings.success)
    this.denial = table(settings.denial)
    this.#staleFor = Math.floor((settings.stale?.upTo ?? 0) / 1000)
    this.#prefersPositive = (settings.stale?.preferPositive ?? false) && this.#staleFor > 0
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    const { zones, prefetch, keepTtl, stale } = this.#settings
    if (zones.length > 0 && !zones.some((zone) => isWithin(query.name, zone))) return next(query)
    const now = performance.now()
    const bits = (query.dnssecOk ? 1 : 0) | (query.checkingDisabled ? 2 : 0)
    const hash = hashQuestion(query.name, query.type, query.class, bits)
    this.counts.requests++
    const entry = this.#find(query, hash, bits, now)
    if (!entry) return this.#fetch(query, next, { hash, name: query.name, type: query.type, class: query.class, bits })
    const ttl = entry.ttlAt(now)
    if (ttl <= 0) return this.#serveStale(query, next, entry, stale!, now)
    if (prefetch) {
      entry.hit(now, prefetch.duration)
      if (entry.hits >= prefetch.amount && ttl <= Math.ceil((prefetch.percentage / 100) * entry.ttl))
        this.#refreshBehind(query, next, entry, now)
    }
    return entry.reply(keepTtl ? entry.ttl : ttl)
  }

  /** The entry to answer from: unexpired, or not expired for too long. */
  #find({ name, type, class: rclass }: Query, hash: number, bits: number, now: number): Entry | undefined {
    const positive = this.success.get(hash, name, type, rclass, bits)
    const negative = this.denial.get(hash, name, type, rclass, bits)
    const known = this.#prefersPositive && positive && (positive.answering ? positive : positive.lastKnownGood)
    const entry = known && this.#isUsable(known, now) ? known : this.#choose(positive, negative, now)
    if (entry) entry === negative ? this.counts.hitsDenial++ : this.counts.hitsSuccess++
    return entry
  }

  #choose(positive: Entry | undefined, negative: Entry | undefined, now: number): Entry | undefined {
    const answer = positive && this.#isUsable(positive, now) ? positive : undefined
    if (!negative || !this.#isUsable(negative, now)) return answer
    // A failure passes; and what has expired gives way to what has not.
    if (answer && (negative.rcode === RCODE.SERVFAIL || (negative.ttlAt(now) <= 0 && answer.ttlAt(now) > 0)))
      return answer
    return negative
  }

  #isUsable(entry: Entry, now: number): boolean {
    const ttl = entry.ttlAt(now)
    return ttl > 0 || -ttl < this.#staleFor
  }

  /** Asks the rest of the chain, and keeps what comes. */
  #fetch(query: Query, next: Handler, key: CacheKey): Reply | Promise<Reply> {
    const reply = next(query)
    if (!(reply instanceof Promise)) return this.#keep(query, reply, key)
    return reply.then(
      (late) => this.#keep(query, late, key),
      (error) => {
        this.#keepFailure(error, key)
        throw error
      },
    )
  }

  /** Keeps a reply where it may be kept; returns it as the client is to see it. */
  #keep(query: Query, reply: Reply, key: CacheKey): Reply {
    if (reply === DROPPED) return reply
    const verdict = classify(query, reply)
    if (!verdict) return reply
    const half = verdict.half === 'success' ? this.#settings.success : this.#settings.denial
    const ttl = this.#ttlOf(verdict, half)
    if (ttl === 0 || isExempt(query.name, half.except)) return withTtl(reply, ttl)
    // Many who waited for one reply get it one after the other; the first has kept it.
    const last = this.#last
    if (last?.reply === reply && last.entry.hash === key.hash) return last.entry.first(reply)
    const entry = new Entry(key, reply, ttl, performance.now(), verdict.answering)
    this.#put(entry, verdict)
    this.#last = { reply, entry }
    return entry.first(reply)
  }

  #ttlOf({ half, ttl }: Verdict, { minTtl, maxTtl }: HalfSettings): number {
    if (half === 'failure') return Math.floor(this.#settings.failureTtl / 1000)
    return Math.min(Math.max(ttl, minTtl), maxTtl)
  }

  #tableOf({ half }: Verdict): SieveTable<Entry> {
    return half === 'success' ? this.success : this.denial
  }

  #put(entry: Entry, verdict: Verdict): void {
    const table = this.#tableOf(verdict)
    const before = table.get(entry.hash, entry.name, entry.type, entry.class, entry.bits)
    if (before) {
      entry.hits = before.hits
      entry.lastHit = before.lastHit
    }
    if (this.#prefersPositive && verdict.half === 'success' && !entry.answering && before)
      entry.lastKnownGood = before.answering ? before : before.lastKnownGood
    table.set(entry)
    // What was denied before is not denied any more.
    if (verdict.half === 'success' && (entry.answering || !this.#prefersPositive)) this.#removeDenial(entry)
  }

  #removeDenial({ hash, name, type, class: rclass, bits }: Entry): void {
    const denied = this.denial.get(hash, name, type, rclass, bits)
    if (denied) this.denial.remove(denied)
  }

  /** No upstream answered: the next clients learn that at once, for a moment (RFC 9520 §3.1). */
  #keepFailure(error: unknown, key: CacheKey): void {
    if (!(error instanceof UpstreamError) || this.#settings.failureTtl < UNREACHABLE_TTL * 1000) return
    const there = this.denial.get(key.hash, key.name, key.type, key.class, key.bits)
    const now = performance.now()
    if (there && there.ttlAt(now) > 0) return
    const reply = new Reply({ rcode: RCODE.SERVFAIL }).withError(error.ede, error.summary)
    this.denial.set(new Entry(key, reply, UNREACHABLE_TTL, now, false))
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
    const refresh = this.#refresh(query, next, entry).then((fresh) => {
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
    const refresh = this.#refresh(query, next, entry).then((fresh) => {
      entry.endRefresh(fresh !== undefined, isStale ? recheck : 0)
    })
    this.#runtime.waitUntil(refresh)
  }

  /** A reply that may take the place of the entry, as the client is to see it; undefined where none came. Never rejects. */
  async #refresh(query: Query, next: Handler, entry: Entry): Promise<Reply | undefined> {
    const whole = query.with({
      edns: { version: 0, dnssecOk: query.dnssecOk, options: query.edns?.options ?? [], udpSize: WHOLE },
    })
    try {
      const reply = await next(whole)
      return this.#accept(query, reply, entry)
    } catch {
      return undefined
    }
  }

  /** RFC 8767 §4: answers and denials refresh an entry, failures do not. */
  #accept(query: Query, reply: Reply, entry: Entry): Reply | undefined {
    if (reply === DROPPED || reply.tc) return undefined
    if (reply.rcode !== RCODE.NOERROR && reply.rcode !== RCODE.NXDOMAIN) return undefined
    const verdict = classify(query, reply)
    const shown = this.#keep(query, reply, entry)
    if (this.#prefersPositive && !verdict?.answering) return undefined
    return shown
  }
}

function isExempt(name: Name, zones: readonly Name[]): boolean {
  return zones.some((zone) => isWithin(name, zone))
}
