import { CLASS, RCODE, TYPE } from './dns/constants.ts'
import { EDE, extendedError } from './dns/edns.ts'
import { type Name, nameText } from './dns/name.ts'
import type { Fallthrough } from './fallthrough.ts'
import { after, type Handler, type Plugin } from './plugin.ts'
import type { Query } from './query.ts'
import { Reply } from './reply.ts'
import { noticesOf, type Runtime } from './runtime/runtime.ts'
import { StoreAccess } from './store/access.ts'
import { Catalog } from './store/catalog.ts'
import { NameCache } from './store/namecache.ts'
import { type OpenStore, takeStore } from './store/sharing.ts'
import { StoreError, ValueError, type ZoneStore } from './store/store.ts'
import { type StoredZone, ZoneGone } from './store/zone.ts'
import type { ZoneRules } from './store/zonenames.ts'
import { answerFrom, isNowhere, type Resolve } from './zone/answer.ts'
import { whenLoaded } from './zone/loaded.ts'
import { Leaving, lookup } from './zone/lookup.ts'
import { NotLoaded } from './zone/view.ts'
import { elsewhere } from './zonetable.ts'

export interface StoredZonesOptions {
  /** The plugin's name. */
  readonly name: string
  /** What lies within these is answered, where the store has a zone for it. */
  readonly zones: readonly Name[]
  readonly fallthrough: Fallthrough
  /** How old what is served may be, and how long a read may take. Milliseconds. */
  readonly refresh: number
  readonly timeout: number
  readonly rules: ZoneRules
  readonly runtime: Runtime
  /** Opens the store. Rejects where that is of no use without another configuration. */
  open(): Promise<ZoneStore>
  /** Where the store is and how its records are read: two of the same, one after the other, share what was read. */
  key(): string
  readonly resolve: Resolve
}

const REFUSED = new Reply({ rcode: RCODE.REFUSED })
const SERVFAIL = new Reply({ rcode: RCODE.SERVFAIL })
const NOT_READY = SERVFAIL.withError(EDE.NOT_READY, 'the store is not open')
/** Clients are not told where the store is; the log is. */
const AWAY = SERVFAIL.withError(EDE.NETWORK_ERROR, 'the store does not answer')
const UNREADABLE = SERVFAIL.withError(EDE.INVALID_DATA, 'the records of this name cannot be read')
const STALE = extendedError(EDE.STALE_ANSWER, 'the store does not answer')
/** How long a start waits for the list of zones. Milliseconds. */
const PATIENCE = 500
/** What the names in use may take in memory: on Node, and of the 128 MiB of a Worker. Octets. */
const MEMORY = { node: 128 * 1024 * 1024, workers: 24 * 1024 * 1024 } as const

/** Answers from the zones of a store, of which the longest that the name is in counts. */
export class StoredZones implements Plugin {
  readonly name: string
  readonly #options: StoredZonesOptions
  #opened: OpenStore | undefined

  constructor(options: StoredZonesOptions) {
    this.name = options.name
    this.#options = options
  }

  async start(): Promise<void> {
    const { name, zones, runtime, refresh, timeout } = this.#options
    const whole = JSON.stringify([name, zones.map(nameText), refresh, timeout, this.#options.key()])
    this.#opened = await takeStore(runtime, whole, () => this.#open())
    // Who has the list answers the first query at once. But a store that is away is no reason not to start.
    let late: ReturnType<typeof setTimeout> | undefined
    const enough = new Promise((resolve) => {
      late = setTimeout(resolve, PATIENCE)
    })
    await Promise.race([this.#opened.catalog.list().catch(() => {}), enough]).finally(() => clearTimeout(late))
  }

  async stop(): Promise<void> {
    await this.#opened?.close()
    this.#opened = undefined
  }

  async #open(): Promise<OpenStore> {
    const { zones, runtime, rules, refresh, timeout, name } = this.#options
    const store = await this.#options.open()
    const keepAlive = (promise: Promise<unknown>): void => runtime.waitUntil(promise.catch(() => {}))
    const access = new StoreAccess({ store, refresh, timeout, plugin: name, log: noticesOf(runtime), keepAlive })
    const catalog = new Catalog(zones, access, new NameCache(MEMORY[runtime.name]), rules)
    const unwatch = store.watch?.((apex) => catalog.changed(apex))
    const close = async (): Promise<void> => {
      unwatch?.()
      // Queries may still wait for an answer of it.
      await access.drain()
      await store.close()
    }
    return { access, catalog, close }
  }

  /** A store that goes away later is no reason to be sent no more queries: what was read is served. */
  ready(): boolean {
    return this.#opened?.catalog.isListed ?? false
  }

  serve(query: Query, next: Handler): Reply | Promise<Reply> {
    if (query.class !== CLASS.IN) return elsewhere(query, next)
    const opened = this.#opened
    if (!opened) return NOT_READY
    const { catalog, access } = opened
    try {
      // The commonest case takes no promise and no function made for it: all is there, and it ends in the zone.
      const zone = catalog.find(query)
      if (!zone) return elsewhere(query, next)
      if (query.type === TYPE.AXFR || query.type === TYPE.IXFR) return REFUSED
      const outcome = lookupNow(zone, query, access.reads)
      const isFinal = outcome instanceof Reply && outcome.answer.length > 0
      if (isFinal || (outcome instanceof Reply && !this.#options.fallthrough.through(query.name))) return outcome
    } catch (error) {
      if (!(error instanceof NotLoaded)) return failed(error, catalog, query, next)
    }
    return this.#serveLate(opened, query, next)
  }

  async #serveLate({ catalog, access }: OpenStore, query: Query, next: Handler): Promise<Reply> {
    try {
      const zone = await whenLoaded(() => catalog.find(query))
      return await (zone ? this.#answer(zone, access.reads, query, next) : elsewhere(query, next))
    } catch (error) {
      return failed(error, catalog, query, next)
    }
  }

  /** `since`: reads begun when the query came. */
  #answer(zone: StoredZone, since: number, query: Query, next: Handler): Reply | Promise<Reply> {
    if (query.type === TYPE.AXFR || query.type === TYPE.IXFR) return REFUSED
    const reply = answerFrom(zone, query, this.#options.resolve, () => lookupNow(zone, query, since))
    if (!this.#options.fallthrough.through(query.name)) return reply
    return after(reply, (found) => {
      const isAbsent = isNowhere(zone, query, found)
      if (isAbsent instanceof Promise) return isAbsent.then((yes) => (yes ? next(query) : found))
      return isAbsent ? next(query) : found
    })
  }
}

function failed(error: unknown, catalog: Catalog, query: Query, next: Handler): Reply | Promise<Reply> {
  if (error instanceof ZoneGone) {
    catalog.forget(error.apex)
    return elsewhere(query, next)
  }
  if (error instanceof StoreError) return AWAY
  if (error instanceof ValueError) return UNREADABLE
  throw error
}

/** As `lookup`; where something out of date was used the answer says so. `since`: reads begun when the query came. */
function lookupNow(zone: StoredZone, query: Query, since: number): Reply | Leaving {
  zone.begin(query.name, since, query.dnssecOk)
  const outcome = lookup(zone, query, zone.isElsewhere)
  if (!zone.isStale) return outcome
  if (outcome instanceof Reply) return markStale(outcome)
  return new Leaving(outcome.target, markStale(outcome.reply))
}

/** RFC 8914 §4.4. */
const markStale = (reply: Reply): Reply => reply.with({ options: [...reply.options, STALE] })
