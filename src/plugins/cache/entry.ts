import { RCODE } from '../../dns/constants.ts'
import { EDE } from '../../dns/edns.ts'
import type { Name } from '../../dns/name.ts'
import { RRset } from '../../dns/rrset.ts'
import { Reply } from '../../reply.ts'
import { pack, withTtl } from './pack.ts'
import type { Linked } from './table.ts'

/** A question as a key. */
export interface CacheKey {
  readonly hash: number
  readonly name: Name
  readonly type: number
  readonly class: number
  /** DO is 1, CD is 2. */
  readonly bits: number
  /** For how many bits of the client's network it holds; undefined where that was never a question. */
  readonly scope: number | undefined
}

/** No refresh takes longer. Milliseconds. */
const REFRESH_TIME = 10_000

/** A reply kept for a question, and what happened to it. */
export class Entry implements Linked<Entry> {
  // What every hit looks at comes first: a cache is larger than a processor's, and each line of memory counts.
  readonly hash: number
  chained: Entry | undefined
  readonly type: number
  readonly class: number
  readonly bits: number
  /** The name asked for, and behind it the data of all records. */
  readonly octets: Uint8Array
  readonly nameLength: number
  visited = false
  /** Seconds, counted from `stored`: performance.now() without fractions, which V8 would put elsewhere. */
  readonly ttl: number
  readonly stored: number
  #shownTtl: number
  #shown: Reply | undefined
  /** Undefined where the reply is one set of the name asked for: then these describe it. */
  readonly #base: Reply | undefined
  readonly #setType: number
  readonly #setClass: number
  readonly #ra: boolean
  readonly #ad: boolean
  readonly scope: number | undefined
  /** It is a denial or a failure. */
  readonly denies: boolean
  /** It answers the question, rather than deny it, refer elsewhere or say nothing. */
  readonly answering: boolean
  readonly rcode: number
  readonly size: number
  newer: Entry | undefined
  older: Entry | undefined
  /** Hits without a long gap between them, and performance.now() of the last. */
  hits = 0
  lastHit = 0
  /** performance.now() until which a refresh counts as under way; 0 where none is. */
  #refreshingUntil = 0
  /** performance.now() before which a refresh that failed is not tried again. */
  retryAfter = 0
  /** Under prefer_positive: the last answer, which this one must not destroy. */
  lastKnownGood: Entry | undefined
  #stale: Reply | undefined

  constructor(key: CacheKey, source: Reply, ttl: number, stored: number, answering: boolean, denies: boolean) {
    const packed = pack(key.name, source, ttl)
    this.hash = key.hash
    this.octets = packed.octets
    this.nameLength = key.name.length
    this.type = key.type
    this.class = key.class
    this.bits = key.bits
    this.scope = key.scope
    this.ttl = ttl
    this.stored = Math.floor(stored)
    this.rcode = source.rcode
    this.answering = answering
    this.denies = denies
    this.size = packed.size
    this.#base = packed.reply
    this.#setType = source.answer[0]?.type ?? 0
    this.#setClass = source.answer[0]?.class ?? 0
    this.#ra = source.ra
    this.#ad = source.ad
    this.#shownTtl = ttl
  }

  /** The name asked for: a copy. */
  get name(): Name {
    return this.octets.slice(0, this.nameLength)
  }

  /** The reply with the TTL that it was kept with. */
  get kept(): Reply {
    return this.#make(this.name, this.ttl)
  }

  /** The reply as the client sees it that it was fetched for: as it came, but for the TTLs. */
  first(name: Name, source: Reply): Reply {
    return this.#make(name, this.ttl).with({ aa: source.aa, options: source.options })
  }

  #make(name: Name, ttl: number): Reply {
    if (this.#base) return ttl === this.ttl ? this.#base : withTtl(this.#base, ttl)
    const set = new RRset(name, this.#setType, this.#setClass, ttl, this.octets, this.nameLength)
    return Reply.single(set, this.#ra, this.#ad)
  }

  /** Seconds left; not above 0 once it has expired. */
  ttlAt(now: number): number {
    return this.ttl - Math.floor((now - this.stored) / 1000)
  }

  /**
   * The reply with this TTL. One set is made anew each time, with the very name of the query, which need not be compared to be written
   * as a pointer. Others are kept when they are asked for a second time: most names are asked for less than twice a second, and what
   * an old entry holds on to costs the garbage collector more than it is worth.
   */
  reply(name: Name, ttl: number): Reply {
    if (!this.#base) return this.#make(name, ttl)
    if (ttl === this.#shownTtl) {
      this.#shown ??= this.#make(name, ttl)
      return this.#shown
    }
    this.#shownTtl = ttl
    this.#shown = undefined
    return this.#make(name, ttl)
  }

  /** The reply after it has expired (RFC 8767 §4, RFC 8914 §4.4 and §4.20). */
  stale(name: Name, ttl: number): Reply {
    this.#stale ??= this.#make(name, ttl).withError(
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

  /** False while a refresh is under way, or not to be tried yet. */
  beginRefresh(now: number): boolean {
    if (now < this.#refreshingUntil || now < this.retryAfter) return false
    // On Workers a refresh can end with the request that began it, and never report.
    this.#refreshingUntil = now + REFRESH_TIME
    return true
  }

  endRefresh(refreshed: boolean, recheck: number): void {
    this.#refreshingUntil = 0
    this.retryAfter = refreshed || recheck === 0 ? 0 : performance.now() + recheck
  }
}
