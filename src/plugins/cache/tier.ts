import { RCODE } from '../../dns/constants.ts'
import { foldName, type Name } from '../../dns/name.ts'
import { hex } from '../../dns/rdata/radix.ts'
import type { Query } from '../../query.ts'
import type { Runtime, SharedCache } from '../../runtime/runtime.ts'
import type { Entry } from './entry.ts'
import { type Preserved, preserve, restore } from './preserve.ts'
import { bitsOf } from './store.ts'

/** Who waits longer than this asks the upstream instead. Milliseconds. */
const PATIENCE = 200
/** Octets of the largest reply that is worth the way. */
const MAX_OCTETS = 32_768

/** What a cache keeps outside the isolate's memory, where the platform has such a place. */
export class SecondTier {
  readonly #shared: SharedCache
  readonly #runtime: Runtime
  /** In front of all keys: the place of the cache in the configuration. */
  readonly #place: string
  /** Seconds that a reply must last to be kept here. */
  readonly #minTtl: number
  /** Seconds that a reply is kept after its end. */
  readonly #staleFor: number

  constructor(shared: SharedCache, runtime: Runtime, place: string, minTtl: number, staleFor: number) {
    this.#shared = shared
    this.#runtime = runtime
    this.#place = place
    this.#minTtl = minTtl
    this.#staleFor = staleFor
  }

  /** What is kept for the question. Never rejects, and takes no longer than anybody likes to wait. */
  async find(query: Query): Promise<Preserved | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), PATIENCE)
    })
    const found = this.#shared.get(this.#keyOf(query.name, query.type, query.class, bitsOf(query)))
    try {
      const octets = await Promise.race([found, late])
      return octets && restore(query, octets, Date.now())
    } catch {
      return undefined
    } finally {
      clearTimeout(timer)
    }
  }

  /** Keeps an entry that is new, with nobody waiting for it. */
  keep(entry: Entry): void {
    if (!this.#isWorthIt(entry)) return
    const key = this.#keyOf(entry.name, entry.type, entry.class, entry.bits)
    const octets = preserve(entry, Date.now())
    this.#runtime.waitUntil(this.#shared.put(key, octets, entry.ttl + this.#staleFor).catch(() => {}))
  }

  /**
   * Answers and denials with an SOA record that last. Not failures, referrals and replies for one network: those are
   * short-lived or not for everybody.
   */
  #isWorthIt({ rcode, answering, denies, scope, ttl, size, kept }: Entry): boolean {
    if (scope !== undefined || ttl < this.#minTtl || size > MAX_OCTETS) return false
    return (answering || denies) && (rcode === RCODE.NOERROR || rcode === RCODE.NXDOMAIN) && !kept.opt
  }

  #keyOf(name: Name, type: number, rclass: number, bits: number): string {
    return `${this.#place}/${bits}/${rclass}/${type}/${hex.encode(foldName(name))}`
  }
}
