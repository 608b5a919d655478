import { RCODE } from '../../dns/constants.ts'
import { EDE, extendedError, OPTION } from '../../dns/edns.ts'
import { type Name, sameName } from '../../dns/name.ts'
import { RRset } from '../../dns/rrset.ts'
import type { Reply } from '../../reply.ts'
import type { Linked } from './table.ts'

/** A question as a key. */
export interface CacheKey {
  readonly hash: number
  readonly name: Name
  readonly type: number
  readonly class: number
  /** DO is 1, CD is 2. */
  readonly bits: number
}

/** What objects cost beside the octets in them, about: an entry with its replies, and a record set. */
const ENTRY_OVERHEAD = 480
const SET_OVERHEAD = 240

/** A reply kept for a question, and what happened to it. */
export class Entry implements Linked<Entry> {
  readonly hash: number
  readonly name: Name
  readonly type: number
  readonly class: number
  readonly bits: number
  readonly size: number
  /** Seconds, counted from `stored` (performance.now()). */
  readonly ttl: number
  readonly stored: number
  readonly rcode: number
  /** It answers the question, rather than deny it, refer elsewhere or say nothing. */
  readonly answering: boolean
  /** Under prefer_positive: the last answer, which this one must not destroy. */
  lastKnownGood: Entry | undefined
  visited = false
  chained: Entry | undefined
  newer: Entry | undefined
  older: Entry | undefined
  /** Hits without a long gap between them, and performance.now() of the last. */
  hits = 0
  lastHit = 0
  refreshing = false
  /** performance.now() before which a refresh that failed is not tried again. */
  retryAfter = 0
  readonly #base: Reply
  #shown: Reply
  #shownTtl: number
  #stale: Reply | undefined

  constructor(key: CacheKey, source: Reply, ttl: number, stored: number, answering: boolean) {
    this.hash = key.hash
    // The query's name is part of a larger buffer that would be kept with it.
    this.name = key.name.slice()
    this.type = key.type
    this.class = key.class
    this.bits = key.bits
    this.ttl = ttl
    this.stored = stored
    this.rcode = source.rcode
    this.answering = answering
    this.size = sizeOf(key.name, source)
    this.#base = keptOf(source, ttl, this.name)
    this.#shown = this.#base
    this.#shownTtl = ttl
  }

  /** The reply as the client sees it that it was fetched for: as it came, but for the TTLs. */
  first(source: Reply): Reply {
    return this.#base.with({ aa: source.aa, options: source.options })
  }

  /** Was this made from that very reply? Records are never copied, so their octets tell. */
  isFrom({ answer, authority }: Reply): boolean {
    const base = this.#base
    if (answer.length > 0) return answer[0].data === base.answer[0]?.data
    return authority.length > 0 && authority[0].data === base.authority[0]?.data
  }

  /** Seconds left; not above 0 once it has expired. */
  ttlAt(now: number): number {
    return this.ttl - Math.floor((now - this.stored) / 1000)
  }

  /** The reply with this TTL. Made once a second at most. */
  reply(ttl: number): Reply {
    if (ttl !== this.#shownTtl) {
      this.#shown = withTtl(this.#base, ttl)
      this.#shownTtl = ttl
    }
    return this.#shown
  }

  /** The reply after it has expired (RFC 8767 §4, RFC 8914 §4.4 and §4.20). */
  stale(ttl: number): Reply {
    this.#stale ??= withTtl(this.#base, ttl).withError(
      this.rcode === RCODE.NXDOMAIN ? EDE.STALE_NXDOMAIN : EDE.STALE_ANSWER,
      '',
    )
    return this.#stale
  }

  /** Counts a hit; a gap of `duration` milliseconds starts anew. */
  hit(now: number, duration: number): void {
    this.hits = now - this.lastHit > duration ? 1 : this.hits + 1
    this.lastHit = now
  }

  beginRefresh(now: number): boolean {
    if (this.refreshing || now < this.retryAfter) return false
    this.refreshing = true
    return true
  }

  endRefresh(refreshed: boolean, recheck: number): void {
    this.refreshing = false
    this.retryAfter = refreshed || recheck === 0 ? 0 : performance.now() + recheck
  }
}

/**
 * A reply with one TTL on all its records. The OPT record belongs to one hop, so of its options only extended errors are
 * kept; those of a failure are told to be old (RFC 8914 §4.14).
 */
function keptOf(source: Reply, ttl: number, name: Name): Reply {
  const errors = source.options.filter((option) => option.code === OPTION.EDE)
  const options = source.rcode === RCODE.SERVFAIL ? [...errors, extendedError(EDE.CACHED_ERROR)] : errors
  // One copy of the name asked for serves all the records that it owns.
  const keep = (sets: readonly RRset[]) =>
    sets.map((set) => keptSet(set, ttl, sameName(set.owner, name) ? name : set.owner))
  // CoreDNS sets AA on whatever comes from its cache, for clients that drop answers without it.
  return source.with({
    options,
    aa: true,
    answer: keep(source.answer),
    authority: keep(source.authority),
    additional: keep(source.additional),
  })
}

function keptSet({ type, class: rclass, data, start, end }: RRset, ttl: number, owner: Name): RRset {
  return new RRset(owner, type, rclass, ttl, data, start, end)
}

/** The reply with all TTLs set. */
export function withTtl(reply: Reply, ttl: number): Reply {
  const set = (sets: readonly RRset[]) => (sets.length === 0 ? sets : sets.map((one) => one.withTtl(ttl)))
  return reply.with({ answer: set(reply.answer), authority: set(reply.authority), additional: set(reply.additional) })
}

function sizeOf(name: Name, { answer, authority, additional }: Reply): number {
  let size = ENTRY_OVERHEAD + name.length
  for (const sets of [answer, authority, additional])
    for (const set of sets) size += SET_OVERHEAD + set.owner.length + set.end - set.start
  return size
}
