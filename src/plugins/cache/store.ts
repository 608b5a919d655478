import { RCODE } from '../../dns/constants.ts'
import { isWithin, type Name } from '../../dns/name.ts'
import { hashQuestion } from '../../dns/questionhash.ts'
import type { Query } from '../../query.ts'
import { DROPPED, Reply } from '../../reply.ts'
import type { UpstreamError } from '../../upstream/error.ts'
import { classify, type Verdict } from './classify.ts'
import { type CacheKey, Entry } from './entry.ts'
import { withTtl } from './pack.ts'
import type { Preserved } from './preserve.ts'
import { Scopes } from './scopes.ts'
import type { CacheSettings, HalfSettings } from './settings.ts'
import { SieveTable } from './table.ts'

/** Memory an entry may take on average. Octets. */
const ENTRY_OCTETS = 2048
/** RFC 9520 §3.2: failures are kept for a second at least; no longer, so that a return is noticed soon. Seconds. */
const UNREACHABLE_TTL = 1
/** Replies that come within this time are one reply that many waited for. Milliseconds. */
const AT_ONCE = 1000

/** The replies kept: answers in one table, denials and failures in another, so that neither pushes out the other. */
export class Store {
  readonly success: SieveTable<Entry>
  readonly denial: SieveTable<Entry>
  readonly #settings: CacheSettings
  readonly #scopes = new Scopes()
  /** Seconds that an entry may be served after its end. */
  readonly #staleFor: number
  readonly prefersPositive: boolean
  /** What was kept last, and made from which reply. */
  #last: { readonly reply: Reply; readonly entry: Entry } | undefined
  readonly #kept: ((entry: Entry) => void) | undefined

  /** `kept` is told of every reply that is new here. */
  constructor(settings: CacheSettings, kept?: (entry: Entry) => void) {
    this.#settings = settings
    this.#kept = kept
    const table = ({ capacity }: HalfSettings) => new SieveTable<Entry>(capacity, capacity * ENTRY_OCTETS)
    this.success = table(settings.success)
    this.denial = table(settings.denial)
    this.#staleFor = Math.floor((settings.stale?.upTo ?? 0) / 1000)
    this.prefersPositive = (settings.stale?.preferPositive ?? false) && this.#staleFor > 0
  }

  /** The entry to answer from: unexpired, or not expired for too long. */
  find(query: Query, now: number): Entry | undefined {
    const bits = bitsOf(query)
    const { name, type, class: rclass } = query
    const subnet = this.#scopes.subnetOf(query)
    if (!subnet) return this.#findAt(hashQuestion(name, type, rclass, bits), name, type, rclass, bits, now)
    for (const scoped of this.#scopes.keys(name, subnet)) {
      const found = this.#findAt(hashQuestion(scoped, type, rclass, bits), scoped, type, rclass, bits, now)
      if (found) return found
    }
    return undefined
  }

  #findAt(hash: number, name: Name, type: number, rclass: number, bits: number, now: number): Entry | undefined {
    const positive = this.success.get(hash, name, type, rclass, bits)
    const negative = this.denial.get(hash, name, type, rclass, bits)
    const known = this.prefersPositive && positive && (positive.answering ? positive : positive.lastKnownGood)
    return known && this.#isUsable(known, now) ? known : this.#choose(positive, negative, now)
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

  /** Keeps a reply where it may be kept; returns it as the client is to see it. */
  keep(query: Query, reply: Reply): Reply {
    if (reply === DROPPED) return reply
    const verdict = classify(query, reply)
    if (!verdict) return reply
    const half = this.#halfOf(verdict)
    const ttl = this.#ttlOf(verdict, half)
    if (ttl === 0 || isExcepted(query, half)) return withTtl(reply, ttl)
    const key = this.#keyFor(query, reply)
    // Many who waited for one reply get it one after the other; the first has kept it.
    const now = performance.now()
    const last = this.#last
    if (last?.reply === reply && last.entry.hash === key.hash && now - last.entry.stored < AT_ONCE)
      return last.entry.first(query.name, reply)
    const entry = new Entry(key, reply, ttl, now, verdict.answering, verdict.half !== 'success')
    this.#put(entry, verdict)
    this.#last = { reply, entry }
    this.#kept?.(entry)
    return entry.first(query.name, reply)
  }

  /** Takes back what was kept elsewhere; undefined where it has ended, or would not be kept here. */
  restore(query: Query, { reply, ttl, age }: Preserved, now: number): Entry | undefined {
    const verdict = classify(query, reply)
    if (!verdict || verdict.half === 'failure' || isExcepted(query, this.#halfOf(verdict))) return undefined
    const { name, type, class: rclass } = query
    const bits = bitsOf(query)
    const key = { hash: hashQuestion(name, type, rclass, bits), name, type, class: rclass, bits, scope: undefined }
    const entry = new Entry(key, reply, ttl, now - age, verdict.answering, verdict.half !== 'success')
    if (!this.#isUsable(entry, now)) return undefined
    this.#put(entry, verdict)
    return entry
  }

  /** No upstream answered: the next clients learn that at once, for a moment (RFC 9520 §3.1). */
  keepFailure(query: Query, error: UpstreamError): void {
    if (this.#settings.failureTtl < UNREACHABLE_TTL * 1000) return
    const now = performance.now()
    const there = this.find(query, now)
    if (there && there.ttlAt(now) > 0) return
    const reply = new Reply({ rcode: RCODE.SERVFAIL }).withError(error.ede, error.summary)
    this.denial.set(new Entry(this.#keyFor(query, reply), reply, UNREACHABLE_TTL, now, false, true))
  }

  #keyFor(query: Query, reply: Reply): CacheKey {
    const bits = bitsOf(query)
    const { name, scope } = this.#scopes.keyOf(query, reply)
    const hash = hashQuestion(name, query.type, query.class, bits)
    return { hash, name, type: query.type, class: query.class, bits, scope }
  }

  #halfOf({ half }: Verdict): HalfSettings {
    return half === 'success' ? this.#settings.success : this.#settings.denial
  }

  #ttlOf({ half, ttl }: Verdict, { minTtl, maxTtl }: HalfSettings): number {
    if (half === 'failure') return Math.floor(this.#settings.failureTtl / 1000)
    return Math.min(Math.max(ttl, minTtl), maxTtl)
  }

  #put(entry: Entry, { half }: Verdict): void {
    const table = half === 'success' ? this.success : this.denial
    const before = table.like(entry)
    if (before) {
      entry.hits = before.hits
      entry.lastHit = before.lastHit
    }
    if (this.prefersPositive && half === 'success' && !entry.answering && before)
      entry.lastKnownGood = before.answering ? before : before.lastKnownGood
    table.set(entry)
    // What was denied before is not denied any more.
    if (half === 'success' && (entry.answering || !this.prefersPositive)) this.#removeDenial(entry)
  }

  #removeDenial(entry: Entry): void {
    const denied = this.denial.like(entry)
    if (denied) this.denial.remove(denied)
  }
}

const isExcepted = ({ name }: Query, { except }: HalfSettings): boolean => except.some((zone) => isWithin(name, zone))

/** DO and CD make other questions; RD and AD do not. */
export const bitsOf = (query: Query): number => (query.dnssecOk ? 1 : 0) | (query.checkingDisabled ? 2 : 0)
